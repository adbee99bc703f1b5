// p(one visible group | all others), exactly: the hidden units are summed out.
//
//   state k of a softmax group   log p(k | rest) = b_k + Σ_j log(1 + exp(R_j + W_jk)) + constant
//   a Bernoulli unit             log-odds        = b + Σ_j log(1 + exp(R_j + W_j)) − log(1 + exp R_j)
//
// with R_j = A_j(v) less what the group itself contributes. Four states, or four units, stand in the lanes of a vector;
// sums of softplus need one logarithm for FACTORS of them. Cost: an exponential a weight for softmax, two for Bernoulli.
import { log4, sigmoid1, softplus4, splat } from '../simd';
import { FACTORS, logSumExp, softmax, softplusFactor } from '../logsum';
import { drive } from './layers';
import { Model, Run, runAt, scoringHiddenBias, scoringVisibleBias, scoringWeights } from './model';
import { PARTIAL, REFUSED, readRow } from './row';
import { openWorkspace, phaseAt, present } from './workspace';

/** `rest` = R for the softmax group of `run`: `input` less Σ_k v_k W_jk. */
function withoutGroup(model: Model, run: Run, visible: usize, input: usize, rest: usize): void {
  const at = <usize>run.start << 2, bytes = <usize>run.size << 2, stride = model.stride;
  memory.copy(rest, input, model.hiddenBytes);
  for (let k: usize = 0; k < bytes; k += 4) {
    const value = load<f32>(visible + at + k);
    if (value == 0) continue;
    let w = scoringWeights(model) + at + k;
    for (let j = 0; j < model.hidden; j++) {
      const unit = rest + (<usize>j << 2);
      store<f32>(unit, load<f32>(unit) - value * load<f32>(w));
      w += stride;
    }
  }
}

/** `out` = b_k + Σ_j log(1 + exp(rest_j + W_jk)) for the states of a softmax group, and up to three values more. */
function softmaxLogits(model: Model, run: Run, rest: usize, out: usize): void {
  const at = <usize>run.start << 2, bytes = <usize>run.size << 2, stride = model.stride, H = model.hidden;
  const weights = scoringWeights(model) + at, bias = scoringVisibleBias(model) + at, zero = splat(0);
  for (let k: usize = 0; k < bytes; k += 16) {
    let sum = v128.load(bias + k), w = weights + k;
    for (let from = 0; from < H; from += FACTORS) {
      const to = min(from + FACTORS, H);
      let product = splat(1);
      for (let j = from; j < to; j++) {
        const x = f32x4.add(v128.load32_splat(rest + (<usize>j << 2)), v128.load(w));
        product = softplusFactor(product, x);
        sum = f32x4.add(sum, f32x4.pmax(x, zero));
        w += stride;
      }
      sum = f32x4.add(sum, log4(product));
    }
    v128.store(out + k, sum);
  }
}

/** Log-odds of four Bernoulli units from column `at` (bytes) on. */
// @ts-ignore: decorator
@inline function bernoulliLogits(model: Model, at: usize, visible: usize, input: usize): v128 {
  const stride = model.stride, H = model.hidden, zero = splat(0), value = v128.load(visible + at);
  let sum = v128.load(scoringVisibleBias(model) + at), w = scoringWeights(model) + at;
  for (let from = 0; from < H; from += FACTORS) {
    const to = min(from + FACTORS, H);
    let on = splat(1), off = splat(1);
    for (let j = from; j < to; j++) {
      const weight = v128.load(w);
      const without = f32x4.sub(v128.load32_splat(input + (<usize>j << 2)), f32x4.mul(value, weight));
      const within = f32x4.add(without, weight);
      on = softplusFactor(on, within);
      off = softplusFactor(off, without);
      sum = f32x4.add(sum, f32x4.sub(f32x4.pmax(within, zero), f32x4.pmax(without, zero)));
      w += stride;
    }
    sum = f32x4.add(sum, f32x4.sub(log4(on), log4(off)));
  }
  return sum;
}

/** −log p(v) of a softmax group whose states have these logits: Σ_k v_k (log Σ_l exp f_l − f_k). */
function softmaxSurprise(logits: usize, visible: usize, size: i32): f32 {
  const total = logSumExp(logits, size);
  let sum: f32 = 0;
  for (let k: usize = 0; k < <usize>size << 2; k += 4) sum += load<f32>(visible + k) * (total - load<f32>(logits + k));
  return sum;
}

/** `out` = −v log p − (1 − v) log(1 − p) = log(1 + exp l) − v l for every unit of a run with log-odds l. */
function bernoulliSurprises(model: Model, run: Run, visible: usize, input: usize, out: usize): void {
  const from = <usize>run.start << 2, to = from + (<usize>run.size << 2);
  for (let at = from; at < to; at += 16) {
    const logits = bernoulliLogits(model, at, visible, input);
    const surprise = f32x4.sub(softplus4(logits), f32x4.mul(v128.load(visible + at), logits));
    v128.store(out + at - from, surprise);
  }
}

/** Replace the surprise of missing groups by NaN. */
function forgetMissing(model: Model, out: usize): void {
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    const groups = run.softmax ? 1 : run.size;
    for (let g = 0; g < groups; g++) {
      if (load<f32>(present() + (<usize>(run.start + g) << 2)) == 0) store<f32>(out + (<usize>(run.group + g) << 2), NaN);
    }
  }
}

/** `out` = −log p(group | rest) for all groups, in nats, and up to three values more; NaN for a missing group. */
export function surprisesOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  const phase = phaseAt(0);
  const condition = readRow(model, row, phase.state, present());
  if (condition == REFUSED) return false;
  drive(model, scoringWeights(model), scoringHiddenBias(model), phase.state, phase.posterior, 0, model.rows);
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    const place = out + (<usize>run.group << 2);
    if (run.softmax) {
      withoutGroup(model, run, phase.state, phase.posterior, phase.hidden);
      softmaxLogits(model, run, phase.hidden, phase.input);
      store<f32>(place, softmaxSurprise(phase.input, phase.state + (<usize>run.start << 2), run.size));
    } else bernoulliSurprises(model, run, phase.state, phase.posterior, place);
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

/** `out` = p(group | rest): `size` values for a softmax group, one for a Bernoulli unit. */
export function conditionalOf(model: Model, row: usize, group: i32, out: usize): bool {
  openWorkspace(model);
  const phase = phaseAt(0);
  if (readRow(model, row, phase.state, present()) == REFUSED) return false;
  drive(model, scoringWeights(model), scoringHiddenBias(model), phase.state, phase.posterior, 0, model.rows);
  const run = runOf(model, group);
  if (run.softmax) {
    withoutGroup(model, run, phase.state, phase.posterior, phase.hidden);
    softmaxLogits(model, run, phase.hidden, phase.input);
    softmax(phase.input, run.size);
    memory.copy(out, phase.input, <usize>run.size << 2);
  } else {
    const at = <usize>(run.start + group - run.group) << 2;
    const logits = bernoulliLogits(model, at, phase.state, phase.posterior);
    store<f32>(out, sigmoid1(f32x4.extract_lane(logits, 0)));
  }
  return true;
}
