/**
 * A restricted Boltzmann machine on visible units that are mostly off: groups of states of which one is on, and sets of
 * up to 64 units out of many. One expert a hidden unit, g_j(v) = 1 + exp(c_j + Σ_{k on} W_kj), and one for the biases.
 * Weights are visible-major: scoring costs O(n H) with n units on, an update by Metropolis and Hastings too, whatever the
 * number of units is; an exact one has to see all weights once.
 *
 * The exports are those of every family: see `rbm.ts`. A row with a value that is no unit of its group is refused.
 */
import { release as free } from '../arena';
import { reconstructionOf, sampleInto } from '../sparse/answers';
import { conditionalOf, surprisesOf } from '../sparse/conditional';
import { createModel } from '../sparse/create';
import { learnRow } from '../sparse/learn';
import { Model, PLACES } from '../sparse/model';
import { featuresOf, freeEnergyOf, isUsable } from '../sparse/score';
import { initialiseFrom } from '../sparse/start';
import { reserveWorkspace } from '../sparse/workspace';

/** The first letters of the name, by which a host knows the family. */
export const family: i32 = 0x72617073;

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

export function initialise(model: usize, rows: usize, count: i32): i32 {
  return initialiseFrom(changetype<Model>(model), rows, count);
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
