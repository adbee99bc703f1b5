/** Vectors in float64, two numbers at a time. Sizes are bytes, positive multiples of 16. */

/** y += alpha x. */
// @ts-ignore: decorator
@inline export function axpy(alpha: f64, x: usize, y: usize, bytes: usize): void {
  const a = f64x2.splat(alpha);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(y + at, f64x2.add(v128.load(y + at), f64x2.mul(a, v128.load(x + at))));
  }
}

/** The sum of both lanes. */
// @ts-ignore: decorator
@inline export function sum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

/** x · y. */
// @ts-ignore: decorator
@inline export function dot(x: usize, y: usize, bytes: usize): f64 {
  let total = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    total = f64x2.add(total, f64x2.mul(v128.load(x + at), v128.load(y + at)));
  }
  return sum(total);
}

/** What is not within ±`most` becomes it. */
// @ts-ignore: decorator
@inline export function clamp(x: f64, most: f64): f64 {
  return max(-most, min(most, x));
}
