// p(one visible group | all others), exactly: the hidden units are summed out.
//
//   state k of a softmax group   log p(k | rest) = b_k + Σ_j log(1 + exp(R_j + W_jk)) + constant
//   a Bernoulli unit             log-odds        = b + Σ_j log(1 + exp(R_j + W_j)) − log(1 + exp R_j)
//
// with R_j = A_j(v) less what the group itself contributes; every sum K times with replicas. Counts and numbers: `line.ts`.
// Four states, or four units, stand in the lanes of a vector.
// Cost: the exponential of each weight, of two multiples of it where a Bernoulli unit is neither 0 nor 1.
import { madd, ones, sigmoid1, softplus4, splat, sum1 } from '../simd';
import { logSumExp, softmax } from '../logsum';
import { drive } from './layers';
import { countMeans, countSurprises, likeliest, realSurprises } from './line';
import { COUNT, Model, REAL, Run, SOFTMAX, runAt, scoringHiddenBias, scoringVisibleBias, scoringWeights } from './model';
import { PARTIAL, REFUSED, readRow } from './row';
import { openScoringScales } from './scales';
import { tilted, weighStates } from './tilt';
import { Phase, openWorkspace, phaseAt, present } from './workspace';

/** `rest` = R for the softmax group of `run`: `input` less Σ_k v_k W_jk, four hidden units at a time. */
function withoutGroup(model: Model, run: Run, visible: usize, input: usize, rest: usize): void {
  const at = <usize>run.start << 2, bytes = <usize>run.size << 2, stride = model.stride;
  let from = input;
  for (let k: usize = 0; k < bytes; k += 4) {
    if (load<f32>(visible + at + k) == 0) continue;
    const value = v128.load32_splat(visible + at + k);
    let w = scoringWeights(model) + at + k;
    for (let unit: usize = 0; unit < <usize>model.rows << 2; unit += 16) {
      let column = v128.load32_zero(w);
      column = v128.load32_lane(w + stride, column, 1);
      column = v128.load32_lane(w + 2 * stride, column, 2);
      column = v128.load32_lane(w + 3 * stride, column, 3);
      v128.store(rest + unit, f32x4.sub(v128.load(from + unit), f32x4.mul(value, column)));
      w += 4 * stride;
    }
    from = rest;
  }
  if (from != rest) memory.copy(rest, input, model.hiddenBytes);
}

/**
 * `phase.input` = b_k + Σ_j log(off_j + on_j exp W_jk) + constant for the states of a softmax group, and up to three
 * values more.
 */
function softmaxLogits(model: Model, run: Run, phase: Phase): void {
  const at = <usize>run.start << 2, bytes = <usize>run.size << 2, bias = scoringVisibleBias(model) + at, once = ones();
  const copies = splat(<f32>model.replicas);
  withoutGroup(model, run, phase.state, phase.posterior, phase.hidden);
  weighStates(model, phase.hidden, phase.steps, phase.active);
  for (let k: usize = 0; k < bytes; k += 16) {
    const tilt = tilted(model, at + k, phase.hidden, phase.steps, phase.active, once);
    v128.store(phase.input + k, f32x4.add(v128.load(bias + k), f32x4.mul(copies, tilt)));
  }
}

/**
 * Log-odds of four Bernoulli units from column `at` (bytes) on, after `weighStates` of the input: what is added when a
 * unit goes from its value v to 1 less what is added when it goes to 0. `nothing`: what is added when it stays.
 */
// @ts-ignore: decorator
@inline function bernoulliLogits(model: Model, at: usize, phase: Phase, nothing: v128): v128 {
  const value = v128.load(phase.state + at), bias = v128.load(scoringVisibleBias(model) + at), one = ones();
  const up = f32x4.sub(one, value), down = f32x4.neg(value), copies = splat(<f32>model.replicas);
  if (i32x4.all_true(v128.or(f32x4.eq(value, splat(0)), f32x4.eq(value, one)))) {
    const way = f32x4.add(up, down), added = tilted(model, at, phase.posterior, phase.steps, phase.active, way);
    return f32x4.add(bias, f32x4.mul(copies, f32x4.mul(way, f32x4.sub(added, nothing))));
  }
  const added = tilted(model, at, phase.posterior, phase.steps, phase.active, up);
  const lost = tilted(model, at, phase.posterior, phase.steps, phase.active, down);
  return f32x4.add(bias, f32x4.mul(copies, f32x4.sub(added, lost)));
}

/** For `bernoulliLogits`: what all units' states sum to without any input more, in all lanes. */
function beginBernoulli(model: Model, phase: Phase): v128 {
  weighStates(model, phase.posterior, phase.steps, phase.active);
  return tilted(model, 0, phase.posterior, phase.steps, phase.active, splat(0));
}

/** −log p(v) of a softmax group whose states have these logits: Σ_k v_k (log Σ_l exp f_l − f_k). */
function softmaxSurprise(logits: usize, visible: usize, size: i32): f32 {
  const total = logSumExp(logits, size);
  let sum: f32 = 0, k: usize = 0;
  if (size >= 4) {
    let sums = splat(0);
    for (; k + 16 <= <usize>size << 2; k += 16) {
      sums = madd(v128.load(visible + k), f32x4.sub(splat(total), v128.load(logits + k)), sums);
    }
    sum = sum1(sums);
  }
  for (; k < <usize>size << 2; k += 4) sum += load<f32>(visible + k) * (total - load<f32>(logits + k));
  return sum;
}

/** `out` = −v log p − (1 − v) log(1 − p) = log(1 + exp l) − v l for every unit of a run with log-odds l. */
function bernoulliSurprises(model: Model, run: Run, phase: Phase, out: usize): void {
  const from = <usize>run.start << 2, to = from + (<usize>run.size << 2);
  const nothing = beginBernoulli(model, phase);
  for (let at = from; at < to; at += 16) {
    const logits = bernoulliLogits(model, at, phase, nothing);
    const surprise = f32x4.sub(softplus4(logits), f32x4.mul(v128.load(phase.state + at), logits));
    v128.store(out + at - from, surprise);
  }
}

/** Replace the surprise of missing groups by NaN. */
function forgetMissing(model: Model, out: usize): void {
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    const groups = run.kind == SOFTMAX ? 1 : run.size;
    for (let g = 0; g < groups; g++) {
      if (load<f32>(present() + (<usize>(run.start + g) << 2)) == 0) store<f32>(out + (<usize>(run.group + g) << 2), NaN);
    }
  }
}

/** `out` = −log p(group | rest) for all groups, in nats, and up to three values more; NaN for a missing group. */
export function surprisesOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  openScoringScales(model);
  const phase = phaseAt(0);
  const condition = readRow(model, row, phase.state, present());
  if (condition == REFUSED) return false;
  drive(model, scoringWeights(model), scoringHiddenBias(model), phase.state, phase.posterior, 0, model.rows);
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    const place = out + (<usize>run.group << 2);
    if (run.kind == SOFTMAX) {
      softmaxLogits(model, run, phase);
      store<f32>(place, softmaxSurprise(phase.input, phase.state + (<usize>run.start << 2), run.size));
    } else if (run.trials > 1) countSurprises(model, run, phase, place);
    else if (run.kind == REAL) realSurprises(model, run, phase, place);
    else bernoulliSurprises(model, run, phase, place);
  }
  if (condition == PARTIAL) forgetMissing(model, out);
  return true;
}

/** The run that a group belongs to. */
function runOf(model: Model, group: i32): Run {
  let index = model.runCount - 1;
  while (runAt(model, index).group > group) index--;
  return runAt(model, index);
}

/**
 * `out` = p(group | rest): `size` values for a softmax group, one for a Bernoulli unit, N + 1 for a count; of a real unit its
 * likeliest value.
 */
export function conditionalOf(model: Model, row: usize, group: i32, out: usize): bool {
  openWorkspace(model);
  openScoringScales(model);
  const phase = phaseAt(0);
  if (readRow(model, row, phase.state, present()) == REFUSED) return false;
  drive(model, scoringWeights(model), scoringHiddenBias(model), phase.state, phase.posterior, 0, model.rows);
  const run = runOf(model, group), at = <usize>(run.start + group - run.group) << 2;
  if (run.kind == REAL) store<f32>(out, likeliest(model, phase, at));
  else if (run.trials > 1) countMeans(model, run, phase, at, out);
  else if (run.kind == SOFTMAX) {
    softmaxLogits(model, run, phase);
    softmax(phase.input, run.size);
    memory.copy(out, phase.input, <usize>run.size << 2);
  } else {
    const logits = bernoulliLogits(model, at, phase, beginBernoulli(model, phase));
    const on = sigmoid1(f32x4.extract_lane(logits, 0));
    if (run.kind == COUNT) {
      store<f32>(out, 1 - on);
      out += 4;
    }
    store<f32>(out, on);
  }
  return true;
}
