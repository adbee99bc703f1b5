/** Weights of opinions: none negative, one in sum. */
import { show } from '../errors.ts'
import { averagePrecision } from '../evaluation/average-precision.ts'

/** How far a sum of weights may be from one by rounding. */
const SLACK = 1e-9

/** The weights, checked; all alike where none are given. */
export function completeWeights(count: number, weights?: readonly number[]): readonly number[] {
  if (weights === undefined) return new Array<number>(count).fill(1 / count)
  if (!Array.isArray(weights) || weights.length !== count) {
    throw new RangeError(`Expected a weight for each of the ${count} members, got ${show(weights)}.`)
  }
  const wrong = weights.find(weight => typeof weight !== 'number' || !(weight >= 0))
  if (wrong !== undefined) throw new RangeError(`Expected weights of at least 0, got ${show(wrong)}.`)
  const sum = weights.reduce((sum, weight) => sum + weight, 0)
  if (Math.abs(sum - 1) > SLACK) {
    throw new RangeError(`Expected weights that add up to 1, got ${sum}; divide each of them by their sum.`)
  }
  return weights.slice()
}

/** How much weight is tried to be moved from one member to another, coarse to fine. */
const MOVES = [0.2, 0.1, 0.05, 0.02]

/**
 * Weights for an opinion pool, chosen on labelled records: those with the highest average precision of the pooled scores
 * that moving weight between two members at a time, from equal weights on, comes to. Choose on other records than are
 * judged afterwards.
 *
 * @param scores of each member one number a record, higher = more anomalous, all of the same scale: nats
 * @param anomalous one a record: true, or any number but 0, for an anomaly
 * @throws RangeError for lists of different lengths, and for labels that are all the same
 */
export function weightsByLabels(
  scores: readonly ArrayLike<number>[],
  anomalous: ArrayLike<boolean | number>,
): number[] {
  const count = scores.length
  if (count === 0) throw new RangeError('Expected scores of at least one member, got none.')
  const precisionOf = (weights: readonly number[]) =>
    averagePrecision(
      Float64Array.from(scores[0], (_, n) =>
        weights.reduce((sum, weight, m) => sum + weight * scores[m][n], 0),
      ),
      anomalous,
    ) ?? Number.NaN
  let weights: number[] = new Array(count).fill(1 / count)
  let best = precisionOf(weights)
  if (Number.isNaN(best)) throw new RangeError('Expected anomalies and normal records, got only one of them.')
  for (const move of MOVES) {
    for (let changed = true; changed; ) {
      changed = false
      for (const next of neighboursOf(weights, move)) {
        const precision = precisionOf(next)
        if (!(precision > best)) continue
        best = precision
        weights = next
        changed = true
      }
    }
  }
  return weights
}

/** The weights with `move`, or what there is of it, moved from each member to each other. */
function neighboursOf(weights: readonly number[], move: number): number[][] {
  const neighbours: number[][] = []
  for (let from = 0; from < weights.length; from++) {
    for (let to = 0; to < weights.length; to++) {
      const moved = Math.min(move, weights[from])
      if (from === to || moved === 0) continue
      neighbours.push(
        weights.map((weight, m) => (m === from ? weight - moved : m === to ? weight + moved : weight)),
      )
    }
  }
  return neighbours
}
