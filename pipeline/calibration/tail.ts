import { exp, log1p } from '../elementary.ts'

/**
 * A generalised Pareto tail: P(X − threshold > y | X > threshold) = (1 + ξ y / β)^(−1/ξ), exp(−y / β) at ξ = 0.
 * Excesses over a high threshold of nearly every distribution follow it (Pickands 1975).
 */
export interface Tail {
  /** ξ: 0 for exponential tails, above for heavy ones, below for bounded ones. */
  readonly shape: number
  /** β, in the unit of the scores. */
  readonly scale: number
}

/**
 * Few excesses say little about a shape: it is shrunk towards a moderately heavy one with the weight of this many. Towards
 * an exponential tail p-values of Student's t would be ten times too small at 1e-4.
 */
const PRIOR_EXCESSES = 30
const PRIOR_SHAPE = 0.2
/** A tail that ends sooner would call everything a little beyond the largest score impossible. */
const LEAST_SHAPE = -0.5

/**
 * Fit to excesses in ascending order by probability-weighted moments (Hosking and Wallis 1987, with ξ = −k), then ξ
 * shrunk towards PRIOR_SHAPE at the same mean. null when there is no spread to fit.
 */
export function fitTail(excesses: ArrayLike<number>): Tail | null {
  const n = excesses.length
  let sum = 0
  let weighted = 0
  for (let i = 0; i < n; i++) {
    sum += excesses[i]
    // 1 − p at the plotting position p = (i + 0.65) / n, i from 0.
    weighted += excesses[i] * (1 - (i + 0.65) / n)
  }
  const mean = sum / n
  const difference = mean - 2 * (weighted / n)
  if (!(mean > 0) || !Number.isFinite(mean)) return null
  const fitted = difference > 0 ? 2 - mean / difference : 0
  const shrunk = (fitted * n + PRIOR_SHAPE * PRIOR_EXCESSES) / (n + PRIOR_EXCESSES)
  const shape = Math.max(LEAST_SHAPE, shrunk)
  return { shape, scale: mean * (1 - shape) }
}

/** P(excess > y); 0 beyond the end of a bounded tail. */
export function exceedance({ shape, scale }: Tail, y: number): number {
  const ratio = y / scale
  if (shape < 0 && shape * ratio <= -1) return 0
  // Through exp and log1p, which all engines compute alike; pow differs between them in the last bits.
  return shape === 0 ? exp(-ratio) : exp(-log1p(shape * ratio) / shape)
}
