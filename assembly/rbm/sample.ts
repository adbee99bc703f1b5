// Samples: Gibbs chains of the parameters that score, several at a time.
import { sigmoids } from '../simd';
import {
  BLOCK, beginDown, chainAt, drawHidden, drawVisible, driveChains, endDown, openChains, readState, writeState,
} from './chains';
import { activate, silenceFilling } from './layers';
import { Model, samplingRandom, scoringVisibleBias } from './model';

/** `hidden` = p(h = 1 | state) for the units in [from, to), from their input; 0 for the rows that only fill up. */
function findProbabilities(model: Model, count: i32, from: i32, to: i32): void {
  const at = <usize>from << 2, bytes = <usize>(to - from) << 2;
  for (let n = 0; n < count; n++) {
    const hidden = chainAt(n).hidden + at;
    sigmoids(hidden, hidden, bytes);
    silenceFilling(model, chainAt(n).hidden, to);
  }
}

/** One Gibbs sweep of the first `count` chains. */
function sweep(model: Model, count: i32, random: usize): void {
  beginDown(model, count);
  for (let from = 0; from < model.rows; from += model.panel) {
    const to = min(from + model.panel, model.rows);
    driveChains(model, count, from, to);
    findProbabilities(model, count, from, to);
    drawHidden(model, count, from, to, random);
  }
  endDown(model, count);
  drawVisible(model, count, random);
}

/** Put chain `n` where sample `index` starts: at a persistent chain, or at a draw from the biases when there is none. */
function start(model: Model, n: i32, index: i32): void {
  const state = chainAt(n).state, persistent = <i32>model.persistentChains;
  if (persistent > 0) {
    memory.copy(state, model.chainStates + <usize>(index % persistent) * model.stride, model.stride);
  } else activate(model, scoringVisibleBias(model), state, samplingRandom(model), true);
}

/**
 * `out` = `sampleCount` rows, each the end of its own Gibbs chain of `sweeps` steps. Sample i starts at persistent
 * chain i mod P, or from the biases when there is none. Learning's chains and random numbers are left alone.
 */
export function sampleInto(model: Model, sampleCount: i32, sweeps: i32, out: usize): void {
  openChains(model);
  const bytes = <usize>model.width << 2;
  for (let first = 0; first < sampleCount; first += BLOCK) {
    const count = min(BLOCK, sampleCount - first);
    for (let n = 0; n < count; n++) start(model, n, first + n);
    for (let s = 0; s < sweeps; s++) sweep(model, count, samplingRandom(model));
    for (let n = 0; n < count; n++) writeState(model, chainAt(n), out + <usize>(first + n) * bytes);
  }
}

/** The same for `count` chains of the caller's, D values each, in place. */
export function walkChains(model: Model, states: usize, stateCount: i32, sweeps: i32, random: usize): void {
  openChains(model);
  const bytes = <usize>model.width << 2;
  for (let first = 0; first < stateCount; first += BLOCK) {
    const count = min(BLOCK, stateCount - first), block = states + <usize>first * bytes;
    for (let n = 0; n < count; n++) readState(model, chainAt(n), block + <usize>n * bytes);
    for (let s = 0; s < sweeps; s++) sweep(model, count, random);
    for (let n = 0; n < count; n++) writeState(model, chainAt(n), block + <usize>n * bytes);
  }
}
