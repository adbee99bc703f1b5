// Annealed importance sampling (Neal 2001; Salakhutdinov and Murray 2008): chains that walk between a base model, whose
// visible units are independent with biases a, and the model itself, along
//
//   log p*_β(v) = (1 − β) a·v + β b·v + K Σ_j log(1 + exp(β A_j(v)))      β from 0 (base) to 1 (model), or back
//
// with what is the same all along left out: −v² / 2σ² of real units, whose deviations the base model shares, and log C of
// counts. v stands for the statistics of `scales.ts`.
//
// From one β to the next, a chain at v adds log p*_new(v) − log p*_old(v) to its log-weight, and then takes one Gibbs
// sweep that leaves p*_new alone:  h_j ~ σ(β A_j(v)),  v ~ units with the input (1 − β) a + β B(h).
//
// Cost of a temperature: a sweep of `sample`, two exponentials and a division a hidden unit. Weights and temperatures are
// float64, what is added to a weight at a time comes from float32 sums.
import { dot } from '../products';
import { expFast4, log4, madd, ones, splat, sum1 } from '../simd';
import {
  BLOCK, Chain, baseBias, baseDistance, beginDown, chainAt, drawHidden, drawVisible, driveChains, endDown, openChains,
  readState, writeState,
} from './chains';
import { silenceFilling } from './layers';
import { Model, scoringVisibleBias } from './model';

/** Of the `count` log-weights that the block's chains bring along, the first. */
let logWeights: usize = 0;

// @ts-ignore: decorator
@inline function addToWeight(n: i32, change: f64): void {
  const place = logWeights + (<usize>n << 3);
  store<f64>(place, load<f64>(place) + change);
}

/** Lay out a, and b − a, by which the visible part of the energy changes. */
function readBase(model: Model, base: usize): void {
  const width = <usize>model.width << 2, stride = model.stride, bias = scoringVisibleBias(model);
  memory.copy(baseBias(), base, width);
  memory.fill(baseBias() + width, 0, stride - width);
  for (let at: usize = 0; at < stride; at += 16) {
    v128.store(baseDistance(model) + at, f32x4.sub(v128.load(bias + at), v128.load(baseBias() + at)));
  }
}

/**
 * For the units in [from, to): from A to p(h = 1 | v) at the new temperature, and their part of the change of weight,
 *
 *   log(1 + exp(new A)) − log(1 + exp(old A)) = (new − old) max(A, 0) + log((1 + exp −|new A|) / (1 + exp −|old A|))
 *
 * with one logarithm for a panel: a factor is at most 2, so that their product over twelve vectors stays small. The rows that
 * only fill up have A = 0, which contributes nothing.
 */
function weighHidden(model: Model, chain: Chain, from: i32, to: i32, old: f64, now: f64): f64 {
  const input = chain.hidden, one = ones(), zero = splat(0), minusOld = splat(-<f32>old), minusNow = splat(-<f32>now);
  let before = one, after = one, ramp = zero;
  for (let at = <usize>from << 2; at < <usize>to << 2; at += 16) {
    const a = v128.load(input + at), size = f32x4.abs(a);
    const e = expFast4(f32x4.mul(minusNow, size));
    before = madd(before, expFast4(f32x4.mul(minusOld, size)), before);
    after = madd(after, e, after);
    ramp = f32x4.add(ramp, f32x4.pmax(a, zero));
    const mean = f32x4.div(v128.bitselect(e, one, f32x4.lt(a, zero)), f32x4.add(one, e));
    v128.store(input + at, mean);
  }
  silenceFilling(model, input, to);
  return model.replicas * ((now - old) * <f64>sum1(ramp) + <f64>sum1(log4(f32x4.div(after, before))));
}

/** `input` = (1 − β) a + β B(h). */
function temper(model: Model, count: i32, beta: f64): void {
  const share = splat(<f32>beta), rest = splat(<f32>(1 - beta));
  for (let n = 0; n < count; n++) {
    const input = chainAt(n).input;
    for (let at: usize = 0; at < model.stride; at += 16) {
      v128.store(input + at, madd(share, v128.load(input + at), f32x4.mul(rest, v128.load(baseBias() + at))));
    }
  }
}

/** The first `count` chains from one temperature to the next. */
function move(model: Model, count: i32, old: f64, now: f64, random: usize): void {
  beginDown(model, count);
  for (let n = 0; n < count; n++) {
    addToWeight(n, (now - old) * <f64>dot(baseDistance(model), chainAt(n).state, model.stride));
  }
  for (let from = 0; from < model.rows; from += model.panel) {
    const to = min(from + model.panel, model.rows);
    driveChains(model, count, from, to);
    for (let n = 0; n < count; n++) addToWeight(n, weighHidden(model, chainAt(n), from, to, old, now));
    drawHidden(model, count, from, to, random);
  }
  endDown(model, count);
  temper(model, count, now);
  drawVisible(model, count, random);
}

/**
 * Take `chainCount` chains through `temperatureCount` temperatures (f64, the first is where they are). `states`: their
 * visible vectors (R × D values), `weights`: their log-weights (R × f64), both moved in place, `base`: a (D values),
 * `random`: a state of the generator, 64 bytes. Nothing of a model changes and nothing of the chains is kept.
 */
export function annealChains(
  model: Model, chainCount: i32, states: usize, weights: usize, base: usize, random: usize,
  temperatures: usize, temperatureCount: i32,
): void {
  openChains(model);
  readBase(model, base);
  const bytes = <usize>model.width << 2;
  for (let first = 0; first < chainCount; first += BLOCK) {
    const count = min(BLOCK, chainCount - first);
    logWeights = weights + (<usize>first << 3);
    for (let n = 0; n < count; n++) readState(model, chainAt(n), states + <usize>(first + n) * bytes);
    for (let k = 1; k < temperatureCount; k++) {
      const now = temperatures + (<usize>k << 3);
      move(model, count, load<f64>(now - 8), load<f64>(now), random);
    }
    for (let n = 0; n < count; n++) writeState(model, chainAt(n), states + <usize>(first + n) * bytes);
  }
}
