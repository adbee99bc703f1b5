/**
 * Frequencies: one expert a field, g_f(v) = p_f(v) = (n_v + ½) / (n + ½ S), from how often each of its S states was
 * learned. Visible layer: indices and Bernoulli units in any order. The experts share no value, so their product is a
 * probability: log Z = 0, and the free energy is the sum of the surprises.
 *
 * The exports are those of every family: see `rbm.ts`. A row with a value that is no state of its field is refused.
 */
import { release as free } from '../arena';
import { conditionalOf, reconstructionOf, sampleInto, surprisesOf } from '../frequency/answers';
import { createModel } from '../frequency/create';
import { freeEnergyOf, isUsable, learnRow } from '../frequency/estimate';
import { Model, PLACES } from '../frequency/model';

/** The first letters of the name, by which a host knows the family. */
export const family: i32 = 0x71657266;

export { limit, staging } from '../arena';
export { checksum } from '../checksum';
export { magnitude } from '../magnitude';

export function create(groups: usize, groupCount: i32, options: usize, blank: i32): usize {
  return createModel(groups, groupCount, options);
}

export function release(model: usize): void {
  free(model);
}

/** Counts start at zero whatever the data: rows that are learned would be counted twice. */
export function initialise(model: usize, rows: usize, count: i32): i32 {
  const bytes = <usize>changetype<Model>(model).width << 2;
  let usable = 0;
  while (usable < count && isUsable(changetype<Model>(model), rows + <usize>usable * bytes)) usable++;
  return usable;
}

export function learn(model: usize, row: usize): i32 {
  return i32(learnRow(changetype<Model>(model), row));
}

export function notice(model: usize, row: usize): i32 {
  return i32(isUsable(changetype<Model>(model), row));
}

export function learnMany(model: usize, rows: usize, count: i32): i32 {
  const bytes = <usize>changetype<Model>(model).width << 2;
  let learned = 0;
  while (learned < count && learnRow(changetype<Model>(model), rows + <usize>learned * bytes)) learned++;
  return learned;
}

export function freeEnergy(model: usize, row: usize): f32 {
  return freeEnergyOf(changetype<Model>(model), row);
}

export function freeEnergies(model: usize, rows: usize, count: i32, out: usize): void {
  const bytes = <usize>changetype<Model>(model).width << 2;
  for (let i = 0; i < count; i++) {
    store<f32>(out + (<usize>i << 2), freeEnergyOf(changetype<Model>(model), rows + <usize>i * bytes));
  }
}

export function surprise(model: usize, row: usize, out: usize): i32 {
  return i32(surprisesOf(changetype<Model>(model), row, out, NaN));
}

export function conditional(model: usize, row: usize, group: i32, out: usize): i32 {
  return i32(conditionalOf(changetype<Model>(model), row, group, out));
}

/** One pass is as good as many. */
export function reconstruct(model: usize, row: usize, steps: i32, out: usize): i32 {
  return i32(reconstructionOf(changetype<Model>(model), row, out));
}

/** F features: the surprise of every field, 0 where it is missing. */
export function transform(model: usize, row: usize, out: usize): i32 {
  return i32(surprisesOf(changetype<Model>(model), row, out, 0));
}

/** Independent draws need no sweeps. */
export function sample(model: usize, count: i32, sweeps: i32, out: usize): void {
  sampleInto(changetype<Model>(model), count, out);
}

export function places(model: usize): usize {
  return changetype<Model>(model).places;
}

export function placeCount(): i32 {
  return PLACES;
}
