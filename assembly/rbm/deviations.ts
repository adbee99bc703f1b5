// The variances of real units, learned as ξ = log σ². With u the value less its offset μ when centring is on,
//
//   ∂ log p* / ∂ξ_i = [ (v_i − b_i)² / 2 − u_i Σ_j W_ji s_j ] / σ_i²
//
// in the coordinates in which inputs are A = c' + Σ W u / σ²: with ξ the biases c move so that c' stays what it is. The
// gradient is of order one whatever the scale of v is.
//
// Cost: two multiply-adds a weight and one for each chain.
import { axpy } from '../products';
import { log } from '../log';
import { exp4 } from '../simd';
import { clear } from '../vectors';
import { drive } from './layers';
import { Model, REAL, runAt } from './model';
import { phaseAt, present, step } from './workspace';

/** A row whose chain ends farther from it than so many deviations moves parameters by as much as if it were so far. */
const FARTHEST: f32 = 32;
/** What the logarithm of a variance moves by at most with a row. */
const LARGEST_CHANGE: f32 = 0.1;

/** One row that is far out must not undo what all others have said: its step is a share of what it would be. */
export function limitStep(model: Model): void {
  let most = FARTHEST;
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r), from = <usize>run.start << 2;
    if (run.kind == REAL) most = max(most, farthest(model, from, from + (<usize>run.size << 2)));
  }
  if (most <= FARTHEST) return;
  for (let r = 0; r <= model.chains; r++) phaseAt(r).weight *= FARTHEST / most;
}

/** How far a chain is from the row in the columns from byte `from` to `to`, in deviations. */
function farthest(model: Model, from: usize, to: usize): f32 {
  const data = phaseAt(0).seen;
  let most: f32 = 0;
  for (let at = from; at < to; at += 4) {
    const deviation = Mathf.sqrt(load<f32>(model.variance + at));
    for (let r = 1; r <= model.chains; r++) {
      most = max(most, Mathf.abs(load<f32>(data + at) - load<f32>(phaseAt(r).seen + at)) * deviation);
    }
  }
  return most;
}

/** Nothing stands in the sums of `gatherPulls`. They take the place of the chains' inputs, which have been used. */
export function openPulls(model: Model): void {
  for (let r = 0; r <= model.chains; r++) clear(phaseAt(r).input, model.stride);
}

/** Σ_j s_j W_j of every phase += what the units in [from, to) contribute. */
export function gatherPulls(model: Model, from: i32, to: i32): void {
  const copies = <f32>model.replicas;
  for (let r = 0; r <= model.chains; r++) {
    const phase = phaseAt(r);
    for (let j = from; j < min(to, model.hidden); j++) {
      const mean = copies * load<f32>(phase.posterior + (<usize>j << 2));
      axpy(mean, model.weights + <usize>j * model.stride, phase.input, model.stride);
    }
  }
}

/** Σ_r weight_r × the gradient of phase r for the unit whose values stand `at` bytes into vectors. */
function slope(model: Model, at: usize): f32 {
  const bias = load<f32>(model.visibleBias + at), variance = load<f32>(model.variance + at);
  const offset: f32 = model.centering != 0 ? load<f32>(model.visibleOffset + at) : 0;
  let sum: f32 = 0;
  for (let r = 0; r <= model.chains; r++) {
    const phase = phaseAt(r), value = load<f32>(phase.seen + at) * variance, apart = value - bias;
    const gradient: f32 = 0.5 * apart * apart - (value - offset) * load<f32>(phase.input + at);
    sum += phase.weight * gradient;
  }
  return sum * load<f32>(model.precision + at);
}

/** Move log σ² of the real units that the row has, within the bounds of the options, and with them the hidden biases. */
export function moveVariances(model: Model): void {
  const rate = <f32>model.deviationRate, partial = step().partial, shift = phaseAt(0).input;
  const least = <f32>(2 * log(model.leastDeviation)), most = <f32>(2 * log(model.mostDeviation));
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    if (run.kind != REAL) continue;
    for (let at = <usize>run.start << 2, end = at + (<usize>run.size << 2); at < end; at += 4) {
      if (partial && load<f32>(present() + at) == 0) continue;
      const change = max(min(rate * slope(model, at), LARGEST_CHANGE), -LARGEST_CHANGE);
      const place = model.logVariance + at;
      store<f32>(place, max(min(load<f32>(place) + change, most), least));
    }
  }
  if (model.centering != 0) moveHiddenBiases(model, shift);
}

/** c ← c + Σ_i W_i μ_i (1 / old σ_i² − 1 / new σ_i²). */
function moveHiddenBiases(model: Model, shift: usize): void {
  for (let at: usize = 0; at < model.stride; at += 16) {
    const precision = exp4(f32x4.neg(v128.load(model.logVariance + at)));
    const less = f32x4.sub(v128.load(model.precision + at), precision);
    v128.store(shift + at, f32x4.mul(v128.load(model.visibleOffset + at), less));
  }
  const moved = phaseAt(0).steps;
  drive(model, model.weights, model.hiddenBias, shift, moved, 0, model.rows);
  memory.copy(model.hiddenBias, moved, <usize>model.hidden << 2);
}
