// Gaussian units: p(v) = N(a, σ²), independent of each other given the mean a = b + W h. The other layer reads the
// statistic x = v / σ².
import { gaussians } from '../gaussian';

/** `out` = the means, or draws around them, over σ²: `count` units. */
export function gaussianMean(mean: usize, precision: usize, out: usize, count: i32): void {
  for (let at: usize = 0; at < <usize>count << 2; at += 4) {
    store<f32>(out + at, load<f32>(mean + at) * load<f32>(precision + at));
  }
}

export function gaussianSample(
  mean: usize, precision: usize, variance: usize, out: usize, count: i32, random: usize,
): void {
  gaussians(random, out, count, 1);
  for (let at: usize = 0; at < <usize>count << 2; at += 4) {
    const value = load<f32>(mean + at) + Mathf.sqrt(load<f32>(variance + at)) * load<f32>(out + at);
    store<f32>(out + at, value * load<f32>(precision + at));
  }
}
