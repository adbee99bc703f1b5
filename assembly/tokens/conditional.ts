// p(one token | all others of the row), exactly: the hidden units are summed out.
//
//   log p(k | rest) = log p0(k) + d_k + Σ_j log(1 + exp(R_j + W_kj)) + constant
//
// with R_j = n c_j + Σ of the other tokens' weights, n counting the token itself. Cost: an exponential for every weight
// of the group, S H of them, for each token that is asked about.
import { FACTORS, logSumExp, softmax, softplusFactor } from '../logsum';
import { log1, log4, madd, splat, sum1 } from '../simd';
import { massOf } from './counts';
import { drive } from './layers';
import { Model, biasAt, groupAt, weightsOf } from './model';
import { readText } from './text';
import { data, input, lengthOf, logits, openWorkspace, startOf, state, tokenOf } from './workspace';

/** An input at which a hidden unit adds nothing, for the places that only fill up. */
const NOTHING: f32 = -1e30;

function silence(model: Model, rest: usize): void {
  for (let j = model.hidden; j < <i32>(model.stride >> 2); j++) store<f32>(rest + (<usize>j << 2), NOTHING);
}

/** Σ_j log(1 + exp(rest_j + scale · w_j)). */
function softplusSumOf(model: Model, rest: usize, weights: usize): f32 {
  const scale = splat(<f32>model.scale), stride = model.stride;
  let sum = splat(0);
  for (let from: usize = 0; from < stride; from += 16 * FACTORS) {
    const to = min(from + 16 * FACTORS, stride);
    let product = splat(1);
    for (let at = from; at < to; at += 16) {
      const x = madd(scale, v128.load(weights + at), v128.load(rest + at));
      product = softplusFactor(product, x);
      sum = f32x4.add(sum, f32x4.pmax(x, splat(0)));
    }
    sum = f32x4.add(sum, log4(product));
  }
  return sum1(sum);
}

/** `out` = log p(k | rest) + constant for all tokens of a group. */
function logitsOf(model: Model, index: i32, rest: usize, out: usize): void {
  const group = groupAt(model, index);
  silence(model, rest);
  for (let k = 0; k < group.size; k++) {
    const unit = group.first + k;
    const base = log1(<f32>massOf(model, group, k)) + load<f32>(biasAt(model, unit));
    store<f32>(out + (<usize>k << 2), base + softplusSumOf(model, rest, weightsOf(model, unit)));
  }
}

/** `out` = p(k) that the next token of a group is k, if the text had one more. */
export function conditionalOf(model: Model, row: usize, index: i32, out: usize): bool {
  openWorkspace(model);
  const text = data();
  if (!readText(model, row, text)) return false;
  drive(model, text, lengthOf(model, text) + 1, input);
  logitsOf(model, index, input, logits);
  softmax(logits, groupAt(model, index).size);
  memory.copy(out, logits, <usize>groupAt(model, index).size << 2);
  return true;
}

/** −log p(token | rest) of token `t` of the text, A(v) standing in `input`. */
function surpriseOf(model: Model, index: i32, unit: i32): f32 {
  const group = groupAt(model, index), row = weightsOf(model, unit), scale = splat(<f32>-model.scale);
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(state + at, madd(scale, v128.load(row + at), v128.load(input + at)));
  }
  logitsOf(model, index, state, logits);
  const own = load<f32>(logits + (<usize>(unit - group.first) << 2));
  return max(0, logSumExp(logits, group.size) - own);
}

/**
 * `out` = the surprise of the token of each group that surprises most, NaN for a group without any: one word out of
 * place is what an unusual text has, and a mean would hide it among the others.
 */
export function surprisesOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  const text = data();
  if (!readText(model, row, text)) return false;
  drive(model, text, lengthOf(model, text), input);
  for (let g = 0; g < model.groupCount; g++) {
    const start = startOf(text, g), end = startOf(text, g + 1);
    let most: f32 = start == end ? NaN : 0;
    for (let t = start; t < end; t++) most = max(most, surpriseOf(model, g, tokenOf(text, t)));
    store<f32>(out + (<usize>g << 2), most);
  }
  return true;
}
