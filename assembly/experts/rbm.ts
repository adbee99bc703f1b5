/**
 * Restricted Boltzmann machine: one expert a hidden unit, g_j(v) = 1 + exp(c_j + W_j·v), and one for the biases.
 * Visible layer: Bernoulli units, softmax groups, real units and counts in any order. Hidden layer: Bernoulli units, or
 * sums of replicas of them.
 *
 * Every family exports these names with these meanings. Addresses and sizes are bytes; rows are float32, D values back
 * to back, NaN where a value is missing; what a call writes may take up to 12 bytes more than its values. A row with a
 * value that its unit cannot have is refused: it changes nothing.
 *
 *   create(groups, groupCount, options, blank)
 *                                         a model, 0 without memory. groups: i32 pairs (kind, size), with the codes of
 *                                         pipeline/visible.ts; options: f64 in the order of the family's list; blank: 1
 *                                         when all arrays are about to be put back, and large random ones need not be
 *                                         drawn
 *   release(model)
 *   staging(bytes)                        where the caller puts rows and finds results; 0 without memory
 *   initialise(model, rows, count)        start from the data; returns the rows read before one was refused
 *   learn(model, row)                     one update; 0 when the row was refused
 *   notice(model, row)                    take notice of a row that is not learned: running statistics of scale, which this
 *                                         family has none of; 0 when the row was refused
 *   learnMany(model, rows, count)         the same in turn; returns the rows learned before one was refused
 *   freeEnergy(model, row)                nats; NaN when refused
 *   freeEnergies(model, rows, count, out)   one value a row
 *   surprise(model, row, out)             one value a group; 0 when refused, as below
 *   conditional(model, row, group, out)   as many values as the group has states, 1 for a Bernoulli unit
 *   reconstruct(model, row, steps, out)   D values
 *   transform(model, row, out)            H values
 *   sample(model, count, sweeps, out)     count × D values
 *   family                                the first four letters of its name, the first in the lowest byte
 *   limit(bytes)                          what memory may grow to, f64
 *   magnitude(values, count)              the largest absolute value, NaN when one of them is
 *   checksum(bytes, count, sum)           the checksum of model files, going on from `sum`
 *   places(model), placeCount()           the table of the model's arrays: { pointer, rows, columns, stride } as u32 each
 *
 * A family whose partition function can be estimated by annealing (docs/math.md) exports one more:
 *
 *   anneal(model, count, states, logWeights, base, random, temperatures, temperatureCount)
 *                                         move `count` chains of the caller's through the temperatures: states count × D
 *                                         values, logWeights f64 each, both in place; base D values; random 64 bytes;
 *                                         temperatures f64, the first is the one that the chains are at
 *
 * and one whose updates can be put together with those of other families exports the parts of an update. Their rows are
 * complete, but for that of `learnPair`; `random` is the caller's generator of 64 bytes.
 *
 *   walk(model, states, count, sweeps, random)
 *                                         move count × D values in place by full sweeps of the transition that learning
 *                                         uses, under the parameters that score; 0 when refused
 *   learnPair(model, row, reconstruction) one update with this reconstruction; what the row lacks is left out of both
 *   addConditional(model, state, linear, precision, lower, upper, full, random)
 *                                         draw the latent variables given the state and add what they say of visible
 *                                         values: log-odds or precision × mean (D), precisions (D, or D × D when `full`),
 *                                         bounds narrowed (D each), all f64; 0 when refused, or when it needs `full`
 *   couples(model)                        1 when it needs `full`
 *   gradient(model, row, out)             ∂F/∂v, D values
 *   live(on)                              families that score with averages: answer, until told otherwise, under the
 *                                         parameters that learn
 *
 * A family whose features can be put below another one's rows exports the way back down:
 *
 *   descend(model, features, out)         D values, the means given the H features
 *
 * The only memory that a call after `create` may take is staging.
 */
import { annealChains } from '../rbm/anneal';
import { freeEnergiesOf, reserveBlock } from '../rbm/block';
import { learnRows } from '../rbm/bulk';
import { reserveChains } from '../rbm/chains';
import { conditionalOf, surprisesOf } from '../rbm/conditional';
import { createModel, releaseModel } from '../rbm/create';
import { learnRow } from '../rbm/learn';
import { Model, PLACES } from '../rbm/model';
import { featuresOf, freeEnergyOf, isUsable, reconstructionOf, visibleMeanOf } from '../rbm/score';
import { addConditional as addTo, gradientOf, learnPair as learnPhasesOf, walk as walkStates } from '../rbm/parts';
import { sampleInto } from '../rbm/sample';
import { initialiseFrom, startChains } from '../rbm/start';
import { openWorkspace, reserveWorkspace } from '../rbm/workspace';

/** The first letters of the name, by which a host knows the family. */
export const family: i32 = 0x6d6272;

export { limit, staging } from '../arena';
export { live } from '../rbm/model';
export { checksum } from '../checksum';
export { magnitude } from '../magnitude';

export function create(groups: usize, groupCount: i32, options: usize, blank: i32): usize {
  const model = createModel(groups, groupCount, options);
  if (!model) return 0;
  if (!reserveWorkspace(model) || !reserveBlock(model) || !reserveChains(model)) {
    releaseModel(model);
    return 0;
  }
  openWorkspace(model);
  startChains(model);
  return changetype<usize>(model);
}

export function release(model: usize): void {
  releaseModel(changetype<Model>(model));
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
  return learnRows(changetype<Model>(model), rows, count);
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

export function anneal(
  model: usize, count: i32, states: usize, logWeights: usize, base: usize, random: usize,
  temperatures: usize, temperatureCount: i32,
): void {
  annealChains(changetype<Model>(model), count, states, logWeights, base, random, temperatures, temperatureCount);
}

export function walk(model: usize, states: usize, count: i32, sweeps: i32, random: usize): i32 {
  return i32(walkStates(changetype<Model>(model), states, count, sweeps, random));
}

export function learnPair(model: usize, row: usize, reconstruction: usize): i32 {
  return i32(learnPhasesOf(changetype<Model>(model), row, reconstruction));
}

export function addConditional(
  model: usize, state: usize, linear: usize, precision: usize, lower: usize, upper: usize, full: i32, random: usize,
): i32 {
  return i32(addTo(changetype<Model>(model), state, linear, precision, full != 0, random));
}

export function gradient(model: usize, row: usize, out: usize): i32 {
  return i32(gradientOf(changetype<Model>(model), row, out));
}

export function descend(model: usize, features: usize, out: usize): void {
  visibleMeanOf(changetype<Model>(model), features, out);
}

export function places(model: usize): usize {
  return changetype<Model>(model).places;
}

export function placeCount(): i32 {
  return PLACES;
}
