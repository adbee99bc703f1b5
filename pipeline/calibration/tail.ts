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

/** The weight of as many excesses as would have been seen at ξ = 0: few of them say little about a shape. */
const PRIOR_EXCESSES = 30

/**
 * Fit to excesses in ascending order by probability-weighted moments (Hosking and Wallis 1987, with ξ = −k), then ξ
 * shrunk towards 0 by n / (n + PRIOR_EXCESSES) at the same mean. A bounded tail is taken for an exponential one: it
 * would call everything beyond the bound impossible. null when there is no spread to fit.
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
  const shape = Math.max(0, (fitted * n) / (n + PRIOR_EXCESSES))
  return { shape, scale: mean * (1 - shape) }
}

/** P(excess > y). */
export function exceedance({ shape, scale }: Tail, y: number): number {
  const ratio = y / scale
  // Through exp and log1p, which all engines compute alike; pow differs between them in the last bits.
  return shape > 0 ? Math.exp(-Math.log1p(shape * ratio) / shape) : Math.exp(-ratio)
}
