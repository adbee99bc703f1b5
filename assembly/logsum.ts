/**
 * Sums in the log domain over arrays of float32: log-sum-exp, softmax and sums of softplus.
 *
 * Any count, any alignment. The last vector is read whole, so up to 12 bytes beyond the array are read (never used, and
 * written back unchanged by `softmax`): the array must not be the last thing in memory.
 */
import { exp4, expFast4, log1, log4, madd, max1, ones, splat, sum1 } from './simd';

/** The lanes of a vector that starts at element `index` and lie within `count`, as a mask. */
// @ts-ignore: decorator
@inline function lanesWithin(index: i32, count: i32): v128 {
  return i32x4.lt_s(i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3)), i32x4.splat(count));
}

/** Four elements from `index`, with -inf (e^-inf = 0) in the lanes beyond `count`. */
// @ts-ignore: decorator
@inline function loadOrNothing(x: usize, index: i32, count: i32): v128 {
  const v = v128.load(x + (<usize>index << 2));
  if (index + 4 <= count) return v;
  return v128.bitselect(v, splat(-Infinity), lanesWithin(index, count));
}

/** The largest element; -inf of none. */
function maximum(x: usize, count: i32): f32 {
  let most = splat(-Infinity), i = 0;
  for (; i + 4 <= count; i += 4) most = f32x4.pmax(most, v128.load(x + (<usize>i << 2)));
  if (i < count) most = f32x4.pmax(most, loadOrNothing(x, i, count));
  return max1(most);
}

/**
 * log sum_j e^{x_j}: shifted by the maximum, so nothing overflows. -inf when there is no element above -inf, +inf when
 * one is +inf, NaN when one is NaN.
 * Absolute error at most (count / 4 + 32 + |result|) 2^-24.
 */
export function logSumExp(x: usize, count: i32): f32 {
  const most = maximum(x, count);
  // Nothing can be subtracted from an infinite maximum; a NaN hidden behind it is lost.
  if (most == -Infinity || most == Infinity) return most;
  const shift = splat(most);
  let sum = splat(0), i = 0;
  for (; i + 4 <= count; i += 4) sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(x + (<usize>i << 2)), shift)));
  if (i < count) sum = f32x4.add(sum, exp4(f32x4.sub(loadOrNothing(x, i, count), shift)));
  const total = sum1(sum);
  return total == total ? most + log1(total) : total;
}

/**
 * x_j <- e^{x_j} / sum_k e^{x_k}, in place.
 * Relative error at most (count / 4 + 24 + max x - x_j) 2^-24 where the result is normal.
 * At least one element must be finite and none +inf or NaN, otherwise every result is NaN.
 */
export function softmax(x: usize, count: i32): void {
  const shift = splat(maximum(x, count)), last = count & ~3;
  let sum = splat(0), i = 0;
  for (; i < last; i += 4) {
    const at = x + (<usize>i << 2), e = exp4(f32x4.sub(v128.load(at), shift));
    sum = f32x4.add(sum, e);
    v128.store(at, e);
  }
  if (i < count) {
    const e = exp4(f32x4.sub(loadOrNothing(x, i, count), shift));
    sum = f32x4.add(sum, e);
    storeWithin(x, i, count, e);
  }
  const scale = splat(<f32>1 / sum1(sum));
  for (i = 0; i < last; i += 4) {
    const at = x + (<usize>i << 2);
    v128.store(at, f32x4.mul(v128.load(at), scale));
  }
  if (i < count) storeWithin(x, i, count, f32x4.mul(v128.load(x + (<usize>i << 2)), scale));
}

/** Store four elements from `index`; what lies beyond `count` keeps its value. */
// @ts-ignore: decorator
@inline function storeWithin(x: usize, index: i32, count: i32, v: v128): void {
  const address = x + (<usize>index << 2);
  v128.store(address, index + 4 <= count ? v : v128.bitselect(v, v128.load(address), lanesWithin(index, count)));
}

/** How many factors a lane of a running product may take before its logarithm: each is at most 2, 2^128 overflows. */
// @ts-ignore: decorator
@inline export const FACTORS: i32 = 64;

/**
 * product × (1 + e^-|x|): one more factor of a running product. log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), so a sum of
 * softplus needs one logarithm for up to FACTORS elements of a lane. Start from splat(1). NaN stays NaN.
 */
// @ts-ignore: decorator
@inline export function softplusFactor(product: v128, x: v128): v128 {
  return madd(product, expFast4(f32x4.pmin(x, f32x4.sub(splat(0), x))), product);
}

/**
 * sum_j log(1 + e^{x_j}); exp costs a vector of elements, log 1/64 of it.
 * Blocks are added up in float64. Absolute error at most 4.5e-7 count + 4.2e-6 sum_j max(x_j, 0) when every
 * rounding errs the same way, about a hundredth of it in practice. (A factor errs by 2e-7, its share of log4 and of
 * the sum over lanes is 2e-7; `linear` adds 64 numbers before it is taken to float64.)
 */
export function softplusSum(x: usize, count: i32): f32 {
  const zero = splat(0);
  let sum: f64 = 0;
  let i = 0;
  while (i < count) {
    const end = min(count, i + 4 * FACTORS);
    let product = ones(), linear = zero;
    for (; i + 4 <= end; i += 4) {
      const v = v128.load(x + (<usize>i << 2));
      product = softplusFactor(product, v);
      linear = f32x4.add(linear, f32x4.pmax(v, zero));
    }
    if (i < end) {
      const v = loadOrNothing(x, i, count);
      product = softplusFactor(product, v);
      linear = f32x4.add(linear, f32x4.pmax(v, zero));
      i = end;
    }
    sum += <f64>sum1(f32x4.add(log4(product), linear));
  }
  return <f32>sum;
}
