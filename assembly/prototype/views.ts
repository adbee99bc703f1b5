// The ways of looking at a field that experts take turns with: its unit of distance, and what a distance adds.
//
//   view   scale                                                               distance
//   0      standard deviation of all rows, learned or noticed                  Huber
//          sees what is far from everything
//   1      mean difference of two learned rows (Gini), which is more robust    Huber
//          sees what a heavy tail would hide
import { nmadd, splat } from '../simd';

/** V. Expert e has view e mod V. */
export const VIEWS: i32 = 2;

/** Standard deviation of a normal distribution with a Gini mean difference of one: 2/√π, rounded. */
const GINI: f64 = 1.128;
/** Least scale in standard deviations: a field that hardly ever moves does not drown the others. */
const LEAST: f64 = 0.3;

/**
 * The unit of distance of a field in a view; 0 while it has been constant. `deviation` is of all rows, `gini` the mean
 * absolute difference of two learned rows; `spread` tells whether the middle half of them differs at all.
 */
export function scaleOf(view: i32, deviation: f64, gini: f64, spread: bool): f64 {
  if (view == 0 || !spread) return deviation;
  return max(gini / GINI, LEAST * deviation);
}

/**
 * sum + ρ(a) for four distances a ≥ 0 in units of s: ρ(a) = b (2a − b) with b = min(a, 2), which is a² near and
 * 4a − 4 far (Huber 1964), so that no single field decides. The same in all views. Infinity gives infinity.
 */
// @ts-ignore: decorator
@inline export function addRho(sum: v128, a: v128): v128 {
  const b = f32x4.pmin(a, splat(2));
  return nmadd(b, nmadd(a, splat(2), b), sum);
}
