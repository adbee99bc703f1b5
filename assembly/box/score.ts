// The free energy against an even spread over the box, F(v) = −Σ_m log(V g_m(v)) = Σ_m log(1 + e^{η_m}) − log(1 + e^{a_m}).
// Beyond the walls, where the density is 0, every expert adds Σ_i log(1 + excess): the energy goes on growing.
import { madd, softplus4, splat, sum1 } from '../simd';
import { activate } from './activation';
import { clearDrive, addExpert } from './gibbs';
import { isUsable } from './learn';
import { Model, at, highOf, lowOf, put, rowOf, unitOf } from './model';
import { excess, readRow, showAll, toll } from './row';
import { Seen, data, openWorkspace, precisionsOf, workspace } from './workspace';

/** Σ_m of both softplus, for the row in `seen`, whose experts are activated. */
function energyOf(model: Model, seen: Seen): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < model.expertBytes; i += 16) {
    const gates = softplus4(v128.load(model.gates + i)), chosen = softplus4(v128.load(seen.activations + i));
    sum += <f64>sum1(f32x4.sub(gates, chosen));
  }
  return sum;
}

/** NaN when the row has an infinite value. */
function energyOfRow(model: Model, row: usize): f32 {
  if (!readRow(model, row, data())) return NaN;
  activate(model, data());
  return <f32>(energyOf(model, data()) + <f64>model.experts * toll(model, row));
}

export function freeEnergyOf(model: Model, row: usize): f32 {
  openWorkspace(model);
  return energyOfRow(model, row);
}

/** One energy a row; the precisions are found once. */
export function freeEnergiesOf(model: Model, rows: usize, count: i32, out: usize): void {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let n = 0; n < count; n++) put(out, n, energyOfRow(model, rows + <usize>n * bytes));
}

/** `out`: the probability that each expert is a Gaussian (M). */
export function featuresOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  activate(model, data());
  memory.copy(out, data().shares, <usize>model.experts << 2);
  return true;
}

/**
 * `out`: the means of all Gaussians, weighed by their precisions and by the probability that each is chosen, `steps`
 * times. What is missing is filled in.
 */
export function reconstructionOf(model: Model, row: usize, steps: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  const seen = data(), precision = workspace().precision, linear = workspace().linear;
  for (let step = 0; step < steps; step++) {
    activate(model, seen);
    clearDrive(model);
    for (let m = 0; m < model.experts; m++) {
      addExpert(model, m, at(seen.shares, m), model.factors ? at(seen.factorMeans, m) : 0);
    }
    for (let i = 0; i < model.width; i++) {
      const low = at(lowOf(model), i), high = at(highOf(model), i), p = at(precision, i);
      const mean: f32 = p > 0 ? low + at(linear, i) / p : 0.5 * (low + high);
      put(seen.values, i, max(low, min(high, mean)));
    }
    showAll(model, seen);
  }
  memory.copy(out, seen.values, <usize>model.width << 2);
  return true;
}

/** `out`: ∂F/∂v, 0 where a value is missing: Σ_m r_m (v − μ − λ m) / σ² within the walls, beyond them what the toll grows by. */
export function gradientOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  const seen = data(), sum = workspace().linear, bytes = model.rowBytes;
  activate(model, seen);
  memory.fill(sum, 0, bytes);
  for (let m = 0; m < model.experts; m++) {
    const share = splat(at(seen.shares, m)), factor = splat(model.factors ? at(seen.factorMeans, m) : 0);
    const means = rowOf(model, model.means, m), precisions = precisionsOf(model, m);
    const loadings = model.factors ? rowOf(model, model.loadings, m) : 0;
    for (let i: usize = 0; i < bytes; i += 16) {
      let y = f32x4.sub(v128.load(seen.values + i), v128.load(means + i));
      if (loadings) y = f32x4.sub(y, f32x4.mul(factor, v128.load(loadings + i)));
      v128.store(sum + i, madd(f32x4.mul(share, v128.load(precisions + i)), y, v128.load(sum + i)));
    }
  }
  for (let i = 0; i < model.width; i++) {
    const value = at(row, i), beyond = excess(model, i, value), unit = <f64>at(unitOf(model), i);
    const slope = <f32>(<f64>model.experts / (unit * (1 + beyond)));
    const there = value == value;
    put(out, i, !there ? 0 : beyond == 0 ? at(sum, i) : value < at(lowOf(model), i) ? -slope : slope);
  }
  return true;
}
