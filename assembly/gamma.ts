// Gamma-distributed numbers.
import { gaussians } from './gaussian';
import { log } from './log';
import { uniform1 } from './random';
import { exp4, splat } from './simd';

/** Half of the spacing of uniform numbers, which keeps them above 0. */
const HALF_SPACING: f64 = 2.98023223876953125e-8;
/** One number of `gaussians`, and the vector that it may write. */
// @ts-ignore: decorator
@inline const normal: usize = memory.data(16, 16);

// @ts-ignore: decorator
@inline function positiveUniform(random: usize): f64 {
  return <f64>uniform1(random) + HALF_SPACING;
}

/** e^x for x ≤ 0, within 1e-7 relative; what is below 1e-38 is 0. */
// @ts-ignore: decorator
@inline function power(x: f64): f64 {
  return <f64>f32x4.extract_lane(exp4(splat(<f32>x)), 0);
}

/**
 * A draw from Gamma(shape, rate 1) by the squeeze of Marsaglia and Tsang (2000), without the squeeze: d (1 + c x)³ of a normal
 * x, d = shape − 1/3, accepted in more than 95 of 100 cases. Below 1 it is a draw of shape + 1 times U^(1/shape).
 */
export function gamma(random: usize, shape: f64): f64 {
  const boosted = shape < 1;
  const d = (boosted ? shape + 1 : shape) - 1.0 / 3.0, c = 1 / Math.sqrt(9 * d);
  let v: f64 = 0;
  for (;;) {
    gaussians(random, normal, 1, 1);
    const x = <f64>load<f32>(normal), base = 1 + c * x;
    if (base <= 0) continue;
    v = base * base * base;
    if (log(positiveUniform(random)) < 0.5 * x * x + d - d * v + d * log(v)) break;
  }
  return boosted ? d * v * power(log(positiveUniform(random)) / shape) : d * v;
}
