/**
 * Mixtures: M experts, each a mixture of K normal distributions with diagonal covariances; their product has K^M modes.
 * Visible layer: real units.
 *
 * The exports and what they promise are listed in rbm.ts. A row with an infinite value is refused. `conditional` gives
 * the likeliest value given the others; `transform` M × K values.
 */
import { release as free } from '../arena';
import { createModel } from '../mixture/create';
import { learnFrom, learnRow } from '../mixture/learn';
import { Model, PLACES } from '../mixture/model';
import { sampleInto, walkStates } from '../mixture/sample';
import {
  addNatural, conditionalOf, featuresOf, freeEnergyOf, gradientOf, isUsable, reconstructionOf, surprisesOf,
} from '../mixture/score';
import { initialiseFrom } from '../mixture/start';

/** The first letters of the name, by which a host knows the family. */
export const family: i32 = 0x7478696d;

export { limit, staging } from '../arena';
export { checksum } from '../checksum';
export { magnitude } from '../magnitude';

export function create(groups: usize, groupCount: i32, options: usize, blank: i32): usize {
  return changetype<usize>(createModel(groups, groupCount, options));
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

export function walk(model: usize, states: usize, count: i32, sweeps: i32, random: usize): i32 {
  return i32(walkStates(changetype<Model>(model), states, count, sweeps, random));
}

export function learnPair(model: usize, row: usize, reconstruction: usize): i32 {
  return i32(learnFrom(changetype<Model>(model), row, reconstruction));
}

export function addConditional(
  model: usize, state: usize, linear: usize, precision: usize, lower: usize, upper: usize, full: i32, random: usize,
): i32 {
  return i32(addNatural(changetype<Model>(model), state, linear, precision, full != 0, random));
}

export function gradient(model: usize, row: usize, out: usize): i32 {
  return i32(gradientOf(changetype<Model>(model), row, out));
}

export function places(model: usize): usize {
  return changetype<Model>(model).places;
}

export function placeCount(): i32 {
  return PLACES;
}
