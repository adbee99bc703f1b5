// One layer given the other.
//
//   hidden  A_j(v) = c_j + Σ_i W_ji v_i    p(h_j = 1 | v) = σ(A_j)
//   visible B_i(h) = b_i + Σ_j W_ji h_j    p(v_i = 1 | h) = σ(B_i), or a softmax over the states of a group;
//                                          v_i ~ N(B_i, σ_i²) of a real unit, Bin(N_i, σ(B_i)) of one that counts
//
// v stands for the statistics of `scales.ts`, v / σ² of a real unit. With K replicas h_j ~ Bin(K, σ(A_j)).
import { axpy, dot4, dotTwo4, dotTwo6 } from '../products';
import { sigmoids } from '../simd';
import { add } from '../vectors';
import { bernoulliMean, bernoulliSample } from '../units/bernoulli';
import { binomialMean, binomialSample } from '../units/binomial';
import { gaussianMean, gaussianSample } from '../units/gaussian';
import { softmaxMean, softmaxSample } from '../units/softmax';
import { BERNOULLI, COUNT, Model, Run, SOFTMAX, runAt } from './model';

/** `out` = A(visible) for the units in [from, to). Cost: one multiply-add a weight. */
export function drive(
  model: Model, weights: usize, bias: usize, visible: usize, out: usize, from: i32, to: i32,
): void {
  const stride = model.stride;
  for (let j = from; j < to; j += 4) {
    const at = <usize>j << 2;
    const dots = dot4(weights + <usize>j * stride, stride, visible, stride);
    v128.store(out + at, f32x4.add(dots, v128.load(bias + at)));
  }
}

/**
 * `first`, `second` = W x, W y for the units in [from, to): a weight is loaded once for both. Six rows at a time keep the
 * multiply-adds of the relaxed target from waiting for each other; the plain one has not enough registers for so many.
 */
export function driveTwo(
  model: Model, weights: usize, x: usize, y: usize, first: usize, second: usize, from: i32, to: i32,
): void {
  const stride = model.stride;
  let j = from;
  if (ASC_FEATURE_RELAXED_SIMD) {
    const left = (to - from) % 6, fours = left == 4 ? 4 : left << 2;
    for (; j < to - fours; j += 6) {
      const at = <usize>j << 2;
      dotTwo6(weights + <usize>j * stride, stride, x, y, first + at, second + at);
    }
  }
  for (; j < to; j += 4) {
    const at = <usize>j << 2;
    dotTwo4(weights + <usize>j * stride, stride, x, y, first + at, second + at);
  }
}

/** `out` = p(h = 1 | visible) for the units in [from, to); exactly 0 for the rows that only fill up. */
export function posterior(
  model: Model, weights: usize, bias: usize, visible: usize, out: usize, from: i32, to: i32,
): void {
  drive(model, weights, bias, visible, out, from, to);
  const at = <usize>from << 2, bytes = <usize>(to - from) << 2;
  sigmoids(out + at, out + at, bytes);
  silenceFilling(model, out, to);
}

/** Rows that only fill up the last four have no unit: what stands in their places is never on and learns nothing. */
export function silenceFilling(model: Model, posteriors: usize, to: i32): void {
  for (let j = model.hidden; j < to; j++) store<f32>(posteriors + (<usize>j << 2), 0);
}

/** The same under the parameters that learn, for two visible vectors at once. */
export function posteriorsOfTwo(
  model: Model, x: usize, y: usize, first: usize, second: usize, from: i32, to: i32,
): void {
  const at = <usize>from << 2, bytes = <usize>(to - from) << 2, bias = model.hiddenBias + at;
  driveTwo(model, model.weights, x, y, first, second, from, to);
  add(bias, first + at, bytes);
  add(bias, second + at, bytes);
  sigmoids(first + at, first + at, bytes);
  sigmoids(second + at, second + at, bytes);
  silenceFilling(model, first, to);
  silenceFilling(model, second, to);
}

/** Address of the row whose number stands `k` places on in the list. */
// @ts-ignore: decorator
@inline function listed(weights: usize, stride: usize, list: usize, k: usize): usize {
  return weights + <usize>load<i32>(list + (k << 2)) * stride;
}

/**
 * `sum` += the rows of `weights` whose numbers stand in `list` from `first` on, while there are four of them: eight at a
 * time, since storing the sum is what costs. Returns the first that is left over.
 */
export function addRowsByFour(weights: usize, stride: usize, list: usize, first: i32, last: i32, sum: usize): i32 {
  for (; last - first >= 8; first += 8) addEight(weights, stride, list + (<usize>first << 2), sum);
  if (last - first < 4) return first;
  addFour(weights, stride, list + (<usize>first << 2), sum);
  return first + 4;
}

function addEight(weights: usize, stride: usize, list: usize, sum: usize): void {
  let a = listed(weights, stride, list, 0), b = listed(weights, stride, list, 1);
  let c = listed(weights, stride, list, 2), d = listed(weights, stride, list, 3);
  let e = listed(weights, stride, list, 4), f = listed(weights, stride, list, 5);
  let g = listed(weights, stride, list, 6), h = listed(weights, stride, list, 7);
  let out = sum;
  const stop = sum + stride;
  do {
    const abcd = f32x4.add(f32x4.add(v128.load(a), v128.load(b)), f32x4.add(v128.load(c), v128.load(d)));
    const efgh = f32x4.add(f32x4.add(v128.load(e), v128.load(f)), f32x4.add(v128.load(g), v128.load(h)));
    v128.store(out, f32x4.add(v128.load(out), f32x4.add(abcd, efgh)));
    a += 16;
    b += 16;
    c += 16;
    d += 16;
    e += 16;
    f += 16;
    g += 16;
    h += 16;
    out += 16;
  } while (out < stop);
}

function addFour(weights: usize, stride: usize, list: usize, sum: usize): void {
  let a = listed(weights, stride, list, 0), b = listed(weights, stride, list, 1);
  let c = listed(weights, stride, list, 2), d = listed(weights, stride, list, 3);
  let out = sum;
  const stop = sum + stride;
  do {
    const rows = f32x4.add(f32x4.add(v128.load(a), v128.load(b)), f32x4.add(v128.load(c), v128.load(d)));
    v128.store(out, f32x4.add(v128.load(out), rows));
    a += 16;
    b += 16;
    c += 16;
    d += 16;
    out += 16;
  } while (out < stop);
}

/** `sum` += the rows that `addRowsByFour` left over. */
export function addLastRows(weights: usize, stride: usize, list: usize, first: i32, last: i32, sum: usize): void {
  for (; first < last; first++) {
    axpy(1, weights + <usize>load<i32>(list + (<usize>first << 2)) * stride, sum, stride);
  }
}

/**
 * Numbers and counts. Numbers are drawn wherever there is a generator: the mean of a chain's values says nothing about their
 * variance.
 */
function activateOthers(model: Model, run: Run, input: usize, visible: usize, random: usize, sampled: bool): void {
  const count = run.size, precision = model.precision + (<usize>run.start << 2);
  if (run.kind == COUNT) {
    if (sampled) binomialSample(input, visible, count, run.trials, random);
    else binomialMean(input, visible, count, run.trials);
  } else if (sampled || random != 0) {
    gaussianSample(input, precision, model.variance + (<usize>run.start << 2), visible, count, random);
  } else gaussianMean(input, precision, visible, count);
}

/** `visible` = mean or sample of the visible units given their input, zero behind the last one. */
export function activate(model: Model, input: usize, visible: usize, random: usize, sampled: bool): void {
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    const at = <usize>run.start << 2;
    if (run.kind == SOFTMAX) {
      if (sampled) softmaxSample(input + at, visible + at, run.size, random);
      else softmaxMean(input + at, visible + at, run.size);
    } else if (run.kind == BERNOULLI) {
      if (sampled) bernoulliSample(input + at, visible + at, run.size, random);
      else bernoulliMean(input + at, visible + at, run.size);
    } else activateOthers(model, run, input + at, visible + at, random, sampled);
  }
  for (let at = <usize>model.width << 2; at < model.stride; at += 4) store<f32>(visible + at, 0);
}
