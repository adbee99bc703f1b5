/** log Γ. */
import { log } from '../elementary.ts'

/** From here on Stirling's series is exact in double precision after its fifth term. */
const ENOUGH = 16
const HALF_LOG_TWO_PI = 0.9189385332046728

/**
 * log Γ(x) for finite x > 0, within 1e-14 of max(1, |log Γ(x)|): Stirling's series at x + n ≥ 16, and
 * Γ(x) = Γ(x + n) / (x (x + 1) … (x + n − 1)) for what is below (Abramowitz and Stegun 1964, 6.1.15 and 6.1.41). NaN for others.
 */
export function logGamma(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return Number.NaN
  let [shifted, below] = [x, 1]
  for (; shifted < ENOUGH; shifted++) below *= shifted
  const inverse = 1 / (shifted * shifted)
  const series = 1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))
  return (shifted - 0.5) * log(shifted) - shifted + HALF_LOG_TWO_PI + series / shifted - log(below)
}
