/**
 * Four-lane float32 arithmetic: the elementary functions and dot products that every family uses.
 *
 * One source, two targets: with relaxed SIMD a multiply-add is fused where the hardware can, so results depend on the
 * machine; without it they are the same bits everywhere. Each bound below holds for both targets over all float32
 * values and is measured by test/assembly/simd.test.ts. `ulp` is the spacing of float32 at the exact result.
 *
 * The polynomials are minimax fits (Lawson's iteration in float64, coefficients rounded one after another from the
 * highest power down); their own error stands beside each.
 */

/** a × b + c; fused on the relaxed target where the hardware fuses. */
// @ts-ignore: decorator
@inline export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c − a × b; fused like `madd`. */
// @ts-ignore: decorator
@inline export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/**
 * Constants stand in memory and are loaded where they are used, one instruction each. Written as `splat(1.5)` they would
 * cost three: V8 builds a constant vector anew at every use, which made a sigmoid 2.3 times as slow (Node 24).
 */
// @ts-ignore: decorator
@inline function entry(table: usize, index: usize): v128 {
  return v128.load32_splat(table + (index << 2));
}

/**
 * Exponents: 1.5 × 2^23 + 127, a float32 whose neighbours are 1 away, so adding it rounds to an integer n, and the low
 * bits of the sum are n + 127: shifted left by 23 they are the float32 2^n. Limits keep n + 127 within 0 (read as 0) and
 * 255 (read as +inf). ln 2 is in two parts; the first has 9 significant bits, so its product with n is exact.
 */
// @ts-ignore: decorator
@inline const EXPONENT: usize = memory.data<f32>([
  12583039, 1.44269504088896341, 88.7, -88, -0.693359375, 2.12194440054690583e-4, 1,
], 16);
// @ts-ignore: decorator
@inline const ROUND: usize = 0;
// @ts-ignore: decorator
@inline const LOG2_E: usize = 1;
// @ts-ignore: decorator
@inline const MOST: usize = 2;
// @ts-ignore: decorator
@inline const LEAST: usize = 3;
// @ts-ignore: decorator
@inline const MINUS_LN2_HIGH: usize = 4;
// @ts-ignore: decorator
@inline const MINUS_LN2_LOW: usize = 5;
// @ts-ignore: decorator
@inline const ONE: usize = 6;

/** Four ones. */
// @ts-ignore: decorator
@inline export function ones(): v128 {
  return entry(EXPONENT, ONE);
}

/** A NaN passes through. */
// @ts-ignore: decorator
@inline function clampExponent(x: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, entry(EXPONENT, MOST)), entry(EXPONENT, LEAST));
}

/** (e^r − 1 − r) / r² for |r| <= ln 2 / 2: degree 4, highest power first. */
// @ts-ignore: decorator
@inline const EXP: usize = memory.data<f32>([
  1.3813144760206342e-3, 8.369418792426586e-3, 4.166845604777336e-2, 0.16666515171527863, 0.4999999403953552,
], 16);

/**
 * e^x within 1 ulp for -87.68 < x < 88.37 (subnormal results included); 0 below, +inf above, NaN for NaN.
 * Reduction by Cody and Waite; degree 6, 4.7e-9 relative.
 */
// @ts-ignore: decorator
@inline export function exp4(v: v128): v128 {
  const x = clampExponent(v), round = entry(EXPONENT, ROUND);
  const t = madd(x, entry(EXPONENT, LOG2_E), round);
  const n = f32x4.sub(t, round);
  const r = madd(n, entry(EXPONENT, MINUS_LN2_LOW), madd(n, entry(EXPONENT, MINUS_LN2_HIGH), x));
  let p = madd(r, entry(EXP, 0), entry(EXP, 1));
  p = madd(p, r, entry(EXP, 2));
  p = madd(p, r, entry(EXP, 3));
  p = madd(p, r, entry(EXP, 4));
  p = f32x4.add(ones(), madd(p, f32x4.mul(r, r), r));
  return f32x4.mul(p, i32x4.shl(t, 23));
}

/** 2^f for |f| <= 1/2: degree 5, highest power first, the last one being 1. */
// @ts-ignore: decorator
@inline const EXP2: usize = memory.data<f32>([
  1.326472731307149e-3, 9.671512991189957e-3, 5.550733581185341e-2, 0.24022242426872253, 0.6931470036506653,
], 16);

/**
 * e^x within (2.5 + |x|) × 8.5e-8 relative, for sigmoids and softplus, where a large |x| hardly matters.
 * Limits as exp4. One reduction step; 2^f of degree 5, 1.1e-7 relative, in Estrin's order (shorter chain).
 */
// @ts-ignore: decorator
@inline export function expFast4(v: v128): v128 {
  const x = clampExponent(v), round = entry(EXPONENT, ROUND), log2e = entry(EXPONENT, LOG2_E);
  const t = madd(x, log2e, round);
  const f = madd(x, log2e, f32x4.sub(round, t));
  const high = madd(f, entry(EXP2, 0), entry(EXP2, 1));
  const middle = madd(f, entry(EXP2, 2), entry(EXP2, 3));
  const low = madd(f, entry(EXP2, 4), ones());
  const f2 = f32x4.mul(f, f);
  return f32x4.mul(madd(madd(high, f2, middle), f2, low), i32x4.shl(t, 23));
}

/** 1 / (1 + e^-x) within 1.1e-7 absolute; exactly 0 and 1 at the infinities, NaN for NaN. */
// @ts-ignore: decorator
@inline export function sigmoid4(v: v128): v128 {
  const one = ones();
  return f32x4.div(one, f32x4.add(one, expFast4(f32x4.neg(v))));
}

/**
 * out = σ(x) over `bytes`, a positive multiple of 16: the same bits as sigmoid4. One after the other, independent of each
 * other, so that the latency of one is hidden behind the next; what all of them need stays in registers.
 */
export function sigmoids(x: usize, out: usize, bytes: usize): void {
  const least = entry(EXPONENT, LEAST), most = entry(EXPONENT, MOST), log2e = entry(EXPONENT, LOG2_E);
  const round = entry(EXPONENT, ROUND), one = ones();
  const c0 = entry(EXP2, 0), c1 = entry(EXP2, 1), c2 = entry(EXP2, 2), c3 = entry(EXP2, 3), c4 = entry(EXP2, 4);
  let from = x, to = out;
  const end = x + bytes;
  do {
    const v = f32x4.pmax(f32x4.pmin(f32x4.neg(v128.load(from)), most), least);
    const t = madd(v, log2e, round);
    const f = madd(v, log2e, f32x4.sub(round, t));
    const f2 = f32x4.mul(f, f);
    const power = madd(madd(madd(f, c0, c1), f2, madd(f, c2, c3)), f2, madd(f, c4, one));
    v128.store(to, f32x4.div(one, f32x4.add(one, f32x4.mul(power, i32x4.shl(t, 23)))));
    from += 16;
    to += 16;
  } while (from < end);
}

/** log(1 + e) / e for 0 <= e <= 1: degree 8, 5.1e-8 relative, highest power first, the last one being 1. */
// @ts-ignore: decorator
@inline const LOG1P: usize = memory.data<f32>([
  5.364824552088976e-3, -3.006579354405403e-2, 7.920453697443008e-2, -0.13753801584243774, 0.1915365308523178,
  -0.24857161939144135, 0.333213210105896, -0.49999648332595825,
], 16);

// @ts-ignore: decorator
@inline function log1pOver(e: v128): v128 {
  let p = madd(e, entry(LOG1P, 0), entry(LOG1P, 1));
  p = madd(p, e, entry(LOG1P, 2));
  p = madd(p, e, entry(LOG1P, 3));
  p = madd(p, e, entry(LOG1P, 4));
  p = madd(p, e, entry(LOG1P, 5));
  p = madd(p, e, entry(LOG1P, 6));
  p = madd(p, e, entry(LOG1P, 7));
  return madd(p, e, ones());
}

/** log(1 + e^x) within 3 ulp for x > -87; 0 below -87.68, +inf at +inf, NaN for NaN. */
// @ts-ignore: decorator
@inline export function softplus4(v: v128): v128 {
  const zero = splat(0), e = exp4(f32x4.pmin(v, f32x4.sub(zero, v)));
  return madd(e, log1pOver(e), f32x4.pmax(v, zero));
}

/** (log(1 + f) − f + f²/2) / f³ for sqrt 1/2 <= 1 + f < sqrt 2: degree 7, highest power first; then −1/2 and ln 2. */
// @ts-ignore: decorator
@inline const LOG: usize = memory.data<f32>([
  -7.634497433900833e-2, 0.1276157796382904, -0.13160182535648346, 0.14201757311820984, -0.16623356938362122,
  0.20001226663589478, -0.2500081956386566, 0.3333333134651184, -0.5, -2.12194440054690583e-4, 0.693359375,
], 16);

/** The bits of sqrt(1/2), and of the fraction of a float32. */
// @ts-ignore: decorator
@inline const MANTISSA: usize = memory.data<i32>([0x3f3504f3, 0x007fffff], 16);

/**
 * log x within 1 ulp for positive normal x. Subnormal numbers, 0, negative numbers, the infinities and NaN are outside
 * its domain: the result is finite and means nothing.
 * log x = n ln 2 + log(1 + f) with 1 + f in [sqrt 1/2, sqrt 2); log(1 + f) = f - f^2/2 + f^3 P(f), degree 7, 6.4e-9.
 */
// @ts-ignore: decorator
@inline export function log4(v: v128): v128 {
  // Counting from sqrt(1/2) puts the break between two exponents where |f| is least.
  const root = entry(MANTISSA, 0);
  const shifted = i32x4.sub(v, root);
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const mantissa = i32x4.add(v128.and(shifted, entry(MANTISSA, 1)), root);
  const f = f32x4.sub(mantissa, ones());
  const f2 = f32x4.mul(f, f);
  let p = madd(f, entry(LOG, 0), entry(LOG, 1));
  p = madd(p, f, entry(LOG, 2));
  p = madd(p, f, entry(LOG, 3));
  p = madd(p, f, entry(LOG, 4));
  p = madd(p, f, entry(LOG, 5));
  p = madd(p, f, entry(LOG, 6));
  p = madd(p, f, entry(LOG, 7));
  p = madd(p, f32x4.mul(f2, f), f32x4.mul(n, entry(LOG, 9)));
  return madd(n, entry(LOG, 10), f32x4.add(f, madd(f2, entry(LOG, 8), p)));
}

// @ts-ignore: decorator
@inline export function log1(x: f32): f32 {
  return f32x4.extract_lane(log4(splat(x)), 0);
}

// @ts-ignore: decorator
@inline export function sigmoid1(x: f32): f32 {
  return f32x4.extract_lane(sigmoid4(splat(x)), 0);
}

/** The four sums over lanes (sum a, sum b, sum c, sum d): a transposition and three additions. */
// @ts-ignore: decorator
@inline export function sum4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7));
  return f32x4.add(i32x4.shuffle(ab, cd, 0, 1, 4, 5), i32x4.shuffle(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline export function sum1(v: v128): f32 {
  const pair = f32x4.add(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
}

/** The largest lane. A NaN lane may or may not show. */
// @ts-ignore: decorator
@inline export function max1(v: v128): f32 {
  const pair = f32x4.pmax(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pair, i32x4.shuffle(pair, pair, 1, 0, 3, 2)), 0);
}

/** The least lane. A NaN lane may or may not show. */
// @ts-ignore: decorator
@inline export function min1(v: v128): f32 {
  const pair = f32x4.pmin(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmin(pair, i32x4.shuffle(pair, pair, 1, 0, 3, 2)), 0);
}

/** The four least lanes (min a, min b, min c, min d). NaN lanes may or may not show. */
// @ts-ignore: decorator
@inline export function min4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.pmin(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
  const cd = f32x4.pmin(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7));
  return f32x4.pmin(i32x4.shuffle(ab, cd, 0, 1, 4, 5), i32x4.shuffle(ab, cd, 2, 3, 6, 7));
}
