// The ways of looking at a field that experts take turns with: its unit of distance, and what a distance adds.
//
//   view   scale                                                               distance
//   0      standard deviation of all rows, learned or noticed                  Huber
//          sees what is far from everything
//   1      mean difference of two learned rows (Gini), which is more robust    Huber
//          sees what a heavy tail would hide
import { nmadd } from '../simd';

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

// @ts-ignore: decorator
@inline const NEAR: usize = memory.data<f32>([2, -2], 16);

/** Where ρ stops being a square. Loops take it once, as V8 makes a constant vector anew at every use. */
// @ts-ignore: decorator
@inline export function nearest(): v128 {
  return v128.load32_splat(NEAR);
}

/** The same on the other side. */
// @ts-ignore: decorator
@inline export function nearestBelow(): v128 {
  return v128.load32_splat(NEAR + 4);
}

/**
 * sum + ρ(|a|) for four distances in units of s: ρ(|a|) = b (2a − b) with b = a within [below, near] = [−2, 2], which is a²
 * near and 4|a| − 4 far (Huber 1964), so that no single field decides. The same in all views. Infinity gives infinity.
 */
// @ts-ignore: decorator
@inline export function addRho(sum: v128, a: v128, near: v128, below: v128): v128 {
  const b = f32x4.pmax(f32x4.pmin(a, near), below);
  return nmadd(b, nmadd(a, near, b), sum);
}
