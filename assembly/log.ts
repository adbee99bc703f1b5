/**
 * ln x in float64 for finite x > 0: below two units in the last place, from additions, multiplications and divisions
 * alone. The standard library's needs tables of 4 kB, which do not compress; this is the formula of
 * pipeline/elementary.ts, with the same bits.
 */

/** ln 2 in two parts: multiples of the first by whole numbers up to 2¹¹ are exact. */
// @ts-ignore: decorator
@inline const LN2_HIGH: f64 = <f64>0x162e42fefa38 / 35184372088832.0;
// @ts-ignore: decorator
@inline const LN2_LOW: f64 = 5.497923018708371e-14;

/** 2/3 x + 2/5 x² + …: with x ≤ 0.0295 what is left out is 1e-17 of the first term. */
// @ts-ignore: decorator
@inline function artanhTerms(x: f64): f64 {
  const high = 2.0 / 13.0 + x * (2.0 / 15.0 + x * (2.0 / 17.0 + x * (2.0 / 19.0 + x * (2.0 / 21.0 + (x * 2.0) / 23.0))));
  return x * (2.0 / 3.0 + x * (2.0 / 5.0 + x * (2.0 / 7.0 + x * (2.0 / 9.0 + x * (2.0 / 11.0 + x * high)))));
}

export function log(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let exponent = <i32>(bits >> 52) - 1023;
  let mantissa = reinterpret<f64>((bits & 0xf_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh s with s = f/(2 + f), f = m − 1; 2s = f − s f, and f is exact where s has been rounded.
  const f = mantissa - 1, n = <f64>exponent;
  const s = f / (2 + f), half = 0.5 * f * f;
  return n * LN2_HIGH - (half - (s * (half + artanhTerms(s * s)) + n * LN2_LOW) - f);
}
