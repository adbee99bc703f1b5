// What the experts together say about a step, given where each of them is: logarithms of probabilities of symbols and
// precisions of numbers add up, and so conditionals multiply. `states` (K, M) are ones and zeros, or shares.
import { gaussians } from '../gaussian';
import { softmax } from '../logsum';
import { madd, splat, sum1, sum4 } from '../simd';
import { uniform1 } from '../random';
import { Model, REAL, Window } from './model';
import { logits, noise, precision } from './workspace';

// @ts-ignore: decorator
@inline function rowTimes(row: usize, states: usize, bytes: usize): v128 {
  let sum = splat(0);
  for (let at: usize = 0; at < bytes; at += 16) sum = madd(v128.load(row + at), v128.load(states + at), sum);
  return sum;
}

/** `logits` = Σ_m Σ_k states · log B for every symbol. Cost: S K M multiply-adds. */
export function symbolLogits(model: Model, window: Window, states: usize): void {
  const bytes = model.stateBytes;
  let o = 0, row = window.emission;
  for (; o + 4 <= window.size; o += 4) {
    const a = rowTimes(row, states, bytes), b = rowTimes(row + bytes, states, bytes);
    const c = rowTimes(row + 2 * bytes, states, bytes), d = rowTimes(row + 3 * bytes, states, bytes);
    v128.store(logits + (<usize>o << 2), sum4(a, b, c, d));
    row += 4 * bytes;
  }
  for (; o < window.size; o++) {
    store<f32>(logits + (<usize>o << 2), sum1(rowTimes(row, states, bytes)));
    row += bytes;
  }
}

/** A symbol drawn in proportion to exp(logits); they become probabilities. */
function drawSymbol(size: i32, random: usize): i32 {
  softmax(logits, size);
  let left = uniform1(random), chosen = 0;
  // The last symbol takes what rounding leaves over.
  while (chosen < size - 1) {
    left -= load<f32>(logits + (<usize>chosen << 2));
    if (left < 0) break;
    chosen++;
  }
  return chosen;
}

function likeliestSymbol(size: i32): i32 {
  let best = 0;
  for (let o = 1; o < size; o++) {
    if (load<f32>(logits + (<usize>o << 2)) > load<f32>(logits + (<usize>best << 2))) best = o;
  }
  return best;
}

/** Precision of a channel, and precision × mean, added up over the experts. */
export let precisionSum: f32 = 0;
export let linearSum: f32 = 0;

export function addUpChannel(model: Model, window: Window, channel: i32, states: usize): void {
  const bytes = model.stateBytes, offset = <usize>channel * bytes, lanes = model.lanes;
  let narrow = splat(0), linear = splat(0);
  for (let lane: usize = 0; lane < lanes; lane += 16) {
    let own = splat(0), ownLinear = splat(0);
    for (let at = lane; at < bytes; at += lanes) {
      const share = f32x4.mul(v128.load(states + at), v128.load(precision + offset + at));
      own = f32x4.add(own, share);
      ownLinear = madd(share, v128.load(window.emission + offset + at), ownLinear);
    }
    const mask = v128.load(model.mask + lane);
    narrow = madd(mask, own, narrow);
    linear = madd(mask, ownLinear, linear);
  }
  precisionSum = sum1(narrow);
  linearSum = sum1(linear);
}

/** Write a draw of what the experts expect of a step, or the likeliest when `random` is 0, where `there` is not NaN. */
export function writeStep(model: Model, window: Window, states: usize, there: usize, out: usize, random: usize): void {
  if (window.kind != REAL) {
    const has = load<f32>(there);
    if (has != has) return;
    symbolLogits(model, window, states);
    store<f32>(out, <f32>(random ? drawSymbol(window.size, random) : likeliestSymbol(window.size)));
    return;
  }
  for (let c = 0; c < window.size; c++) {
    const at = <usize>c << 2, has = load<f32>(there + at);
    if (has != has) continue;
    addUpChannel(model, window, c, states);
    let value = linearSum / precisionSum;
    if (random) {
      gaussians(random, noise, 1, 1);
      value += load<f32>(noise) / Mathf.sqrt(precisionSum);
    }
    store<f32>(out + at, value);
  }
}
