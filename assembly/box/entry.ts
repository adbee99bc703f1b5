/**
 * What the entries of both families on a box export: all but what they are called and whether their experts have factors.
 * The exports and what they promise are listed in ../experts/rbm.ts.
 */
import { release as free } from '../arena';
import { conditionalOf, surprisesOf } from './conditional';
import { isUsable, learnPairOf, learnRow } from './learn';
import { Model, PLACES } from './model';
import { addConditionalOf, walkFrom } from './parts';
import { sampleInto } from './sample';
import { featuresOf, freeEnergiesOf, freeEnergyOf, gradientOf, reconstructionOf } from './score';
import { initialiseFrom } from './start';

export { limit, staging } from '../arena';
export { checksum } from '../checksum';
export { magnitude } from '../magnitude';

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
  freeEnergiesOf(changetype<Model>(model), rows, count, out);
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
  return i32(walkFrom(changetype<Model>(model), states, count, sweeps, random));
}

export function learnPair(model: usize, row: usize, reconstruction: usize): i32 {
  return i32(learnPairOf(changetype<Model>(model), row, reconstruction));
}

export function addConditional(
  model: usize, state: usize, linear: usize, precision: usize, lower: usize, upper: usize, full: i32, random: usize,
): i32 {
  return i32(
    addConditionalOf(changetype<Model>(model), state, linear, precision, lower, upper, full != 0, random),
  );
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
