/**
 * Products of hidden Markov models over windows of symbols and of numbers (Brown and Hinton 2001; Hinton 2002, section 9).
 * The exports are described in rbm.ts.
 */
import {
  addNaturalOf, featuresOf, freeEnergyOf, gradientOf, reconstructionOf, sampleInto, walkFrom,
} from '../hmm/answers';
import { conditionalOf, surprisesOf } from '../hmm/conditional';
import { createModel, setStart } from '../hmm/create';
import { learnPairOf, learnRow } from '../hmm/learn';
import { Model, PLACES } from '../hmm/model';
import { isUsable } from '../hmm/row';
import { initialiseFrom, startChains } from '../hmm/start';
import { openWorkspace, reserveWorkspace } from '../hmm/workspace';
import { release as releaseBlock } from '../arena';

/** The letters of the name, by which a host knows the family. */
export const family: i32 = 0x6d6d68;

export { limit, staging } from '../arena';
export { checksum } from '../checksum';
export { magnitude } from '../magnitude';

export function create(groups: usize, groupCount: i32, options: usize, blank: i32): usize {
  const pointer = createModel(groups, groupCount, options);
  if (!pointer) return 0;
  const model = changetype<Model>(pointer);
  if (!reserveWorkspace(model)) {
    releaseBlock(pointer);
    return 0;
  }
  openWorkspace(model);
  setStart(model, blank != 0);
  if (!blank) startChains(model);
  return pointer;
}

export function release(model: usize): void {
  releaseBlock(model);
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

export function learnPair(model: usize, row: usize, reconstruction: usize): i32 {
  return i32(learnPairOf(changetype<Model>(model), row, reconstruction));
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
  return i32(walkFrom(changetype<Model>(model), states, count, sweeps, random));
}

export function addConditional(
  model: usize, state: usize, linear: usize, precision: usize, lower: usize, upper: usize, full: i32, random: usize,
): i32 {
  return i32(addNaturalOf(changetype<Model>(model), state, linear, precision, full, random));
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
