// The variances of real units, learned as ξ = log σ². With e = v − b and, when centring is on, M_ij = μ_i + W_ji (½ − λ_j / K),
//
//   ∂ log p* / ∂ξ_i = [ e_i² / 2 − Σ_j W_ji s_j (v_i − M_ij) ] / σ_i²
//
// which is the gradient in the coordinates c'_j = c_j + Σ_i W_ji M_ij / σ_i²: with ξ the biases c move so that c' stays what
// it is. M_ij lies half-way between where the values are with the unit off and on, the others at their means, so that a
// variance that shrinks takes no probability from one side to the other, and what is left of the gradient is next to
// (v − b − W h)² / 2σ², of order one whatever the scale of v is. Without it noise of the order of (distance of modes / σ)²
// drowned what rows say about σ.
//
// Cost: three multiply-adds a weight and phase, and three for the biases.
import { log } from '../log';
import { exp4, madd, splat, sum1 } from '../simd';
import { clear } from '../vectors';
import { Model, REAL, runAt } from './model';
import { Phase, phaseAt, present, step } from './workspace';

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
  for (let r = 0; r <= model.chains; r++) {
    clear(phaseAt(r).input, model.stride);
    clear(phaseAt(r).pairs, model.stride);
  }
}

/** ½ − λ_j / K; without centring the coordinates are those of the parameters. */
// @ts-ignore: decorator
@inline function halfWay(model: Model, unit: usize): f32 {
  return model.centering != 0 ? 0.5 - load<f32>(model.hiddenOffset + unit) / <f32>model.replicas : 0;
}

/** Of every phase Σ_j s_j W_j and Σ_j s_j (½ − λ_j / K) W_j² += what the units in [from, to) contribute. */
export function gatherPulls(model: Model, from: i32, to: i32): void {
  const copies = <f32>model.replicas;
  for (let r = 0; r <= model.chains; r++) {
    const phase = phaseAt(r);
    for (let j = from; j < min(to, model.hidden); j++) {
      const unit = <usize>j << 2, mean = copies * load<f32>(phase.posterior + unit);
      addPulls(model.weights + <usize>j * model.stride, model.stride, mean, mean * halfWay(model, unit), phase);
    }
  }
}

/** Both sums += what one unit contributes. */
function addPulls(w: usize, bytes: usize, mean: f32, half: f32, phase: Phase): void {
  const s = splat(mean), t = splat(half), pulls = phase.input, pairs = phase.pairs;
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(w + at);
    v128.store(pulls + at, madd(s, x, v128.load(pulls + at)));
    v128.store(pairs + at, madd(t, f32x4.mul(x, x), v128.load(pairs + at)));
  }
}

/** Σ_r weight_r × the gradient of phase r for the unit whose values stand `at` bytes into vectors. */
function slope(model: Model, at: usize): f32 {
  const bias = load<f32>(model.visibleBias + at), variance = load<f32>(model.variance + at);
  const offset: f32 = model.centering != 0 ? load<f32>(model.visibleOffset + at) : 0;
  let sum: f32 = 0;
  for (let r = 0; r <= model.chains; r++) {
    const phase = phaseAt(r), value = load<f32>(phase.seen + at) * variance, apart = value - bias;
    const pull = (value - offset) * load<f32>(phase.input + at) - load<f32>(phase.pairs + at);
    sum += phase.weight * (0.5 * apart * apart - pull);
  }
  return sum * load<f32>(model.precision + at);
}

/** Move log σ² of the real units that the row has, within the bounds of the options, and with them the hidden biases. */
export function moveVariances(model: Model): void {
  const rate = <f32>model.deviationRate, partial = step().partial;
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
  if (model.centering != 0) moveHiddenBiases(model);
}

/** c_j ← c_j + Σ_i W_ji M_ij (1 / old σ_i² − 1 / new σ_i²). */
function moveHiddenBiases(model: Model): void {
  const shift = phaseAt(0).input, lost = phaseAt(0).pairs;
  for (let at: usize = 0; at < model.stride; at += 16) {
    const precision = exp4(f32x4.neg(v128.load(model.logVariance + at)));
    const less = f32x4.sub(v128.load(model.precision + at), precision);
    v128.store(lost + at, less);
    v128.store(shift + at, f32x4.mul(v128.load(model.visibleOffset + at), less));
  }
  for (let unit: usize = 0, w = model.weights; unit < <usize>model.hidden << 2; unit += 4, w += model.stride) {
    const half = splat(halfWay(model, unit));
    let sum = splat(0);
    for (let at: usize = 0; at < model.stride; at += 16) {
      const x = v128.load(w + at), own = f32x4.mul(half, x);
      sum = madd(x, madd(own, v128.load(lost + at), v128.load(shift + at)), sum);
    }
    store<f32>(model.hiddenBias + unit, load<f32>(model.hiddenBias + unit) + sum1(sum));
  }
}
