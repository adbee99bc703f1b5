// The ways of looking at a field that experts take turns with: what its unit of distance is.
//
//   view   scale
//   0      standard deviation of all rows, learned or noticed: sees what is far from everything
//   1      Gini's mean difference of learned rows, a robust scale: sees what a heavy tail would hide

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
