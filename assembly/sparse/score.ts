// What a model says about a row without changing: is it usable, its free energy, its features.
import { softplusSum } from '../logsum';
import { activate, drive } from './layers';
import { Model, biasAt } from './model';
import { readRow } from './row';
import { Visible, countOf, data, input, membersOf, openWorkspace, posterior, slotCount } from './workspace';

/** Can the row be used? */
export function isUsable(model: Model, row: usize): bool {
  openWorkspace(model);
  return readRow(model, row);
}

/** Σ b of `count` units. */
function biasesOf(model: Model, units: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (const stop = units + (<usize>count << 2); units < stop; units += 4) {
    sum += <f64>load<f32>(biasAt(model, load<i32>(units)));
  }
  return sum;
}

function allBiases(model: Model, visible: Visible): f64 {
  let sum = biasesOf(model, visible.choices, slotCount);
  for (let s = 0; s < model.setCount; s++) sum += biasesOf(model, membersOf(visible, s), countOf(visible, s));
  return sum;
}

/** F(v) = −Σ_{k on} b_k − Σ_j log(1 + exp A_j(v)): minus the log-density up to log Z. NaN when the row is refused. */
export function freeEnergyOf(model: Model, row: usize): f32 {
  openWorkspace(model);
  if (!readRow(model, row)) return NaN;
  drive(model, data(), input);
  return <f32>(-allBiases(model, data()) - <f64>softplusSum(input, model.hidden));
}

/** `out` = p(h = 1 | row), H values. */
export function featuresOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  if (!readRow(model, row)) return false;
  drive(model, data(), input);
  activate(model, input, posterior);
  memory.copy(out, posterior, <usize>model.hidden << 2);
  return true;
}
