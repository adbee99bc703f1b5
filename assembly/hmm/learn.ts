// Contrastive divergence. A row and its reconstruction each have an expected number of times that an expert is in a state,
// goes from one to another and shows a symbol there; their differences are the gradient of log p(row) − log p(reconstruction)
// in the logarithms of probabilities, but for what keeps those normalised, which the step takes off (`stepAlong`):
//
//   ∂/∂ log π_k = γ_1(k) − π_k                 ∂/∂ log A_kl = Σ_t ξ_t(k, l) − Σ_l Σ_t ξ_t(k, l) A_kl
//   ∂/∂ log B_ko = Σ_{t: o_t = o} γ_t(k) − Σ_t γ_t(k) B_ko
//   ∂/∂ μ = Σ_t γ_t(k) (o_t − μ) / σ²          ∂/∂ log σ² = ½ Σ_t γ_t(k) ((o_t − μ)² / σ² − 1)
//
// The reconstruction: a path of every expert drawn from its posterior, then every step drawn from the product of what the
// experts expect where their paths are (Brown and Hinton 2001). The number of steps stays.
import { rateAfter } from '../schedule';
import { exp4, madd, splat } from '../simd';
import { stepAlong } from './normalise';
import { rawEnergy, takeEnergy } from './length';
import { Model, REAL, SEQUENCE, Window, channelsOf, learningRandom, windowAt } from './model';
import { drawPaths } from './paths';
import { goBackward, goForward, openWindow, posterior } from './recursions';
import { copyMasked, isThere, isUsable, lengthOf, numberAt, symbolAt, symbolCount, valuesAt } from './row';
import { writeStep } from './visible';
import { backward, forward, onward, openWorkspace, other, path, precision, row as workRow, stepOf, transition, weights } from './workspace';

/** Add `sign` × shares to what stands at `out`. */
function addShares(model: Model, shares: usize, out: usize, sign: v128): void {
  for (let at: usize = 0; at < model.stateBytes; at += 16) {
    v128.store(out + at, madd(sign, v128.load(shares + at), v128.load(out + at)));
  }
}

/** Add `sign` × ξ_t for the step from t to t + 1. */
function addTransitions(model: Model, window: Window, step: i32, sign: v128): void {
  const bytes = model.stateBytes, lanes = model.lanes, to = window.transition + window.gradient;
  const from = stepOf(model, forward, step), next = stepOf(model, onward, step + 1);
  for (let k: usize = 0; k < bytes; k += 16) {
    const share = f32x4.mul(sign, v128.load(from + k)), row = (k / lanes) * bytes + k % lanes;
    for (let l = k % lanes; l < bytes; l += lanes) {
      const at = row + l - k % lanes, joint = f32x4.mul(v128.load(transition + at), v128.load(next + l));
      v128.store(to + at, madd(share, joint, v128.load(to + at)));
    }
  }
}

/** Add `sign` × the gradient of one channel's density, `shares` being γ_t. */
function addChannel(model: Model, window: Window, channel: i32, value: f32, shares: usize, sign: v128): void {
  const bytes = model.stateBytes, offset = <usize>channel * bytes, x = splat(value), half = splat(0.5), one = splat(1);
  const means = window.emission + offset, spreads = window.spread + window.gradient + offset;
  for (let at: usize = 0; at < bytes; at += 16) {
    const share = f32x4.mul(sign, v128.load(shares + at)), narrow = v128.load(precision + offset + at);
    const distance = f32x4.sub(x, v128.load(means + at)), scaled = f32x4.mul(distance, narrow);
    const mean = means + window.gradient + at;
    v128.store(mean, madd(share, scaled, v128.load(mean)));
    const excess = f32x4.mul(half, f32x4.sub(f32x4.mul(scaled, distance), one));
    v128.store(spreads + at, madd(share, excess, v128.load(spreads + at)));
  }
}

/** Add `sign` × the counts of a row, after both recursions, to the sums of differences. */
function collect(model: Model, window: Window, row: usize, steps: i32, sign: f32): void {
  const s = splat(sign), gradient = window.emission + window.gradient;
  for (let t = 0; t < steps; t++) {
    posterior(model, t, weights);
    if (t == 0) addShares(model, weights, window.initial + window.gradient, s);
    if (t + 1 < steps) addTransitions(model, window, t, s);
    if (!isThere(window, row, t)) continue;
    if (window.kind != REAL) {
      addShares(model, weights, gradient + <usize>symbolAt(window, row, t) * model.stateBytes, s);
      continue;
    }
    for (let c = 0; c < window.size; c++) {
      const value = numberAt(window, row, t, c);
      if (value == value) addChannel(model, window, c, value, weights, s);
    }
  }
}

/** Draw the steps of `out` that are there from the product, given `path`. */
export function drawSteps(model: Model, window: Window, steps: i32, out: usize, random: usize): void {
  for (let t = 0; t < steps; t++) {
    const values = valuesAt(window, out, t);
    writeStep(model, window, stepOf(model, path, t), values, values, random);
  }
}

/** `sweeps` Gibbs sweeps of one window of `row`, in place, after `openWindow`. */
export function sweepWindow(model: Model, window: Window, row: usize, steps: i32, sweeps: i32, random: usize): void {
  for (let sweep = 0; sweep < sweeps; sweep++) {
    goForward(model, window, row, steps);
    drawPaths(model, steps, random);
    drawSteps(model, window, steps, row, random);
  }
}

/** Steps whose counts are taken in full: what a longer window says in one row is that of as many, or steps would overshoot. */
// @ts-ignore: decorator
@inline const FULL_STEPS: f32 = 16;

function collectRow(model: Model, window: Window, row: usize, steps: i32, sign: f32): void {
  goForward(model, window, row, steps);
  goBackward(model, steps);
  collect(model, window, row, steps, sign * min(<f32>1, FULL_STEPS / <f32>steps));
}

// @ts-ignore: decorator
@inline function clamp(x: v128, most: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, f32x4.neg(most)), most);
}

/** Limits of means, of log-variances, and of what one update moves a log-variance. */
// @ts-ignore: decorator
@inline const FARTHEST_MEAN: f32 = 1e5;
// @ts-ignore: decorator
@inline const LARGEST_LOG_VARIANCE: f32 = 8;
// @ts-ignore: decorator
@inline const LARGEST_STEP: f32 = 0.5;

/**
 * Means move by rate × σ² × gradient, so that the step is the same whatever the units, one σ at most; log-variances by
 * rate × gradient.
 */
function moveDensities(model: Model, window: Window, rate: f32): void {
  const rows = <usize>window.size * model.stateBytes, zero = splat(0), r = splat(rate), half = splat(0.5);
  for (let at: usize = 0; at < rows; at += 16) {
    const mean = window.emission + at, spread = window.spread + at, mask = v128.load(model.mask + at % model.lanes);
    const variance = exp4(v128.load(spread)), deviation = exp4(f32x4.mul(half, v128.load(spread)));
    const step = f32x4.mul(f32x4.mul(mask, r), f32x4.mul(variance, v128.load(mean + window.gradient)));
    v128.store(mean, clamp(f32x4.add(v128.load(mean), clamp(step, deviation)), splat(FARTHEST_MEAN)));
    const wider = clamp(f32x4.mul(f32x4.mul(mask, r), v128.load(spread + window.gradient)), splat(LARGEST_STEP));
    v128.store(spread, clamp(f32x4.add(v128.load(spread), wider), splat(LARGEST_LOG_VARIANCE)));
    v128.store(mean + window.gradient, zero);
    v128.store(spread + window.gradient, zero);
  }
}

/** Move the parameters of a window along the sums of differences, and clear those. */
function moveWindow(model: Model, window: Window, rate: f32): void {
  const K = model.states, lanes = model.lanes, bytes = model.stateBytes, gradient = window.gradient;
  for (let at: usize = 0; at < lanes; at += 16) {
    const r = f32x4.mul(splat(rate), v128.load(model.mask + at));
    stepAlong(window.initial + at, window.initial + gradient + at, K, lanes, r);
    for (let k = 0; k < K; k++) {
      const row = window.transition + <usize>k * bytes + at;
      stepAlong(row, row + gradient, K, lanes, r);
    }
    if (window.kind == REAL) continue;
    for (let k = at; k < bytes; k += lanes) {
      stepAlong(window.emission + k, window.emission + gradient + k, window.size, bytes, r);
    }
  }
  if (window.kind == REAL) moveDensities(model, window, rate);
}

/** Count a row whose differences were added; with the last one of a batch the parameters move by their mean. */
function finishRow(model: Model): void {
  model.waiting += 1;
  if (model.waiting < model.batchSize) return;
  const rate = rateAfter(model.updates, model.learningRate, model.learningRateDecay, model.learningRateFloor);
  for (let w = 0; w < model.windowCount; w++) moveWindow(model, windowAt(model, w), <f32>(rate / model.waiting));
  model.waiting = 0;
  model.updates += 1;
}

/** Count the values that are there. */
function countValues(model: Model, row: usize): void {
  for (let i = 0; i < model.width; i++) {
    const value = load<f32>(row + (<usize>i << 2)), count = model.present + (<usize>i << 3);
    if (value == value) store<f64>(count, load<f64>(count) + 1);
  }
}

/** Where the chain of a row begins and stays: the next persistent one, or a copy of the row. */
function chainFor(model: Model, row: usize): usize {
  const chains = <i32>model.persistentChains;
  if (chains > 0) {
    const next = <i32>((model.updates * model.batchSize + model.waiting) % <f64>chains);
    const chain = model.chains + <usize>next * model.chainStride;
    // A file may hold what no chain comes to; zeros are a row of any window.
    if (!isUsable(model, chain)) memory.fill(chain, 0, <usize>model.width << 2);
    return chain;
  }
  memory.copy(workRow, row, <usize>model.width << 2);
  return workRow;
}

/** One update from one row; false, and nothing changed, when it is refused. */
export function learnRow(model: Model, row: usize): bool {
  openWorkspace(model);
  if (!isUsable(model, row)) return false;
  const chain = chainFor(model, row), random = learningRandom(model);
  let energy: f64 = 0;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w), steps = lengthOf(window, row);
    if (steps == 0) continue;
    openWindow(model, window);
    collectRow(model, window, row, steps, 1);
    energy += rawEnergy(model);
    if (chain == workRow) {
      // The first sweep needs no recursion of its own: it starts from the row.
      drawPaths(model, steps, random);
      drawSteps(model, window, steps, chain, random);
      sweepWindow(model, window, chain, steps, <i32>model.cdSteps - 1, random);
    } else sweepWindow(model, window, chain, window.steps, <i32>model.cdSteps, random);
    copyMasked(model, chain, row, other);
    collectRow(model, window, other, steps, -1);
  }
  countValues(model, row);
  if (model.hasSequences) takeEnergy(model, symbolCount(model, row), energy);
  finishRow(model);
  return true;
}

/** The same with this reconstruction; false when one of the two is refused. */
export function learnPairOf(model: Model, row: usize, reconstruction: usize): bool {
  openWorkspace(model);
  if (!isUsable(model, row) || !isUsable(model, reconstruction)) return false;
  copyMasked(model, reconstruction, row, other);
  let energy: f64 = 0;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w), steps = lengthOf(window, row);
    if (steps == 0) continue;
    openWindow(model, window);
    collectRow(model, window, row, steps, 1);
    energy += rawEnergy(model);
    collectRow(model, window, other, steps, -1);
  }
  countValues(model, row);
  if (model.hasSequences) takeEnergy(model, symbolCount(model, row), energy);
  finishRow(model);
  return true;
}
