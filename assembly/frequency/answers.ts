// What a model says beyond the free energy. Fields are independent: what the others hold changes nothing.
import { uniform1 } from '../random';
import { Model, fieldAt } from './model';
import { isUsable, mass, massOf, surpriseOf, valueAt } from './estimate';

/** `out` = −log p_f for every field, `missing` where the row has none. */
export function surprisesOf(model: Model, row: usize, out: usize, missing: f32): bool {
  if (!isUsable(model, row)) return false;
  for (let f = 0; f < model.width; f++) {
    const value = valueAt(row, f);
    store<f32>(out + (<usize>f << 2), value == value ? <f32>surpriseOf(model, f, value) : missing);
  }
  return true;
}

/** p(state) of a field. */
// @ts-ignore: decorator
@inline function probability(model: Model, index: i32, state: i32): f32 {
  return <f32>(massOf(fieldAt(model, index), state) / mass(model, index));
}

/** `out` = p of every state of a field, or of "on" for a Bernoulli unit. */
export function conditionalOf(model: Model, row: usize, index: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  const field = fieldAt(model, index);
  if (field.bernoulli) store<f32>(out, probability(model, index, 1));
  else for (let s = 0; s < field.states; s++) store<f32>(out + (<usize>s << 2), probability(model, index, s));
  return true;
}

/** The likeliest state, the first of several; the mean of a Bernoulli unit. */
function expectation(model: Model, index: i32): f32 {
  const field = fieldAt(model, index);
  if (field.bernoulli) return probability(model, index, 1);
  let best = 0;
  for (let s = 1; s < field.states; s++) if (massOf(field, s) > massOf(field, best)) best = s;
  return <f32>best;
}

/** `out` = the row with what it lacks filled in. What it has stays: no other field speaks about it. */
export function reconstructionOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  for (let f = 0; f < model.width; f++) {
    const value = valueAt(row, f);
    store<f32>(out + (<usize>f << 2), value == value ? value : expectation(model, f));
  }
  return true;
}

/** A state drawn with its probability: the inverse of the distribution function. */
function draw(model: Model, index: i32): i32 {
  const field = fieldAt(model, index);
  let left = <f64>uniform1(model.random) * mass(model, index), state = 0;
  // The last state takes what rounding leaves over.
  while (state < field.states - 1) {
    left -= massOf(field, state);
    if (left < 0) break;
    state++;
  }
  return state;
}

/** `out` = `count` rows, each value drawn on its own. */
export function sampleInto(model: Model, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    for (let f = 0; f < model.width; f++) {
      store<f32>(out, <f32>draw(model, f));
      out += 4;
    }
  }
}
