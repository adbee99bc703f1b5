// Several Gibbs chains that visit W together: each panel of it is read once for all of them.
//
// A half-sweep takes one multiply-add a weight and chain upwards, two chains at a time over four rows of W, and half an
// addition downwards, of the rows whose units are on, while the panel stands in a near cache.
import { scratch } from '../arena';
import { madd, splat, sum4 } from '../simd';
import { listActive } from '../units/bernoulli';
import { activate, addLastRows, addRowsByFour, drive } from './layers';
import { Model, scoringHiddenBias, scoringVisibleBias, scoringWeights } from './model';

/** Chains that are stepped together: their vectors stay in the first-level cache beside four rows of W (784 × 500). */
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
  /** The numbers of the hidden units that are on, as i32 (H). */
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
  const vectors = 2 * model.stride + 2 * model.hiddenBytes;
  return <usize>BLOCK * (offsetof<Chain>() + vectors) + 2 * model.stride + 32;
}

/** Make sure that the scratch block holds BLOCK chains, so that no operation on them has to ask for memory. */
export function reserveChains(model: Model): bool {
  return scratch(blockBytes(model)) != 0;
}

/** Lay BLOCK chains out in the scratch block, which they have for themselves until something else opens it. */
export function openChains(model: Model): void {
  const stride = model.stride, hiddenBytes = model.hiddenBytes;
  chains = scratch(blockBytes(model));
  let at = (chains + <usize>BLOCK * offsetof<Chain>() + 31) & ~31;
  for (let n = 0; n < BLOCK; n++) {
    const chain = chainAt(n);
    chain.state = at;
    chain.input = at + stride;
    chain.hidden = at + 2 * stride;
    chain.active = at + 2 * stride + hiddenBytes;
    at += 2 * (stride + hiddenBytes);
  }
  baseVector = at;
}

/** Put `row`, D values of any alignment, into the chain. */
export function readState(model: Model, chain: Chain, row: usize): void {
  const width = <usize>model.width << 2;
  memory.copy(chain.state, row, width);
  memory.fill(chain.state + width, 0, model.stride - width);
}

/** The chain's visible units to `row`, D values. */
export function writeState(model: Model, chain: Chain, row: usize): void {
  memory.copy(row, chain.state, <usize>model.width << 2);
}

/**
 * Four consecutive rows times x and y, to `a` and `b` with `bias` added. Eight accumulators hide the latency of the
 * addition, and six loads serve eight multiply-adds. Error as `dot4`.
 */
// @ts-ignore: decorator
@inline function driveTwo(w: usize, stride: usize, x: usize, y: usize, bias: v128, a: usize, b: usize): void {
  let p0 = w, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride, q = x, r = y;
  const end = x + stride;
  let x0 = splat(0), x1 = splat(0), x2 = splat(0), x3 = splat(0);
  let y0 = splat(0), y1 = splat(0), y2 = splat(0), y3 = splat(0);
  do {
    let u = v128.load(q), v = v128.load(r);
    let row = v128.load(p0);
    x0 = madd(row, u, x0);
    y0 = madd(row, v, y0);
    row = v128.load(p1);
    x1 = madd(row, u, x1);
    y1 = madd(row, v, y1);
    row = v128.load(p2);
    x2 = madd(row, u, x2);
    y2 = madd(row, v, y2);
    row = v128.load(p3);
    x3 = madd(row, u, x3);
    y3 = madd(row, v, y3);
    u = v128.load(q, 16);
    v = v128.load(r, 16);
    row = v128.load(p0, 16);
    x0 = madd(row, u, x0);
    y0 = madd(row, v, y0);
    row = v128.load(p1, 16);
    x1 = madd(row, u, x1);
    y1 = madd(row, v, y1);
    row = v128.load(p2, 16);
    x2 = madd(row, u, x2);
    y2 = madd(row, v, y2);
    row = v128.load(p3, 16);
    x3 = madd(row, u, x3);
    y3 = madd(row, v, y3);
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
    q += 32;
    r += 32;
  } while (q < end);
  v128.store(a, f32x4.add(sum4(x0, x1, x2, x3), bias));
  v128.store(b, f32x4.add(sum4(y0, y1, y2, y3), bias));
}

/** `hidden` = A(state) of the units in [from, to), for the first `count` chains. */
export function driveChains(model: Model, count: i32, from: i32, to: i32): void {
  const weights = scoringWeights(model), biases = scoringHiddenBias(model), stride = model.stride;
  const pairs = count & ~1;
  for (let j = from; j < to; j += 4) {
    const w = weights + <usize>j * stride, at = <usize>j << 2;
    const bias = v128.load(biases + at);
    for (let n = 0; n < pairs; n += 2) {
      const first = chainAt(n), second = chainAt(n + 1);
      driveTwo(w, stride, first.state, second.state, bias, first.hidden + at, second.hidden + at);
    }
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
    chain.activeCount = listActive(chain.hidden, from, to, chain.active, chain.activeCount, random);
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
