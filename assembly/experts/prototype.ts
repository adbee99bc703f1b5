/**
 * Prototypes: E heavy-tailed mixtures with P centres each, of which only the nearest counts,
 * g_e(x) = (ε + min_j d(x, μ_ej))^(−1/2), and their geometric mean. Visible layer: real units of any scale.
 *
 * The exports and what they promise are listed in rbm.ts. A row with an infinite value is refused. `conditional` gives
 * one value, the number that the other fields suggest; `transform` E × P values; `notice` counts the row in the scales.
 */
import { release as free } from '../arena';
import { createModel } from '../prototype/create';
import { learnRow, noticeOnly } from '../prototype/learn';
import { conditionalOf, reconstructionOf } from '../prototype/missing';
import { Model, PLACES } from '../prototype/model';
import { sampleInto } from '../prototype/sample';
import { initialiseFrom } from '../prototype/scale';
import { featuresOf, freeEnergyOf } from '../prototype/score';
import { surprisesOf } from '../prototype/surprise';
import { reserveWorkspace } from '../prototype/workspace';

/** The first letters of the name, by which a host knows the family. */
export const family: i32 = 0x746f7270;

export { limit, staging } from '../arena';
export { checksum } from '../checksum';
export { magnitude } from '../magnitude';

export function create(groups: usize, groupCount: i32, options: usize, blank: i32): usize {
  const model = createModel(groups, groupCount, options);
  if (!model) return 0;
  if (!reserveWorkspace(model)) {
    free(changetype<usize>(model));
    return 0;
  }
  return changetype<usize>(model);
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
  return i32(noticeOnly(changetype<Model>(model), row));
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
