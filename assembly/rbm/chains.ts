// Several Gibbs chains that visit W together: each panel of it is read once for all of them.
//
// Upwards a weight takes a multiply-add for each chain and is loaded once for two of them; downwards it takes an addition
// where its hidden unit is on, while the panel stands in a near cache.
import { scratch } from '../arena';
import { add } from '../vectors';
import { listActive } from '../units/bernoulli';
import { activate, addLastRows, addRowsByFour, drive, driveTwo } from './layers';
import { Model, scoringHiddenBias, scoringVisibleBias, scoringWeights } from './model';
import { openScoringScales, toStatistics, writeValues } from './scales';

/** Chains that are stepped together. With eight their vectors would leave no room for W in the nearest cache (784 × 500). */
// @ts-ignore: decorator
@inline export const BLOCK: i32 = 4;

/** The vectors of one chain. All but the counts are addresses. */
@unmanaged
export class Chain {
  /** The visible units (D). */
  state: usize;
  /** Input of the visible units (D). */
  input: usize;
  /** Input of the hidden units, and then the probabilities that they are on (H). */
  hidden: usize;
  /** The numbers of the hidden units that are on, as i32 (H), each as often as replicas of it are. */
  active: usize;
  activeCount: i32;
  /** How many of the active rows stand in `input` already. */
  added: i32;
}

let chains: usize = 0;
let baseVector: usize = 0;

/** Room for the biases of a base model (D): see `anneal.ts`. */
// @ts-ignore: decorator
@inline export function baseBias(): usize {
  return baseVector;
}

/** Room for the biases less those of the base model (D). */
// @ts-ignore: decorator
@inline export function baseDistance(model: Model): usize {
  return baseVector + model.stride;
}

// @ts-ignore: decorator
@inline export function chainAt(index: i32): Chain {
  return changetype<Chain>(chains + <usize>index * offsetof<Chain>());
}

function blockBytes(model: Model): usize {
  const vectors = 2 * model.stride + (1 + <usize>model.replicas) * model.hiddenBytes;
  return <usize>BLOCK * (offsetof<Chain>() + vectors) + 2 * model.stride + 32;
}

/** Make sure that the scratch block holds BLOCK chains, so that no operation on them has to ask for memory. */
export function reserveChains(model: Model): bool {
  return scratch(blockBytes(model)) != 0;
}

/** Lay BLOCK chains out in the scratch block, which they have for themselves until something else opens it. */
export function openChains(model: Model): void {
  openScoringScales(model);
  const stride = model.stride, hiddenBytes = model.hiddenBytes;
  chains = scratch(blockBytes(model));
  let at = (chains + <usize>BLOCK * offsetof<Chain>() + 31) & ~31;
  for (let n = 0; n < BLOCK; n++) {
    const chain = chainAt(n);
    chain.state = at;
    chain.input = at + stride;
    chain.hidden = at + 2 * stride;
    chain.active = at + 2 * stride + hiddenBytes;
    at += 2 * stride + (1 + <usize>model.replicas) * hiddenBytes;
  }
  baseVector = at;
}

/** Put `row`, D complete values of any alignment, into the chain. */
export function readState(model: Model, chain: Chain, row: usize): void {
  const width = <usize>model.width << 2;
  memory.copy(chain.state, row, width);
  memory.fill(chain.state + width, 0, model.stride - width);
  if (model.real) toStatistics(model, chain.state);
}

/** The chain's visible units to `row`, D values. */
export function writeState(model: Model, chain: Chain, row: usize): void {
  writeValues(model, chain.state, row);
}

/** `hidden` = A(state) of the units in [from, to), for the first `count` chains. */
export function driveChains(model: Model, count: i32, from: i32, to: i32): void {
  const weights = scoringWeights(model), biases = scoringHiddenBias(model);
  const pairs = count & ~1, at = <usize>from << 2, bytes = <usize>(to - from) << 2;
  for (let n = 0; n < pairs; n += 2) {
    const first = chainAt(n), second = chainAt(n + 1);
    driveTwo(model, weights, first.state, second.state, first.hidden, second.hidden, from, to);
    add(biases + at, first.hidden + at, bytes);
    add(biases + at, second.hidden + at, bytes);
  }
  if (count != pairs) {
    const last = chainAt(pairs);
    drive(model, weights, biases, last.state, last.hidden, from, to);
  }
}

/** Begin a half-sweep downwards: no hidden unit is on yet. */
export function beginDown(model: Model, count: i32): void {
  for (let n = 0; n < count; n++) {
    const chain = chainAt(n);
    chain.activeCount = 0;
    chain.added = 0;
    memory.copy(chain.input, scoringVisibleBias(model), model.stride);
  }
}

/** Draw the hidden units in [from, to) from the probabilities in `hidden` and add the rows of those that are on. */
export function drawHidden(model: Model, count: i32, from: i32, to: i32, random: usize): void {
  const weights = scoringWeights(model), stride = model.stride;
  for (let n = 0; n < count; n++) {
    const chain = chainAt(n);
    for (let k = 0; k < <i32>model.replicas; k++) {
      chain.activeCount = listActive(chain.hidden, from, to, chain.active, chain.activeCount, random);
    }
    chain.added = addRowsByFour(weights, stride, chain.active, chain.added, chain.activeCount, chain.input);
  }
}

/** Add the rows that are left over: `input` = B(h). */
export function endDown(model: Model, count: i32): void {
  for (let n = 0; n < count; n++) {
    const chain = chainAt(n);
    addLastRows(scoringWeights(model), model.stride, chain.active, chain.added, chain.activeCount, chain.input);
  }
}

/** Draw the visible units from their input. */
export function drawVisible(model: Model, count: i32, random: usize): void {
  for (let n = 0; n < count; n++) activate(model, chainAt(n).input, chainAt(n).state, random, true);
}
