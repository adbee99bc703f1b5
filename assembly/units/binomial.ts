// Replicated units: N binary ones with the same input a, of which n are on (Teh and Hinton 2001): n ~ Bin(N, σ(a)).
// One of a single replica is a Bernoulli unit, to the bit and to the random number.
import { log } from '../log';
import { sigmoid1, splat } from '../simd';
import { uniform4 } from '../random';
import { bernoulliMean, bernoulliSample } from './bernoulli';

/** `out` = N σ(input) for `count` units. */
export function binomialMean(input: usize, out: usize, count: i32, trials: i32): void {
  bernoulliMean(input, out, count);
  if (trials == 1) return;
  for (let at: usize = 0; at < <usize>count << 2; at += 4) store<f32>(out + at, <f32>trials * load<f32>(out + at));
}

/** `out` = as many of N draws as come out on, for `count` units. */
export function binomialSample(input: usize, out: usize, count: i32, trials: i32, random: usize): void {
  if (trials == 1) {
    bernoulliSample(input, out, count, random);
    return;
  }
  for (let at: usize = 0; at < <usize>count << 2; at += 4) {
    store<f32>(out + at, <f32>drawn(sigmoid1(load<f32>(input + at)), trials, random));
  }
}

/** How many of `trials` draws fall below `mean`, four at a time. */
function drawn(mean: f32, trials: i32, random: usize): i32 {
  const limit = splat(mean);
  let below = i32x4.splat(0), left = trials;
  for (; left >= 4; left -= 4) below = i32x4.sub(below, f32x4.lt(uniform4(random), limit));
  let on = i32x4.extract_lane(below, 0) + i32x4.extract_lane(below, 1);
  on += i32x4.extract_lane(below, 2) + i32x4.extract_lane(below, 3);
  if (left == 0) return on;
  const last = i32x4.bitmask(f32x4.lt(uniform4(random), limit)) & ((1 << left) - 1);
  return on + popcnt<i32>(last);
}

/** Stirling's series leaves out less than 1e-15 from here on. */
const SMALL: f64 = 24;

/** log n!, within 1e-14 of itself; n is a whole number. */
function logFactorial(n: f64): f64 {
  if (n < SMALL) {
    let product: f64 = 1;
    for (let k: f64 = 2; k <= n; k++) product *= k;
    return log(product);
  }
  const r = 1 / n, r2 = r * r;
  // ½ log 2π
  return n * log(n) - n + 0.5 * log(n) + 0.91893853320467274178
    + r * (1.0 / 12.0 - r2 * (1.0 / 360.0 - r2 * (1.0 / 1260.0 - r2 / 1680.0)));
}

/** The logarithm of the number of ways in which n of N units can be on; 0 for n = 0 and n = N. */
export function logWays(trials: i32, n: f64): f64 {
  const N = <f64>trials;
  if (n <= 0 || n >= N) return 0;
  return logFactorial(N) - logFactorial(n) - logFactorial(N - n);
}
