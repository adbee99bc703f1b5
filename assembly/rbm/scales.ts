// Layers with numbers and counts. Everything that the hidden units read of a value is a statistic x: v / σ² of a real unit,
// the value itself of all others; vectors of the visible layer hold x, and callers' rows hold v.
//
// Vectors of D values that follow from the parameters are worked out at the beginning of an operation and kept nowhere:
// 1 / σ², σ², and what the learning rate of a column is multiplied with, σ² times `realRate` or 1 / N. With that rate a
// weight of a real unit moves by a share of (v − μ), whatever its unit of measurement is.
import { exp4, splat } from '../simd';
import { COUNT, Model, REAL, runAt, scoringLogVariance, scoringVisibleBias } from './model';

/** A number farther from the bias of its unit than so many deviations counts as one that is as far. */
const FARTHEST: f32 = 1e6;

/** The biases about which numbers are limited. */
let centres: usize = 0;

function open(model: Model, logVariance: usize, bias: usize): void {
  centres = bias;
  for (let at: usize = 0; at < model.stride; at += 16) {
    const x = model.real ? v128.load(logVariance + at) : splat(0);
    v128.store(model.variance + at, exp4(x));
    v128.store(model.precision + at, exp4(f32x4.neg(x)));
    v128.store(model.rates + at, splat(1));
  }
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    for (let i = run.start; i < run.start + run.size; i++) {
      const at = <usize>i << 2;
      if (run.kind == REAL) store<f32>(model.rates + at, <f32>model.realRate * load<f32>(model.variance + at));
      if (run.kind == COUNT) store<f32>(model.rates + at, <f32>1 / <f32>run.trials);
    }
  }
}

/** Scales of the parameters that learn. */
// @ts-ignore: decorator
@inline export function openLearningScales(model: Model): void {
  if (model.mixed) open(model, model.logVariance, model.visibleBias);
}

/** Scales of the parameters that score. */
// @ts-ignore: decorator
@inline export function openScoringScales(model: Model): void {
  if (model.mixed) open(model, scoringLogVariance(model), scoringVisibleBias(model));
}

/** From values to statistics, in place; what is missing is 0 already, and stays so. */
export function toStatistics(model: Model, visible: usize): void {
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    if (run.kind != REAL) continue;
    for (let at = <usize>run.start << 2, end = at + (<usize>run.size << 2); at < end; at += 4) {
      const bias = load<f32>(centres + at), reach = FARTHEST * Mathf.sqrt(load<f32>(model.variance + at));
      const value = max(min(load<f32>(visible + at), bias + reach), bias - reach);
      store<f32>(visible + at, value * load<f32>(model.precision + at));
    }
  }
}

/** The values of the statistics at `visible` to `row`, D values of any alignment. */
export function writeValues(model: Model, visible: usize, row: usize): void {
  memory.copy(row, visible, <usize>model.width << 2);
  if (!model.real) return;
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    if (run.kind != REAL) continue;
    for (let at = <usize>run.start << 2, end = at + (<usize>run.size << 2); at < end; at += 4) {
      store<f32>(row + at, load<f32>(visible + at) * load<f32>(model.variance + at));
    }
  }
}
