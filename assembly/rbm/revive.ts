// Hidden units that are nearly always on, or nearly never, say nothing and learn nothing: they are drawn anew.
//
// A unit that is always on is part of the biases already, and stays there: b += K w_j, of real units too, whose biases and
// weights both are values. The new unit starts in the middle, c_j = −w_j·x(μ) with x the statistics of the offsets, and so
// does its average; everything else stays as it is. The running means of centring tell who they are.
import { axpy, dot } from '../products';
import { posterior } from './layers';
import { Model, REAL, learningRandom, runAt } from './model';
import { openLearningScales } from './scales';
import { drawWeights } from './weights';
import { openWorkspace, phaseAt } from './workspace';

/** How many rows come until units are looked at. */
export function rowsUntilRevival(model: Model): f64 {
  return model.revivalInterval - model.learned % model.revivalInterval;
}

/** Draw saturated units anew, if it is time; returns how many. */
export function reviveUnits(model: Model): i32 {
  if (model.learned % model.revivalInterval != 0) return 0;
  const copies = <f32>model.replicas, least = copies * <f32>model.revivalThreshold, most = copies - least;
  let count = 0;
  for (let j = 0; j < model.hidden; j++) {
    const mean = load<f32>(model.hiddenOffset + (<usize>j << 2));
    if (mean >= least && mean <= most) continue;
    if (count++ == 0) openMeans(model);
    if (mean > most) absorb(model, j, copies);
    redraw(model, j, copies);
  }
  if (count > 0) findOnward(model);
  return count;
}

/** What hidden units read of a row of means, in the first phase of the workspace. */
function openMeans(model: Model): void {
  openWorkspace(model);
  openLearningScales(model);
  const means = phaseAt(0).state;
  memory.copy(means, model.visibleOffset, model.stride);
  if (!model.real) return;
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(means + at, f32x4.mul(v128.load(means + at), v128.load(model.precision + at)));
  }
}

/** What an always active unit adds to the inputs of visible ones becomes part of their biases. */
function absorb(model: Model, j: i32, copies: f32): void {
  const row = <usize>j * model.stride;
  axpy(copies, model.weights + row, model.visibleBias, model.stride);
  if (model.averaging != 0) axpy(copies, model.meanWeights + row, model.meanVisibleBias, model.stride);
}

function redraw(model: Model, j: i32, copies: f32): void {
  const at = <usize>j << 2, row = <usize>j * model.stride, weights = model.weights + row;
  drawWeights(model, weights, learningRandom(model));
  if (model.real) scaleReal(model, weights);
  store<f32>(model.hiddenBias + at, -dot(weights, phaseAt(0).state, model.stride));
  store<f32>(model.hiddenOffset + at, 0.5 * copies);
  if (model.averaging != 0) {
    memory.copy(model.meanWeights + row, weights, model.stride);
    store<f32>(model.meanHiddenBias + at, load<f32>(model.hiddenBias + at));
  }
  if (model.velocity == 0) return;
  memory.fill(model.velocity + row, 0, model.stride);
  store<f32>(model.hiddenVelocity + at, 0);
}

/** Weights of real units are values: the same share of a deviation in every unit of measurement. */
function scaleReal(model: Model, weights: usize): void {
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    if (run.kind != REAL) continue;
    for (let at = <usize>run.start << 2, end = at + (<usize>run.size << 2); at < end; at += 4) {
      store<f32>(weights + at, load<f32>(weights + at) * Mathf.sqrt(load<f32>(model.variance + at)));
    }
  }
}

/** Where persistent chains go on from. */
function findOnward(model: Model): void {
  for (let p = 0; p < <i32>model.persistentChains; p++) {
    const state = model.chainStates + <usize>p * model.stride, onward = model.chainPosteriors + <usize>p * model.hiddenBytes;
    posterior(model, model.weights, model.hiddenBias, state, onward, 0, model.rows);
  }
}
