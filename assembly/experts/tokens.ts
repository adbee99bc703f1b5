/**
 * Texts as sets of tokens: a replicated softmax (Salakhutdinov and Hinton 2009), which is a restricted Boltzmann machine
 * whose visible layer has as many softmax units as a text has tokens, all with the same weights. One expert a hidden
 * unit, g_j(v) = 1 + exp(n c_j + Σ_t W_{v_t j}), one for the biases of the tokens, and one for how often each occurs.
 * Visible layer: groups of tokens, up to 64 different ones in a row. Cost of an update: O(n H), whatever S is.
 *
 * The exports are those of every family: see `rbm.ts`. A row with a value that is no token of its group is refused.
 */
import { release as free } from '../arena';
import { featuresOf, isUsable, reconstructionOf, sampleInto } from '../tokens/answers';
import { conditionalOf, surprisesOf } from '../tokens/conditional';
import { createModel } from '../tokens/create';
import { freeEnergyOf } from '../tokens/energy';
import { learnRow } from '../tokens/learn';
import { Model, PLACES } from '../tokens/model';
import { reserveWorkspace } from '../tokens/workspace';

/** The first letters of the name, by which a host knows the family. */
export const family: i32 = 0x656b6f74;

export { limit, staging } from '../arena';
export { checksum } from '../checksum';
export { magnitude } from '../magnitude';

export function create(groups: usize, groupCount: i32, options: usize, blank: i32): usize {
  const model = createModel(groups, groupCount, options, blank != 0);
  if (model && !reserveWorkspace(changetype<Model>(model))) {
    free(model);
    return 0;
  }
  return model;
}

export function release(model: usize): void {
  free(model);
}

/** Counts and weights start at what the options say whatever the data: rows that are learned would count twice. */
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
  return i32(surprisesOf(changetype<Model>(model), row, out));
}

export function conditional(model: usize, row: usize, group: i32, out: usize): i32 {
  return i32(conditionalOf(changetype<Model>(model), row, group, out));
}

export function reconstruct(model: usize, row: usize, steps: i32, out: usize): i32 {
  return i32(reconstructionOf(changetype<Model>(model), row, steps, out));
}

export function transform(model: usize, row: usize, out: usize): i32 {
  return i32(featuresOf(changetype<Model>(model), row, out));
}

export function sample(model: usize, count: i32, sweeps: i32, out: usize): void {
  sampleInto(changetype<Model>(model), count, sweeps, out);
}

export function places(model: usize): usize {
  return changetype<Model>(model).places;
}

export function placeCount(): i32 {
  return PLACES;
}
