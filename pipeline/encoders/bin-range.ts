/** Where the bins of a number lie, from a sample of its values. */

export interface Range {
  /** Centre of the first bin. */
  readonly low: number
  /** Distance from one centre to the next, above 0. */
  readonly width: number
  /** Decimals worth showing of a number in this range. */
  readonly digits: number
  /** The smallest and the largest number of the sample: what is expected lies between them. */
  readonly least: number
  readonly most: number
  /** The numbers of the sample when they were few, in ascending order: what is expected is one of them. */
  readonly values: readonly number[]
}

/** Most different numbers in a sample for its field to have no others in between. */
export const FEW = 16
/** The range is that of the sample without this share at either end, so that extremes do not push all others into one bin, */
const OUTER_SHARE = 0.05
/** and this share of itself wider on either side. */
const MARGIN = 0.1

/** The range of `bins` bins for a sample of finite numbers; bins around 0 when there are none. */
export function fitRange(sample: readonly number[], bins: number): Range {
  const sorted = Float64Array.from(sample).sort()
  const distinct = [...new Set(sorted)]
  const least = sorted[0] ?? 0
  const most = sorted[sorted.length - 1] ?? 0
  const digits = decimalsOf(sample)
  const { low, width } = place(sorted, bins, digits)
  return {
    low,
    width,
    digits: Math.min(digits, digitsOf(width)),
    least,
    most,
    values: distinct.length <= FEW && distinct.length < sorted.length ? distinct : [],
  }
}

/** A number that never varies is told from others by this share of itself. */
const CONSTANT_SHARE = 1e-3
/** Centres stay within this, so that no difference of two of them overflows. */
const LARGEST = Number.MAX_VALUE / 4

function place(sorted: Float64Array, bins: number, digits: number): { low: number; width: number } {
  const least = sorted[0] ?? 0
  const most = sorted[sorted.length - 1] ?? 0
  // A few whole numbers are a ladder: each gets a bin to itself, and nothing lies between the bins.
  if (digits === 0 && most - least < bins) return { low: least, width: 1 }
  const [low, high] = least === most ? [least, least] : robustRange(sorted)
  const width = least === most ? Math.abs(least) * CONSTANT_SHARE : (high - low) / (bins - 1)
  return { low, width: Math.max(width, Number.MIN_VALUE) }
}

/** First and last centre: a single number far out must not push all others into one bin. */
function robustRange(sorted: Float64Array): [number, number] {
  const [from, to] = middle(sorted)
  const low = Math.max(from, -LARGEST)
  const high = Math.min(to, LARGEST)
  const margin = MARGIN * (high - low)
  return [Math.max(low - margin, -LARGEST), Math.min(high + margin, LARGEST)]
}

/** Where the middle part of the sample begins and ends; around a number that fills it, that of all others. */
function middle(sorted: Float64Array): [number, number] {
  const last = sorted.length - 1
  const outer = Math.ceil(OUTER_SHARE * last)
  const from = sorted[outer]
  const to = sorted[last - outer]
  if (from < to) return [from, to]
  const others = sorted.filter(number => number !== from)
  if (others.length === 0) return [from, to]
  const [least, most] = middle(others)
  return [Math.min(from, least), Math.max(from, most)]
}

/** Most decimals that are told apart. */
export const MOST_DIGITS = 20

/** The most decimals that any of the numbers has. */
function decimalsOf(sample: readonly number[]): number {
  let most = 0
  for (const number of sample) most = Math.max(most, decimals(number))
  return most
}

function decimals(number: number): number {
  if (Number.isInteger(number)) return 0
  const [mantissa, exponent = '0'] = String(number).split('e')
  const fraction = mantissa.length - 1 - mantissa.indexOf('.')
  const places = (mantissa.includes('.') ? fraction : 0) - Number(exponent)
  return Math.min(Math.max(places, 0), MOST_DIGITS)
}

/** Decimals with which a tenth of the width can be told. */
function digitsOf(width: number): number {
  let digits = 0
  for (let step = 1; step > width / 10 && digits < MOST_DIGITS; step /= 10) digits++
  return digits
}
