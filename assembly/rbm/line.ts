// p(one value | all others) of counts and real units, the hidden units summed out: with R_j = A_j(v) less what the value
// itself contributes,
//
//   a count      log p(n | rest) = b n + log C(N, n) + K Σ_j log(1 + exp(R_j + n W_j)) + constant        n = 0 … N
//   a real unit  log p(v | rest) = −(v − b)² / 2σ² + K Σ_j log(1 + exp(R_j + W_j v / σ²)) + constant
//
// The second is a mixture of Gaussians, one for each setting of the hidden units, whose largest value is looked for on a
// grid and from there on uphill: v ← b + K Σ_j W_j σ(R_j + W_j v / σ²) never makes it less likely (the step of EM).
//
// Cost: H exponentials a value of a count, and some 70 H a real unit, more where modes lie more than 32 deviations apart.
import { logSumExp, softmax } from '../logsum';
import { logWays } from '../units/binomial';
import { max1, sigmoid4, softplus4, splat } from '../simd';
import { Model, Run, scoringVisibleBias, scoringWeights } from './model';
import { Phase } from './workspace';

/** Points of the grid: two a deviation, within these. */
const FEWEST: i32 = 64;
const MOST: i32 = 2048;
/** Steps uphill from the best of them. */
const STEPS: i32 = 24;

/** `phase.hidden` = R, `phase.steps` = W_j of the column `at` bytes into the rows. */
function leaveOut(model: Model, phase: Phase, at: usize): void {
  const x = load<f32>(phase.state + at);
  let w = scoringWeights(model) + at;
  for (let unit: usize = 0; unit < <usize>model.hidden << 2; unit += 4) {
    const weight = load<f32>(w);
    store<f32>(phase.steps + unit, weight);
    store<f32>(phase.hidden + unit, load<f32>(phase.posterior + unit) - x * weight);
    w += model.stride;
  }
}

/** K Σ_j log(1 + exp(R_j + x W_j)) for four statistics. */
function hiddenTerms(model: Model, phase: Phase, x: v128): v128 {
  let sum = splat(0);
  for (let unit: usize = 0; unit < <usize>model.hidden << 2; unit += 4) {
    const input = f32x4.add(v128.load32_splat(phase.hidden + unit), f32x4.mul(x, v128.load32_splat(phase.steps + unit)));
    sum = f32x4.add(sum, softplus4(input));
  }
  return f32x4.mul(splat(<f32>model.replicas), sum);
}

/** `model.line` = the logits of 0 to N, and up to three values more. */
function countLogits(model: Model, run: Run, phase: Phase, at: usize): void {
  const bias = load<f32>(scoringVisibleBias(model) + at), trials = run.trials, line = model.line;
  leaveOut(model, phase, at);
  for (let n = 0; n <= trials; n += 4) {
    const first = <f32>n, values = f32x4(first, first + 1, first + 2, first + 3);
    const terms = hiddenTerms(model, phase, values);
    v128.store(line + (<usize>n << 2), f32x4.add(f32x4.mul(splat(bias), values), terms));
  }
  for (let n = 0; n <= trials; n++) {
    const place = line + (<usize>n << 2);
    store<f32>(place, load<f32>(place) + <f32>logWays(trials, <f64>n));
  }
}

/** `out` = −log p(n | rest) of every count of a run. */
export function countSurprises(model: Model, run: Run, phase: Phase, out: usize): void {
  for (let unit: usize = 0; unit < <usize>run.size << 2; unit += 4) {
    const at = (<usize>run.start << 2) + unit, n = <usize>load<f32>(phase.state + at);
    countLogits(model, run, phase, at);
    store<f32>(out + unit, max(0, logSumExp(model.line, run.trials + 1) - load<f32>(model.line + (n << 2))));
  }
}

/** `out` = p(n | rest), n = 0 to N, of the count in column `at`. */
export function countMeans(model: Model, run: Run, phase: Phase, at: usize, out: usize): void {
  countLogits(model, run, phase, at);
  softmax(model.line, run.trials + 1);
  memory.copy(out, model.line, <usize>(run.trials + 1) << 2);
}

/** log p(v | rest) up to a constant, for four distances from the bias. */
function logDensities(model: Model, phase: Phase, at: usize, apart: v128): v128 {
  const precision = v128.load32_splat(model.precision + at), bias = v128.load32_splat(scoringVisibleBias(model) + at);
  const square = f32x4.mul(f32x4.mul(apart, apart), f32x4.mul(precision, splat(-0.5)));
  return f32x4.add(square, hiddenTerms(model, phase, f32x4.mul(precision, f32x4.add(apart, bias))));
}

/** Four distances from the bias one step uphill: K Σ_j W_j σ(R_j + W_j v / σ²). */
function climb(model: Model, phase: Phase, at: usize, apart: v128): v128 {
  const precision = v128.load32_splat(model.precision + at), bias = v128.load32_splat(scoringVisibleBias(model) + at);
  const x = f32x4.mul(precision, f32x4.add(apart, bias));
  let sum = splat(0);
  for (let unit: usize = 0; unit < <usize>model.hidden << 2; unit += 4) {
    const weight = v128.load32_splat(phase.steps + unit);
    const input = f32x4.add(v128.load32_splat(phase.hidden + unit), f32x4.mul(x, weight));
    sum = f32x4.add(sum, f32x4.mul(weight, sigmoid4(input)));
  }
  return f32x4.mul(splat(<f32>model.replicas), sum);
}

/** The least and the largest distance from the bias that a setting of the hidden units may have its mean at. */
let least: f32 = 0;
let most: f32 = 0;

function findRange(model: Model, phase: Phase): void {
  least = 0;
  most = 0;
  for (let unit: usize = 0; unit < <usize>model.hidden << 2; unit += 4) {
    const reach = <f32>model.replicas * load<f32>(phase.steps + unit);
    least += min(reach, 0);
    most += max(reach, 0);
  }
}

/** The lane with the largest of four values. */
function laneOf(values: v128): i32 {
  return i32(ctz(i32x4.bitmask(f32x4.ge(values, splat(max1(values))))) & 3);
}

/** One of four values. */
function valueAt(values: v128, lane: i32): f32 {
  if (lane == 0) return f32x4.extract_lane(values, 0);
  if (lane == 1) return f32x4.extract_lane(values, 1);
  return lane == 2 ? f32x4.extract_lane(values, 2) : f32x4.extract_lane(values, 3);
}

/** log p of the likeliest value, up to the constant of `logDensities`. */
let highest: f32 = 0;

/** The distance from the bias at which the density is largest, after `leaveOut`; `highest` is its logarithm there. */
function findMode(model: Model, phase: Phase, at: usize): f32 {
  findRange(model, phase);
  const perDeviation = <f32>2 * Mathf.sqrt(load<f32>(model.precision + at));
  const points = <i32>max(<f32>FEWEST, min(<f32>MOST, (most - least) * perDeviation)) & ~3;
  const gap = (most - least) / <f32>(points - 1), lanes = f32x4(0, gap, 2 * gap, 3 * gap);
  let mode = least;
  highest = -Infinity;
  for (let k = 0; k < points; k += 4) {
    const apart = f32x4.add(splat(least + <f32>k * gap), lanes), logs = logDensities(model, phase, at, apart);
    if (!(max1(logs) > highest)) continue;
    highest = max1(logs);
    mode = valueAt(apart, laneOf(logs));
  }
  let apart = f32x4.add(splat(mode), f32x4(0, 0.4 * gap, -0.4 * gap, 0));
  for (let n = 0; n < STEPS; n++) apart = climb(model, phase, at, apart);
  const logs = logDensities(model, phase, at, apart);
  if (max1(logs) < highest) return mode;
  highest = max1(logs);
  return valueAt(apart, laneOf(logs));
}

/** `out` = −log p(v | rest) / max p of every real unit of a run. */
export function realSurprises(model: Model, run: Run, phase: Phase, out: usize): void {
  const bias = scoringVisibleBias(model);
  for (let unit: usize = 0; unit < <usize>run.size << 2; unit += 4) {
    const at = (<usize>run.start << 2) + unit;
    leaveOut(model, phase, at);
    findMode(model, phase, at);
    const apart = load<f32>(phase.state + at) * load<f32>(model.variance + at) - load<f32>(bias + at);
    const own = f32x4.extract_lane(logDensities(model, phase, at, splat(apart)), 0);
    store<f32>(out + unit, max(0, highest - own));
  }
}

/** The likeliest value of the real unit in column `at`. */
export function likeliest(model: Model, phase: Phase, at: usize): f32 {
  leaveOut(model, phase, at);
  return load<f32>(scoringVisibleBias(model) + at) + findMode(model, phase, at);
}
