// The average of the parameters over the recent past (Polyak and Juditsky 1992), which is what scores.
import { splat, madd } from '../simd';
import { Model, clockOf } from './model';

/** mean += share · (x − mean). */
function approach(mean: usize, x: usize, bytes: usize, share: f32): void {
  const a = splat(share);
  for (let at: usize = 0; at < bytes; at += 16) {
    const m = v128.load(mean + at);
    v128.store(mean + at, madd(a, f32x4.sub(v128.load(x + at), m), m));
  }
}

/** Does the average move after the row that was learned last? */
export function isAveragingDue(model: Model): bool {
  if (model.averaging == 0) return false;
  const intervals = clockOf(model) / model.averagingInterval;
  return intervals == Math.floor(intervals);
}

/**
 * Every `averagingInterval` rows the average moves by max(w / (n + w − 1), floor) towards the parameters, n the number
 * of intervals so far and w = `averagingWindow`: it reaches back over about a w-th of the rows. At n = 1 it is a copy.
 */
export function averageParameters(model: Model): void {
  if (!isAveragingDue(model)) return;
  const intervals = clockOf(model) / model.averagingInterval;
  const window = model.averagingWindow;
  const share = <f32>max(window / (intervals + window - 1), model.averagingFloor);
  approach(model.meanWeights, model.weights, <usize>model.rows * model.stride, share);
  approach(model.meanVisibleBias, model.visibleBias, model.stride, share);
  approach(model.meanHiddenBias, model.hiddenBias, model.hiddenBytes, share);
  if (model.real) approach(model.meanLogVariance, model.logVariance, model.stride, share);
}
