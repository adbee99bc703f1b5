// Chains: where they start, and samples from them.
import { softmax } from '../logsum';
import { findPosterior } from './density';
import { drawNatural, drawValues, sweep } from './gibbs';
import { Model, samplingRandom } from './model';
import { loadRow, storeRow, takeAll } from './row';
import { openWorkspace, workspace } from './workspace';

/** Values from components drawn by their weights alone. */
function drawStart(model: Model, values: usize, random: usize): void {
  const posterior = workspace().posterior;
  for (let m = 0; m < model.experts; m++) {
    const own = posterior + <usize>m * model.setBytes;
    memory.copy(own, model.logits + <usize>m * model.setBytes, model.setBytes);
    softmax(own, model.components);
  }
  drawNatural(model, posterior, true, random);
  drawValues(model, values, random);
}

/** All persistent chains, independent of each other. */
export function startChains(model: Model, random: usize): void {
  for (let n = 0; n < model.chainCount; n++) drawStart(model, model.chains + <usize>n * model.rowBytes, random);
}

/** `out`: count × D values after `sweeps` sweeps, from persistent chains, or from components drawn by their weights. */
export function sampleInto(model: Model, count: i32, sweeps: i32, out: usize): void {
  openWorkspace(model);
  const random = samplingRandom(model), values = workspace().chain, posterior = workspace().chainPosterior;
  takeAll(model);
  for (let n = 0; n < count; n++) {
    if (model.chainCount) loadRow(model, model.chains + <usize>(n % model.chainCount) * model.rowBytes, values);
    else drawStart(model, values, random);
    move(model, values, posterior, sweeps, model.collapsed != 0, random);
    storeRow(model, values, out + ((<usize>n * <usize>model.width) << 2));
  }
}

/** `sweeps` sweeps from any values, all of which are there. */
function move(model: Model, values: usize, posterior: usize, sweeps: i32, again: bool, random: usize): void {
  if (sweeps == 0) return;
  findPosterior(model, values, posterior);
  sweep(model, values, posterior, sweeps, again, random);
}

/** `sweeps` sweeps of components given values and values given components, in place; false when a value is not finite. */
export function walkStates(model: Model, states: usize, count: i32, sweeps: i32, random: usize): bool {
  openWorkspace(model);
  const values = workspace().chain, bytes = <usize>model.width << 2;
  for (let n = 0; n < count; n++) if (!loadRow(model, states + <usize>n * bytes, values)) return false;
  takeAll(model);
  for (let n = 0; n < count; n++) {
    const state = states + <usize>n * bytes;
    loadRow(model, state, values);
    move(model, values, workspace().chainPosterior, sweeps, false, random);
    storeRow(model, values, state);
  }
  return true;
}
