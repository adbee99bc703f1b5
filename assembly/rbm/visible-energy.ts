// What a row says about the visible units alone: log p* less what the hidden units contribute.
//
//   Bernoulli unit, state   b v        count  b n + log C(N, n)        real unit  −(v − b)² / 2σ²
import { logWays } from '../units/binomial';
import { dot } from '../products';
import { COUNT, Model, REAL, Run, runAt, scoringVisibleBias } from './model';

/** Their logarithms, from the statistics at `visible`; `present` is read when `partial`. Costs an addition a value. */
export function visibleTerm(model: Model, visible: usize, present: usize, partial: bool): f32 {
  const bias = scoringVisibleBias(model);
  if (!model.mixed) return dot(bias, visible, model.stride);
  let sum: f64 = 0, linear = visible;
  if (model.real) {
    linear = model.asked;
    memory.copy(linear, visible, model.stride);
  }
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r), at = <usize>run.start << 2;
    if (run.kind == REAL) {
      sum -= distances(model, run, visible, present, partial);
      memory.fill(linear + at, 0, <usize>run.size << 2);
    } else if (run.kind == COUNT) {
      for (let i: usize = 0; i < <usize>run.size << 2; i += 4) sum += logWays(run.trials, <f64>load<f32>(visible + at + i));
    }
  }
  return <f32>(<f64>dot(bias, linear, model.stride) + sum);
}

/** Σ (v − b)² / 2σ² over the units of a run that the row has. */
function distances(model: Model, run: Run, visible: usize, present: usize, partial: bool): f64 {
  const bias = scoringVisibleBias(model);
  let sum: f64 = 0;
  for (let at = <usize>run.start << 2, end = at + (<usize>run.size << 2); at < end; at += 4) {
    if (partial && load<f32>(present + at) == 0) continue;
    const apart = <f64>load<f32>(visible + at) * <f64>load<f32>(model.variance + at) - <f64>load<f32>(bias + at);
    sum += 0.5 * apart * apart * <f64>load<f32>(model.precision + at);
  }
  return sum;
}
