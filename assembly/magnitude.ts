import { splat } from './simd';

/** The largest |x| of `count` values at `values`, NaN when one of them is: what a host asks of arrays before it trusts them. */
export function magnitude(values: usize, count: i32): f32 {
  let most = splat(0);
  const whole = values + ((<usize>count & ~3) << 2), end = values + (<usize>count << 2);
  // These maxima keep NaN, unlike `max1`.
  for (let at = values; at < whole; at += 16) most = f32x4.max(most, f32x4.abs(v128.load(at)));
  for (let at = whole; at < end; at += 4) most = f32x4.max(most, f32x4.abs(v128.load32_splat(at)));
  const pair = f32x4.max(most, i32x4.shuffle(most, most, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.max(pair, i32x4.shuffle(pair, pair, 1, 0, 3, 2)), 0);
}
