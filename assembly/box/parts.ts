// The parts of an update, which a product of several families is put together from.
import { activate } from './activation';
import { chooseExperts, sweep } from './gibbs';
import { Model, at, highOf, lowOf } from './model';
import { readRow } from './row';
import { data, openWorkspace, workspace } from './workspace';

/** Is it a row without gaps and infinite values? It is read. */
function isComplete(model: Model, state: usize): bool {
  if (!readRow(model, state, data())) return false;
  for (let i = 0; i < model.width; i++) if (!load<i32>(data().mask + (<usize>i << 2))) return false;
  return true;
}

/** Move states in place. False, and nothing moved, when one has gaps or infinite values. */
export function walkFrom(model: Model, states: usize, count: i32, sweeps: i32, random: usize): bool {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let n = 0; n < count; n++) if (!isComplete(model, states + <usize>n * bytes)) return false;
  for (let n = 0; n < count; n++) {
    const state = states + <usize>n * bytes, seen = data();
    readRow(model, state, seen);
    activate(model, seen);
    for (let k = 0; k < sweeps; k++) sweep(model, seen, random);
    memory.copy(state, seen.values, bytes);
  }
  return true;
}

/** Narrow the bounds of one value. */
function narrow(model: Model, index: i32, lower: usize, upper: usize): void {
  const low = lower + (<usize>index << 3), high = upper + (<usize>index << 3);
  store<f64>(low, max(load<f64>(low), <f64>at(lowOf(model), index)));
  store<f64>(high, min(load<f64>(high), <f64>at(highOf(model), index)));
}

/** Let the experts choose, given the state, and add up what those that are Gaussians say. */
export function addConditionalOf(
  model: Model, state: usize, linear: usize, precision: usize, lower: usize, upper: usize, full: bool, random: usize,
): bool {
  openWorkspace(model);
  if (!isComplete(model, state)) return false;
  activate(model, data());
  chooseExperts(model, data(), random);
  for (let i = 0; i < model.width; i++) {
    const p = <f64>at(workspace().precision, i), shift = <f64>at(workspace().linear, i), low = <f64>at(lowOf(model), i);
    const place = <usize>(full ? i * (model.width + 1) : i) << 3, sum = linear + (<usize>i << 3);
    store<f64>(precision + place, load<f64>(precision + place) + p);
    // Kept from the lower wall on: see `addExpert`.
    store<f64>(sum, load<f64>(sum) + shift + p * low);
    narrow(model, i, lower, upper);
  }
  return true;
}
