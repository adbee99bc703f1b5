// p(one group | all others), exactly: the hidden units are summed out.
//
//   state k of a group   log p(k | rest) = b_k + Σ_j log(1 + exp(R_j + W_kj)) + constant
//   unit k of a set      log-odds        = b_k + Σ_j log(1 + exp(R_j + W_kj)) − log(1 + exp R_j)
//
// with R_j = A_j(v) less what the own state, or the unit, contributes.
//
// Cost of a group of states: an exponential for every one of its S H weights; of a set n H of them, n units being on.
import { FACTORS, logSumExp, softmax, softplusFactor, softplusSum } from '../logsum';
import { log4, madd, softplus4, splat, sum1 } from '../simd';
import { drive } from './layers';
import { Group, Model, biasAt, groupAt, weightsOf } from './model';
import { contains, readRow } from './row';
import {
  countOf, data, input, logits, membersOf, openWorkspace, slotCount, slotFirsts, state,
} from './workspace';

/** An input at which a hidden unit adds nothing, for the places that only fill up. */
const NOTHING: f32 = -1e30;

/** Σ_j log(1 + exp(rest_j + scale · w_j)), the places that fill up being at NOTHING. */
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

/** `out` = b_k + Σ_j log(1 + exp(rest_j + W_kj)) for all units of a group. */
function logitsOf(model: Model, group: Group, rest: usize, out: usize): void {
  for (let j = model.hidden; j < <i32>(model.stride >> 2); j++) store<f32>(rest + (<usize>j << 2), NOTHING);
  for (let k = 0; k < group.size; k++) {
    const unit = group.first + k;
    const sum = softplusSumOf(model, rest, weightsOf(model, unit));
    store<f32>(out + (<usize>k << 2), load<f32>(biasAt(model, unit)) + sum);
  }
}

/** `state` = A(v) without a unit, whose row of weights stands at `weights`. */
function leaveOut(model: Model, weights: usize): void {
  const scale = splat(<f32>-model.scale);
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(state + at, madd(scale, v128.load(weights + at), v128.load(input + at)));
  }
}

/** `logits` = log p(k | rest) + constant of a group of states, of which `own` is on; −1: none. */
function choiceLogits(model: Model, group: Group, own: i32): void {
  if (own >= 0) leaveOut(model, weightsOf(model, own));
  else memory.copy(state, input, model.stride);
  logitsOf(model, group, state, logits);
}

/** −log p(a unit is on | all others of the row), A(v) standing in `input` and Σ_j log(1 + exp A_j) in `within`. */
function memberSurprise(model: Model, unit: i32, within: f32): f32 {
  leaveOut(model, weightsOf(model, unit));
  const odds = load<f32>(biasAt(model, unit)) + within - softplusSum(state, model.hidden);
  return f32x4.extract_lane(softplus4(splat(-odds)), 0);
}

/**
 * `out` = −log p(group | rest) for all groups, in nats; NaN for a missing group. A set has the surprise of the unit
 * that surprises most: what is out of place in a set is one unit, and a mean would hide it among the others.
 */
export function surprisesOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  if (!readRow(model, row)) return false;
  const visible = data();
  drive(model, visible, input);
  const within = softplusSum(input, model.hidden);
  let slot: usize = 0, set = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g);
    let surprise: f32 = NaN;
    if (group.isSet) {
      const members = membersOf(visible, set), count = countOf(visible, set);
      if (count > 0) surprise = 0;
      for (let i = 0; i < count; i++) {
        surprise = max(surprise, memberSurprise(model, load<i32>(members + (<usize>i << 2)), within));
      }
      set++;
    } else if (slot < <usize>slotCount << 2 && load<i32>(slotFirsts + slot) == group.first) {
      const own = load<i32>(visible.choices + slot);
      choiceLogits(model, group, own);
      const total = logSumExp(logits, group.size);
      surprise = max(0, total - load<f32>(logits + (<usize>(own - group.first) << 2)));
      slot += 4;
    }
    store<f32>(out + (<usize>g << 2), surprise);
  }
  return true;
}

/** Which of the sets group `index` is, or how many stand before it. */
function setsBefore(model: Model, index: i32): i32 {
  let sets = 0;
  for (let g = 0; g < index; g++) sets += groupAt(model, g).isSet;
  return sets;
}

/** The state of a group that is on in the row; −1 when it is missing. */
function choiceOf(group: Group): i32 {
  for (let slot: usize = 0; slot < <usize>slotCount << 2; slot += 4) {
    if (load<i32>(slotFirsts + slot) == group.first) return load<i32>(data().choices + slot);
  }
  return -1;
}

/** What is on already cannot be the next unit of a set; all zeros when nothing else is left. */
function nextUnits(group: Group, members: usize, count: i32): void {
  if (count == group.size) {
    memory.fill(logits, 0, <usize>group.size << 2);
    return;
  }
  for (let k = 0; k < group.size; k++) {
    if (contains(members, count, group.first + k)) store<f32>(logits + (<usize>k << 2), -Infinity);
  }
  softmax(logits, group.size);
}

/**
 * `out` = p(k | rest) for the states of a group; for the units of a set p(k) that k is the next one, if one more than
 * those of the row were on.
 */
export function conditionalOf(model: Model, row: usize, index: i32, out: usize): bool {
  openWorkspace(model);
  if (!readRow(model, row)) return false;
  const group = groupAt(model, index), visible = data();
  drive(model, visible, input);
  if (group.isSet) {
    const set = setsBefore(model, index);
    choiceLogits(model, group, -1);
    nextUnits(group, membersOf(visible, set), countOf(visible, set));
  } else {
    choiceLogits(model, group, choiceOf(group));
    softmax(logits, group.size);
  }
  memory.copy(out, logits, <usize>group.size << 2);
  return true;
}
