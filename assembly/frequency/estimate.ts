// The estimate of one field and how it learns.
//
//   p(v) = (n_v + ½) / (n + ½ S)
//
// n_v how often state v was learned, n their sum, S the number of states (Krichevsky and Trofimov 1981). A Bernoulli unit
// has S = 2; a value between 0 and 1 is evidence for both of its states, in shares.
import { log } from '../log';
import { Field, Model, fieldAt, totalAt } from './model';

/** What every state has before anything was learned. */
const PRIOR: f64 = 0.5;
/** Sums of single-precision shares may come out above one by a few ulps. */
const LARGEST: f32 = 1.00001;

// @ts-ignore: decorator
@inline export function valueAt(row: usize, index: i32): f32 {
  return load<f32>(row + (<usize>index << 2));
}

/** Can every value be used: missing, a state's number, or a share? */
export function isUsable(model: Model, row: usize): bool {
  for (let f = 0; f < model.width; f++) {
    const value = valueAt(row, f), field = fieldAt(model, f);
    if (value != value) continue;
    if (value < 0) return false;
    if (field.bernoulli ? value > LARGEST : value >= <f32>field.states || value != Mathf.floor(value)) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline function countAt(field: Field, state: i32): usize {
  return field.counts + (<usize>state << 3);
}

/** n + ½ S: what the counts of a field add up to with their priors. */
// @ts-ignore: decorator
@inline export function mass(model: Model, index: i32): f64 {
  return load<f64>(totalAt(model, index)) + PRIOR * <f64>fieldAt(model, index).states;
}

/** n_v + ½. */
// @ts-ignore: decorator
@inline export function massOf(field: Field, state: i32): f64 {
  return load<f64>(countAt(field, state)) + PRIOR;
}

/** −log p(value), in nats; of a share v it is −v log p(on) − (1 − v) log p(off). */
export function surpriseOf(model: Model, index: i32, value: f32): f64 {
  const field = fieldAt(model, index), total = log(mass(model, index));
  if (!field.bernoulli) return total - log(massOf(field, <i32>value));
  const share = Math.min(<f64>value, 1);
  // A logarithm that is not asked for is not taken: most bits are 0 or 1.
  let surprise = total;
  if (share > 0) surprise -= share * log(massOf(field, 1));
  if (share < 1) surprise -= (1 - share) * log(massOf(field, 0));
  return surprise;
}

/** F(v) = −Σ_f log p_f(v_f) over the fields that are present: the product is normalised, log Z = 0. NaN when refused. */
export function freeEnergyOf(model: Model, row: usize): f32 {
  if (!isUsable(model, row)) return NaN;
  let energy: f64 = 0;
  for (let f = 0; f < model.width; f++) {
    const value = valueAt(row, f);
    if (value == value) energy += surpriseOf(model, f, value);
  }
  return <f32>energy;
}

// @ts-ignore: decorator
@inline function add(address: usize, amount: f64): void {
  store<f64>(address, load<f64>(address) + amount);
}

function halve(model: Model, index: i32): void {
  const field = fieldAt(model, index);
  for (let s = 0; s < field.states; s++) store<f64>(countAt(field, s), 0.5 * load<f64>(countAt(field, s)));
  store<f64>(totalAt(model, index), 0.5 * load<f64>(totalAt(model, index)));
}

/** Count the row's values. False, and nothing changed, when it cannot be used. Cost: O(F), and O(S) for a halving. */
export function learnRow(model: Model, row: usize): bool {
  if (!isUsable(model, row)) return false;
  for (let f = 0; f < model.width; f++) {
    const value = valueAt(row, f), field = fieldAt(model, f);
    if (value != value) continue;
    if (field.bernoulli) {
      const share = Math.min(<f64>value, 1);
      add(countAt(field, 0), 1 - share);
      add(countAt(field, 1), share);
    } else add(countAt(field, <i32>value), 1);
    add(totalAt(model, f), 1);
    if (model.decay > 0 && load<f64>(totalAt(model, f)) >= model.decay) halve(model, f);
  }
  return true;
}
