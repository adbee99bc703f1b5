/**
 * How much the members of a pool disagree. With q = Π Q_m^w_m / Z and Σ w_m = 1, for every P
 *
 *   KL(P ‖ q) = Σ_m w_m KL(P ‖ Q_m) + log Z,    log Z ≤ 0 (Hölder),
 *
 * with equality only where all Q_m are the same (Heskes 1998; Hinton 2002, eq. 12): −log Z is what pooling gains over the
 * members' average, on whatever data, because they disagree.
 */
import { exp, log } from '../elementary.ts'
import type { Rows } from '../experts/product.ts'
import { checkRows } from '../rows.ts'
import { enumerate, settingsOf } from './enumeration.ts'
import type { ProductPool } from './product-pool.ts'

export interface DisagreementOptions {
  /** Rows to say what each member, and the pool, costs on: see `costs`. */
  readonly rows?: Rows
  /** log Z of each member, in nats, where the layer is too large to be enumerated. */
  readonly logPartitions?: readonly number[]
  /** Rows drawn from all members together, by weight; default 2000. */
  readonly samples?: number
  /** Sweeps of the chains that they are drawn by; default 200. */
  readonly sweeps?: number
}

export interface Disagreement {
  /** log Z of the pool, in nats: at most 0. */
  readonly logPartition: number
  /** Of an estimate; 0 where log Z is exact. What chains have not mixed is not in it. */
  readonly standardError: number
  readonly method: 'enumeration' | 'samples'
  /** Mean −log Q_m and −log q over `rows`, in nats a row: the pool's is Σ w_m of the members' plus log Z. */
  readonly costs?: { readonly members: readonly number[]; readonly pool: number }
}

/** Settings that are enumerated at most. */
const MOST_SETTINGS = 2 ** 16

/** A sum of exponentials in float64: log Σ e^x. */
function logSumExp(values: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i])
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += exp(values[i] - most)
  return most + log(sum)
}

/** −F of rows under each member, in float64: (M, B). */
function scoresOf({ members, width }: ProductPool, rows: Rows): Float64Array[] {
  return members.map(member =>
    Float64Array.from(
      { length: rows.length / width },
      (_, n) => -member.freeEnergy(rows.subarray(n * width, (n + 1) * width)),
    ),
  )
}

const weighted = (weights: readonly number[], values: readonly ArrayLike<number>[], n: number) =>
  weights.reduce((sum, weight, m) => (weight > 0 ? sum + weight * values[m][n] : sum), 0)

/**
 * log Z of a pool of products, exactly where its layer has up to 2^16 settings, otherwise from samples of the members:
 * Z = E[Π Q_m^w_m / Σ w_m Q_m] over draws from the mixture Σ w_m Q_m. No term of that mean is above one, so the estimate
 * never is. It needs log Z of every member: `exactLogPartition` and `estimateLogPartition` know those of some families.
 * @throws RangeError where log Z of the members is needed and was not given
 */
export function disagreement(pool: ProductPool, options: DisagreementOptions = {}): Disagreement {
  const isSmall = settingsOf(pool.visible) <= MOST_SETTINGS
  const { logPartitions, result } = isSmall ? enumerated(pool) : sampled(pool, options)
  if (!options.rows) return result
  checkRows(options.rows, pool.width)
  const scores = scoresOf(pool, options.rows)
  const members = scores.map(
    (each, m) => logPartitions[m] - each.reduce((sum, score) => sum + score, 0) / Math.max(1, each.length),
  )
  const average = pool.weights.reduce((sum, weight, m) => sum + weight * members[m], 0)
  return { ...result, costs: { members, pool: average + result.logPartition } }
}

function enumerated(pool: ProductPool) {
  const scores = scoresOf(pool, enumerate(pool.visible))
  const logPartitions = scores.map(logSumExp)
  const pooled = Float64Array.from(scores[0], (_, n) => weighted(pool.weights, scores, n))
  const logPartition =
    logSumExp(pooled) - pool.weights.reduce((sum, weight, m) => sum + weight * logPartitions[m], 0)
  const result: Disagreement = { logPartition, standardError: 0, method: 'enumeration' }
  return { logPartitions, result }
}

function sampled(pool: ProductPool, { logPartitions, samples = 2000, sweeps = 200 }: DisagreementOptions) {
  const { members, weights } = pool
  if (!logPartitions || logPartitions.length !== members.length || !logPartitions.every(Number.isFinite)) {
    const unknown = members.map(({ family }) => family).join(', ')
    throw new RangeError(
      `Expected log Z of each member (${unknown}) as the option logPartitions, got ${logPartitions ? 'others' : 'none'}: the ` +
        'layer is too large to be enumerated; exactLogPartition and estimateLogPartition know it for some families.',
    )
  }
  let [mean, variance] = [0, 0]
  for (const [m, member] of members.entries()) {
    if (weights[m] === 0) continue
    const ratios = ratiosOf(
      pool,
      member.sample(Math.max(2, Math.round(weights[m] * samples)), sweeps),
      logPartitions,
    )
    const own = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length
    const squares = ratios.reduce((sum, ratio) => sum + (ratio - own) * (ratio - own), 0)
    mean += weights[m] * own
    variance += (weights[m] * weights[m] * squares) / (ratios.length - 1) / ratios.length
  }
  const result: Disagreement = {
    logPartition: log(mean),
    standardError: Math.sqrt(variance) / mean,
    method: 'samples',
  }
  return { logPartitions, result }
}

/** Π Q_m^w_m / Σ w_m Q_m of rows: a geometric mean over an arithmetic one, at most 1. */
function ratiosOf(pool: ProductPool, rows: Rows, logPartitions: readonly number[]): Float64Array {
  const { weights } = pool
  const scores = scoresOf(pool, rows).map((each, m) => each.map(score => score - logPartitions[m]))
  const heard = weights.flatMap((weight, m) => (weight > 0 ? [m] : []))
  return Float64Array.from(scores[0], (_, n) => {
    const mixture = logSumExp(heard.map(m => log(weights[m]) + scores[m][n]))
    return exp(weighted(weights, scores, n) - mixture)
  })
}
