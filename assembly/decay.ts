/** Weight decay of all weights at once, as one number that they are to be multiplied with. */
import { scale as multiply } from './vectors';

/** Below this it is multiplied into the weights, once in a hundred thousand rows or so. */
const LEAST_SCALE: f64 = 1e-6;

/**
 * The scale of `bytes` of weights after they have lost a share of themselves, at most a half. It comes out as 1, and the
 * weights change, when it has become small.
 */
export function decayedScale(scale: f64, share: f64, weights: usize, bytes: usize): f64 {
  const left = scale * (1 - Math.min(share, 0.5));
  if (left >= LEAST_SCALE) return left;
  multiply(weights, bytes, <f32>left);
  return 1;
}
