/** A logarithmic opinion pool of detectors: each encodes a record for itself, and their scores, in nats, are averaged. */
import { Calibrator } from '../calibration/calibrator.ts'
import { show } from '../errors.ts'
import { largest } from '../explain.ts'
import type { DataRecord, Reason, Verdict } from '../records.ts'
import type { StreamDetector } from '../streams/detection.ts'
import { completeWeights } from './weights.ts'

export interface PoolOptions {
  /** An anomaly is a record with p < alpha; default 0.01. */
  readonly alpha?: number
  /** Most reasons for one record; default 3. They are pooled of those that members give: see their option `why`. */
  readonly why?: number
  /** Do members learn from what is observed? Default false: they were trained. */
  readonly learn?: boolean
  /** Scores to count p-values from, the oldest first: what `scores` gave. */
  readonly scores?: ArrayLike<number>
}

/** A reason and the weight of who gave it. */
interface Vote {
  readonly reason: Reason
  readonly weight: number
}

export class DetectorPool implements StreamDetector {
  readonly members: readonly StreamDetector[]
  readonly weights: readonly number[]
  readonly #calibrator: Calibrator
  readonly #alpha: number
  readonly #why: number
  readonly #learn: boolean

  constructor(members: readonly StreamDetector[], weights?: readonly number[], options: PoolOptions = {}) {
    const { alpha = 0.01, why = 3, learn = false, scores = [] } = options
    if (typeof alpha !== 'number' || !(alpha > 0 && alpha < 1)) {
      throw new RangeError(`Expected alpha between 0 and 1, the share of false alarms, got ${show(alpha)}.`)
    }
    if (!Number.isInteger(why) || why < 0) {
      throw new RangeError(`Expected why as a whole number of at least 0, got ${show(why)}.`)
    }
    if (new Set(members).size !== members.length) {
      throw new RangeError('Expected different detectors, got one of them twice; give it a higher weight.')
    }
    this.members = members
    this.weights = completeWeights(members.length, weights)
    this.#calibrator = new Calibrator(scores)
    this.#alpha = alpha
    this.#why = why
    this.#learn = learn
  }

  /** What the members say together about a record. Changes nothing. */
  scoreOne(record: DataRecord): Verdict {
    return this.#pooled(this.members.map(member => member.scoreOne(record)))
  }

  /** The same, and the score becomes one of those that p-values are counted from. Members learn if they are to. */
  observe(record: DataRecord): Verdict {
    const verdict = this.#pooled(
      this.members.map(member => (this.#learn ? member.observe(record) : member.scoreOne(record))),
    )
    if (verdict.score !== null) this.#calibrator.add(verdict.score)
    return verdict
  }

  /** The scores that p-values are counted from, the oldest first, to go on with another time. */
  get scores(): Float64Array {
    return this.#calibrator.state()
  }

  /** Σ w_m score_m over the members that have a score, whose weights are then taken to add up to one. */
  #pooled(verdicts: readonly Verdict[]): Verdict {
    let [sum, heard] = [0, 0]
    for (const [m, { score }] of verdicts.entries()) {
      if (score === null) continue
      sum += this.weights[m] * score
      heard += this.weights[m]
    }
    if (heard === 0) return { score: null, p: null, anomaly: null, why: [] }
    const score = sum / heard
    const p = this.#calibrator.pValue(score)
    return { score, p, anomaly: p === null ? null : p < this.#alpha, why: this.#reasons(verdicts, heard) }
  }

  /** Surprises pooled field by field; who is most surprised says what was expected. */
  #reasons(verdicts: readonly Verdict[], heard: number): Reason[] {
    const votes = new Map<string, Vote[]>()
    for (const [m, { why }] of verdicts.entries()) {
      for (const reason of why) {
        const vote = { reason, weight: this.weights[m] / heard }
        votes.set(reason.field, [...(votes.get(reason.field) ?? []), vote])
      }
    }
    const pooled = [...votes.values()].map(each => {
      const costs = each.map(({ reason, weight }) => weight * reason.surprise)
      const [first] = largest(costs, 1)
      return { ...each[first ?? 0].reason, surprise: costs.reduce((sum, cost) => sum + cost, 0) }
    })
    const surprises = pooled.map(({ surprise }) => surprise)
    return largest(surprises, this.#why).map(index => pooled[index])
  }
}
