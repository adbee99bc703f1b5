// What a product says about a row. What the row lacks is left out of every expert: the product of their marginals.
import { energyOf, findPosterior, findShares } from './density';
import { clearNatural, drawNatural } from './gibbs';
import { gatherField, likeliest, logAt } from './mode';
import { MOST_NATS, Model, at, lineOf } from './model';
import { isThere, leaveOut, loadRow, readRow, storeRow, takeAll, within } from './row';
import { splat } from '../simd';
import { openWorkspace, workspace } from './workspace';

/** Can the row be used? */
export function isUsable(model: Model, row: usize): bool {
  openWorkspace(model);
  return readRow(model, row);
}

/** Nats; NaN when the row is refused. */
export function freeEnergyOf(model: Model, row: usize): f32 {
  if (!isUsable(model, row)) return NaN;
  return <f32>min(MOST_NATS, energyOf(model, workspace().values));
}

/** −log p(v_i | v_−i) / max p of each field, NaN where the row lacks it. */
export function surprisesOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  findShares(model, workspace().values);
  for (let i = 0; i < model.width; i++) {
    const place = at(out, i);
    if (!isThere(i)) {
      store<f32>(place, NaN);
      continue;
    }
    const value = load<f32>(at(workspace().values, i));
    gatherField(model, i);
    const fall = logAt(model, likeliest(model, value)) - logAt(model, value);
    store<f32>(place, <f32>max(0, min(MOST_NATS, fall)));
  }
  return true;
}

/** The likeliest value of a field given all others that are there. */
export function conditionalOf(model: Model, row: usize, field: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  leaveOut(field);
  findShares(model, workspace().values);
  gatherField(model, field);
  store<f32>(out, likeliest(model, NaN));
  return true;
}

/** v ← Σ_mk r ρ² μ / Σ_mk r ρ²: the mean given the components, in the mean over them. */
function smooth(model: Model): void {
  const parts = workspace(), values = parts.values;
  findPosterior(model, values, parts.posterior);
  clearNatural(model);
  for (let m = 0; m < model.experts; m++) {
    for (let k = 0; k < model.components; k++) {
      const weight = load<f32>(at(parts.posterior + <usize>m * model.setBytes, k));
      if (weight > 0) addWeighted(model, lineOf(model, m, k), weight);
    }
  }
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    v128.store(values + i, within(f32x4.div(v128.load(parts.linear + i), v128.load(parts.precision + i))));
  }
  takeAll(model);
}

function addWeighted(model: Model, line: usize, weight: f32): void {
  const parts = workspace(), share = splat(weight);
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const root = v128.load(model.roots + line + i), own = f32x4.mul(share, f32x4.mul(root, root));
    v128.store(parts.precision + i, f32x4.add(v128.load(parts.precision + i), own));
    const pull = f32x4.mul(own, v128.load(model.means + line + i));
    v128.store(parts.linear + i, f32x4.add(v128.load(parts.linear + i), pull));
  }
}

/** `out`: D values, `steps` times smoothed. */
export function reconstructionOf(model: Model, row: usize, steps: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  for (let n = 0; n < steps; n++) smooth(model);
  storeRow(model, workspace().values, out);
  return true;
}

/** r_mk (M, K). */
export function featuresOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  findPosterior(model, workspace().values, workspace().posterior);
  const bytes = <usize>model.components << 2;
  for (let m = 0; m < model.experts; m++) {
    memory.copy(out + <usize>m * bytes, workspace().posterior + <usize>m * model.setBytes, bytes);
  }
  return true;
}

/** ∂F/∂v = Σ_mk r ρ² (v − μ) (D); 0 where a value is missing. */
export function gradientOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  const parts = workspace();
  findPosterior(model, parts.values, parts.posterior);
  clearNatural(model);
  for (let m = 0; m < model.experts; m++) {
    for (let k = 0; k < model.components; k++) {
      addWeighted(model, lineOf(model, m, k), load<f32>(at(parts.posterior + <usize>m * model.setBytes, k)));
    }
  }
  for (let i = 0; i < model.width; i++) {
    const precision = <f64>load<f32>(at(parts.precision, i)), linear = <f64>load<f32>(at(parts.linear, i));
    const slope = precision * <f64>load<f32>(at(parts.values, i)) - linear;
    store<f32>(at(out, i), isThere(i) ? <f32>max(-1e38, min(1e38, slope)) : 0);
  }
  return true;
}

/** Add the natural parameters of p(v | k), k drawn given `state`, f64; false when the state is not complete. */
export function addNatural(model: Model, state: usize, linear: usize, precision: usize, full: bool, random: usize): bool {
  openWorkspace(model);
  const parts = workspace();
  if (!loadRow(model, state, parts.values)) return false;
  takeAll(model);
  findPosterior(model, parts.values, parts.posterior);
  drawNatural(model, parts.posterior, false, random);
  const stride: usize = full ? <usize>(model.width + 1) << 3 : 8;
  for (let i = 0; i < model.width; i++) {
    const pull = linear + (<usize>i << 3), own = precision + <usize>i * stride;
    store<f64>(pull, load<f64>(pull) + <f64>load<f32>(at(parts.linear, i)));
    store<f64>(own, load<f64>(own) + <f64>load<f32>(at(parts.precision, i)));
  }
  return true;
}
