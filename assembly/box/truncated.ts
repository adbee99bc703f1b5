// Draws from a normal distribution that is cut off at two walls.
import { gaussians } from '../gaussian';
import { uniform1 } from '../random';
import { exp4, log1, splat } from '../simd';

/** Two normal numbers. */
// @ts-ignore: decorator
@inline const DRAWN: usize = memory.data(16, 16);
/** Each proposal is taken with a chance of about a third at least: after so many the nearest possible value is. */
const MOST_PROPOSALS: i32 = 200;
/** Beyond it the tail is drawn as such; within it proposals are normal numbers. */
const TAIL: f64 = 0.5;
/** Walls so near each other that an even spread between them is the better proposal. */
const FLAT: f64 = 2;

function chance(logarithm: f64, random: usize): bool {
  return <f64>uniform1(random) < <f64>f32x4.extract_lane(exp4(splat(<f32>logarithm)), 0);
}

/** From N(0, 1) between a and b by even proposals. */
function flat(a: f64, b: f64, random: usize): f64 {
  const best = a > 0 ? a : b < 0 ? b : 0;
  for (let n = 0; n < MOST_PROPOSALS; n++) {
    const x = a + (b - a) * <f64>uniform1(random);
    if (chance(0.5 * (best - x) * (best + x), random)) return x;
  }
  return best;
}

/** From N(0, 1) between a > 0 and b by exponential proposals (Robert 1995). */
function tail(a: f64, b: f64, random: usize): f64 {
  const rate = 0.5 * (a + Math.sqrt(a * a + 4));
  for (let n = 0; n < MOST_PROPOSALS; n++) {
    const x = a - <f64>log1(1 - uniform1(random)) / rate;
    if (x <= b && chance(-0.5 * (x - rate) * (x - rate), random)) return x;
  }
  return a;
}

/** From N(0, 1) between a and b. */
function middle(a: f64, b: f64, random: usize): f64 {
  for (let n = 0; n < MOST_PROPOSALS; n++) {
    gaussians(random, DRAWN, 1, 1);
    const x = <f64>load<f32>(DRAWN);
    if (x >= a && x <= b) return x;
  }
  return max(a, min(b, 0));
}

/** One number from N(mean, deviation²) between `low` and `high`, wherever the mean is. */
export function truncatedNormal(random: usize, mean: f64, deviation: f64, low: f32, high: f32): f32 {
  const a = (<f64>low - mean) / deviation, b = (<f64>high - mean) / deviation;
  const steep = max(1, max(a, -b));
  let x: f64;
  if ((b - a) * steep < FLAT) x = flat(a, b, random);
  else if (a > TAIL) x = tail(a, b, random);
  else if (b < -TAIL) x = -tail(-b, -a, random);
  else x = middle(a, b, random);
  return min(high, max(low, <f32>(mean + deviation * x)));
}
