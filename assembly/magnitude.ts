import { max1, splat } from './simd';

/** The largest |x| of `count` values at `values`, NaN when one of them is: what a host asks of arrays before it trusts them. */
export function magnitude(values: usize, count: i32): f32 {
  let most = splat(0);
  const whole = values + ((<usize>count & ~3) << 2), end = values + (<usize>count << 2);
  // These maxima keep NaN, unlike comparisons.
  for (let at = values; at < whole; at += 16) most = f32x4.max(most, f32x4.abs(v128.load(at)));
  for (let at = whole; at < end; at += 4) most = f32x4.max(most, f32x4.abs(v128.load32_splat(at)));
  return max1(most);
}
