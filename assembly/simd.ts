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
 * 1.5 × 2^23 + 127: a float32 near it has a spacing of 1, so adding it rounds to an integer n, and the low bits of the
 * sum are n + 127: shifted left by 23 they are the float32 2^n.
 */
// @ts-ignore: decorator
@inline const ROUND: f32 = 12583039;

// @ts-ignore: decorator
@inline const LOG2_E: f32 = 1.44269504088896341;

/** ln 2 in two parts; the first has 9 significant bits, so its product with an exponent is exact. */
// @ts-ignore: decorator
@inline const LN2_HIGH: f32 = 0.693359375;
// @ts-ignore: decorator
@inline const LN2_LOW: f32 = -2.12194440054690583e-4;

/** Keeps the exponent of 2^n within -127 (read as 0) and 128 (read as +inf). A NaN passes through. */
// @ts-ignore: decorator
@inline function clampExponent(x: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, splat(88.7)), splat(-88));
}

/**
 * e^x within 1 ulp for -87.68 < x < 88.37 (subnormal results included); 0 below, +inf above, NaN for NaN.
 * Reduction by Cody and Waite; degree 6, 4.7e-9 relative.
 */
// @ts-ignore: decorator
@inline export function exp4(v: v128): v128 {
  const x = clampExponent(v);
  const t = madd(x, splat(LOG2_E), splat(ROUND));
  const n = f32x4.sub(t, splat(ROUND));
  const r = madd(n, splat(-LN2_LOW), madd(n, splat(-LN2_HIGH), x));
  let p = madd(r, splat(1.3813144760206342e-3), splat(8.369418792426586e-3));
  p = madd(p, r, splat(4.166845604777336e-2));
  p = madd(p, r, splat(0.16666515171527863));
  p = madd(p, r, splat(0.4999999403953552));
  p = f32x4.add(splat(1), madd(p, f32x4.mul(r, r), r));
  return f32x4.mul(p, i32x4.shl(t, 23));
}

/**
 * e^x within (2.5 + |x|) × 8.5e-8 relative, for sigmoids and softplus, where a large |x| hardly matters.
 * Limits as exp4. One reduction step; 2^f of degree 5, 1.1e-7 relative, in Estrin's order (shorter chain).
 */
// @ts-ignore: decorator
@inline export function expFast4(v: v128): v128 {
  const x = clampExponent(v);
  const t = madd(x, splat(LOG2_E), splat(ROUND));
  const f = madd(x, splat(LOG2_E), f32x4.sub(splat(ROUND), t));
  const high = madd(f, splat(1.326472731307149e-3), splat(9.671512991189957e-3));
  const middle = madd(f, splat(5.550733581185341e-2), splat(0.24022242426872253));
  const low = madd(f, splat(0.6931470036506653), splat(1));
  const f2 = f32x4.mul(f, f);
  return f32x4.mul(madd(madd(high, f2, middle), f2, low), i32x4.shl(t, 23));
}

/** 1 / (1 + e^-x) within 1.1e-7 absolute; exactly 0 and 1 at the infinities, NaN for NaN. */
// @ts-ignore: decorator
@inline export function sigmoid4(v: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), expFast4(f32x4.neg(v))));
}

/** log(1 + e) / e for 0 <= e <= 1: degree 8, 5.1e-8 relative. */
// @ts-ignore: decorator
@inline function log1pOver(e: v128): v128 {
  let p = madd(e, splat(5.364824552088976e-3), splat(-3.006579354405403e-2));
  p = madd(p, e, splat(7.920453697443008e-2));
  p = madd(p, e, splat(-0.13753801584243774));
  p = madd(p, e, splat(0.1915365308523178));
  p = madd(p, e, splat(-0.24857161939144135));
  p = madd(p, e, splat(0.333213210105896));
  p = madd(p, e, splat(-0.49999648332595825));
  return madd(p, e, splat(1));
}

/** log(1 + e^x) within 3 ulp for x > -87; 0 below -87.68, +inf at +inf, NaN for NaN. */
// @ts-ignore: decorator
@inline export function softplus4(v: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(v)));
  return madd(e, log1pOver(e), f32x4.pmax(v, splat(0)));
}

/**
 * log x within 1 ulp for positive normal x. Subnormal numbers, 0, negative numbers, the infinities and NaN are outside
 * its domain: the result is finite and means nothing.
 * log x = n ln 2 + log(1 + f) with 1 + f in [sqrt 1/2, sqrt 2); log(1 + f) = f - f^2/2 + f^3 P(f), degree 7, 6.4e-9.
 */
// @ts-ignore: decorator
@inline export function log4(v: v128): v128 {
  // Counting from sqrt(1/2) = 0x3f3504f3 puts the break between two exponents where |f| is least.
  const shifted = i32x4.sub(v, i32x4.splat(0x3f3504f3));
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(mantissa, splat(1));
  const f2 = f32x4.mul(f, f);
  let p = madd(f, splat(-7.634497433900833e-2), splat(0.1276157796382904));
  p = madd(p, f, splat(-0.13160182535648346));
  p = madd(p, f, splat(0.14201757311820984));
  p = madd(p, f, splat(-0.16623356938362122));
  p = madd(p, f, splat(0.20001226663589478));
  p = madd(p, f, splat(-0.2500081956386566));
  p = madd(p, f, splat(0.3333333134651184));
  p = madd(p, f32x4.mul(f2, f), f32x4.mul(n, splat(LN2_LOW)));
  return madd(n, splat(LN2_HIGH), f32x4.add(f, madd(f2, splat(-0.5), p)));
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

/**
 * x . y over `bytes`, a positive multiple of 32. Two accumulators hide the latency of the addition.
 * Error at most (bytes / 32 + 4) 2^-24 sum |x_i y_i|.
 */
// @ts-ignore: decorator
@inline export function dot(x: usize, y: usize, bytes: usize): f32 {
  let even = splat(0), odd = splat(0), p = x, q = y;
  const end = x + bytes;
  do {
    even = madd(v128.load(p), v128.load(q), even);
    odd = madd(v128.load(p, 16), v128.load(q, 16), odd);
    p += 32;
    q += 32;
  } while (p < end);
  return sum1(f32x4.add(even, odd));
}

/**
 * Four consecutive rows (`stride` bytes apart) times x over `bytes`, a positive multiple of 32.
 * x is loaded once for four rows: the loop is bound by loads, 5 for 4 multiply-adds. Error as `dot`.
 */
// @ts-ignore: decorator
@inline export function dot4(w: usize, stride: usize, x: usize, bytes: usize): v128 {
  let p0 = w, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride, q = x;
  const end = x + bytes;
  let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
  let e = splat(0), f = splat(0), g = splat(0), h = splat(0);
  do {
    const even = v128.load(q);
    a = madd(v128.load(p0), even, a);
    b = madd(v128.load(p1), even, b);
    c = madd(v128.load(p2), even, c);
    d = madd(v128.load(p3), even, d);
    const odd = v128.load(q, 16);
    e = madd(v128.load(p0, 16), odd, e);
    f = madd(v128.load(p1, 16), odd, f);
    g = madd(v128.load(p2, 16), odd, g);
    h = madd(v128.load(p3, 16), odd, h);
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
    q += 32;
  } while (q < end);
  return sum4(f32x4.add(a, e), f32x4.add(b, f), f32x4.add(c, g), f32x4.add(d, h));
}

/** y += alpha x over `bytes`, a positive multiple of 32. */
// @ts-ignore: decorator
@inline export function axpy(alpha: f32, x: usize, y: usize, bytes: usize): void {
  const a = splat(alpha), end = x + bytes;
  let p = x, q = y;
  do {
    v128.store(q, madd(a, v128.load(p), v128.load(q)));
    v128.store(q, madd(a, v128.load(p, 16), v128.load(q, 16)), 16);
    p += 32;
    q += 32;
  } while (p < end);
}
