/** Normal deviates from a generator of uniform ones, the same bits in every engine. */
import { exp, log } from '../elementary.ts'
import type { Random } from '../random.ts'

/** Independent standard normal numbers into the first `count` places: the polar method (Marsaglia and Bray 1964). */
export function fillNormals(random: Random, out: Float64Array, count: number): void {
  for (let i = 0; i < count; i += 2) {
    const [first, second] = pair(random)
    out[i] = first
    if (i + 1 < count) out[i + 1] = second
  }
}

/** One of them. */
export const normal = (random: Random): number => pair(random)[0]

function pair(random: Random): readonly [number, number] {
  for (;;) {
    const x = 2 * random.uniform() - 1
    const y = 2 * random.uniform() - 1
    const square = x * x + y * y
    if (square >= 1 || square === 0) continue
    const scale = Math.sqrt((-2 * log(square)) / square)
    return [x * scale, y * scale]
  }
}

/** A standard normal number between two bounds, by rejection (Robert 1995): no more than a few draws wherever they are. */
export function normalBetween(random: Random, lower: number, upper: number): number {
  if (!(lower < upper)) return lower
  if (upper <= 0) return -normalBetween(random, -upper, -lower)
  if (lower <= 0)
    return upper - lower > 2 ? amongNormals(random, lower, upper) : amongUniform(random, lower, upper, 0)
  const rate = (lower + Math.sqrt(lower * lower + 4)) / 2
  // Where the interval is short beside the exponential, uniform proposals are rejected less.
  return rate * (upper - lower) > 2
    ? amongExponential(random, lower, upper, rate)
    : amongUniform(random, lower, upper, lower)
}

function amongNormals(random: Random, lower: number, upper: number): number {
  for (;;) {
    const value = normal(random)
    if (value >= lower && value <= upper) return value
  }
}

/** `mode`: where the density is highest between the bounds. */
function amongUniform(random: Random, lower: number, upper: number, mode: number): number {
  for (;;) {
    const value = lower + (upper - lower) * random.uniform()
    if (random.uniform() < exp((mode * mode - value * value) / 2)) return value
  }
}

function amongExponential(random: Random, lower: number, upper: number, rate: number): number {
  for (;;) {
    const value = lower - log(1 - random.uniform()) / rate
    const off = value - rate
    if (value <= upper && random.uniform() < exp((-off * off) / 2)) return value
  }
}
