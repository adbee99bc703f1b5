/**
 * exp, log and log(1 + x) from additions, multiplications and divisions alone. Engines compute those of `Math` each in
 * its own way and differ in the last bits; these give the same bits everywhere, so that a model goes on in one runtime as
 * it would have in another. Errors stay below two units in the last place.
 */

/** ln 2 in two parts: multiples of the first by whole numbers up to 2¹¹ are exact. */
const LN2_HIGH = 0x162e42fefa38 / 35184372088832
const LN2_LOW = 5.497923018708371e-14

/** For the bits of a number: the sign, eleven of its exponent, 52 of its fraction. */
const view = new DataView(new ArrayBuffer(8))

/** 2ⁿ for −1022 ≤ n ≤ 1023. */
function powerOfTwo(n: number): number {
  view.setUint32(0, (n + 1023) << 20)
  view.setUint32(4, 0)
  return view.getFloat64(0)
}

/** 2/3 x + 2/5 x² + …: with x ≤ 0.0295 what is left out is 1e-17 of the first term. */
function artanhTerms(x: number): number {
  const high = 2 / 13 + x * (2 / 15 + x * (2 / 17 + x * (2 / 19 + x * (2 / 21 + (x * 2) / 23))))
  return x * (2 / 3 + x * (2 / 5 + x * (2 / 7 + x * (2 / 9 + x * (2 / 11 + x * high)))))
}

/** 1/2! + x/3! + x²/4! + …: with |x| ≤ 0.347 what is left out is 4e-18 of the exponential. */
function exponentialTerms(x: number): number {
  const high =
    1 / 362_880 + x * (1 / 3_628_800 + x * (1 / 39_916_800 + x * (1 / 479_001_600 + x / 6_227_020_800)))
  const middle = 1 / 120 + x * (1 / 720 + x * (1 / 5040 + x * (1 / 40_320 + x * high)))
  return 1 / 2 + x * (1 / 6 + x * (1 / 24 + x * middle))
}

/** ln x: −Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY)
    return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN
  // Subnormal numbers have leading zeros: 2⁵⁴ x has none.
  const shift = x < 2.2250738585072014e-308 ? 54 : 0
  view.setFloat64(0, shift > 0 ? x * 18014398509481984 : x)
  const high = view.getUint32(0)
  let exponent = (high >>> 20) - 1023 - shift
  view.setUint32(0, (high & 0xfffff) | 0x3ff00000)
  let mantissa = view.getFloat64(0)
  if (mantissa > Math.SQRT2) {
    mantissa /= 2
    exponent++
  }
  // ln m = 2 artanh s with s = f/(2 + f), f = m − 1; 2s = f − s f, and f is exact where s has been rounded.
  const f = mantissa - 1
  const s = f / (2 + f)
  const half = 0.5 * f * f
  return exponent * LN2_HIGH - (half - (s * (half + artanhTerms(s * s)) + exponent * LN2_LOW) - f)
}

/** ln(1 + x), exact for small x as well: the rounding of 1 + x is divided out (Kahan). */
export function log1p(x: number): number {
  const sum = 1 + x
  if (sum === 1 || sum === Number.POSITIVE_INFINITY) return x
  return log(sum) * (x / (sum - 1))
}

/** eˣ. */
export function exp(x: number): number {
  if (!(x < 709.782712893384)) return Number.isNaN(x) ? x : Number.POSITIVE_INFINITY
  if (x < -745.1332191019412) return 0
  const n = Math.round(x / Math.LN2)
  const high = x - n * LN2_HIGH
  const low = n * LN2_LOW
  const r = high - low
  const value = 1 + (r + (high - r - low) + r * r * exponentialTerms(r))
  // In two steps where 2ⁿ alone would be beyond what there is.
  const half = Math.trunc(n / 2)
  return value * powerOfTwo(half) * powerOfTwo(n - half)
}
