// Contrastive divergence, one text at a time, in the rows of its tokens and of those that its chain ends at.
//
// With s = p(h | v) of the text, q = p(h | x) of its chain after `cdSteps` Gibbs steps, and hidden offsets λ (the part of
// centering that is sparse: Melchior, Fischer and Wiskott 2016):
//
//   ΔW_k = Σ_{v_t = k} (s − λ) − Σ_{x_t = k} (q − λ)      Δd_k = Σ_{v_t = k} 1 − Σ_{x_t = k} 1 − ΔW_k·λ
//   Δc   = s − q, a text counting as one token: with n of them the input would move n² times as far
//
// Base rates are not learned by contrast: they are counted.
import { dot } from '../products';
import { madd, splat } from '../simd';
import { decayedScale } from '../decay';
import { rateAfter } from '../schedule';
import { countToken } from './counts';
import { activate, drawHidden, drawTokensGiven, drive } from './layers';
import { Model, biasAt, groupAt, learningRandom, lengthAt, weightsOf } from './model';
import { rawEnergy, takeEnergy } from './energy';
import { readText } from './text';
import { Text, chain, data, input, lengthOf, onward, openWorkspace, posterior, startOf, state, tokenOf } from './workspace';

function copyText(model: Model, from: Text, to: Text): void {
  memory.copy(to.starts, from.starts, (<usize>model.groupCount + 1) << 2);
  memory.copy(to.tokens, from.tokens, <usize>lengthOf(model, from) << 2);
}

/** Run the chain from the data: h ~ p(h | ·), then the tokens given h. `onward` = p(h = 1 | where it ends). */
export function runChain(model: Model, text: Text, steps: i32, random: usize): void {
  const n = lengthOf(model, text);
  for (let step = 0; step < steps; step++) {
    drawHidden(model, onward, state, random);
    drawTokensGiven(model, state, text, random);
    drive(model, text, n, input);
    activate(model, input, onward);
  }
}

/** λ += rate · (s − λ), zero in the places that only fill up. */
function moveOffset(model: Model): void {
  const share = splat(<f32>model.centeringRate), offset = model.hiddenOffset;
  for (let at: usize = 0; at < model.stride; at += 16) {
    const mean = v128.load(offset + at);
    v128.store(offset + at, madd(share, f32x4.sub(v128.load(posterior + at), mean), mean));
  }
}

/** Add rate · (hidden − λ) to the rows of the text's tokens, and to their biases what the offsets leave. */
function updateRows(model: Model, text: Text, hidden: usize, rate: f32): void {
  const stride = model.stride, n = lengthOf(model, text);
  for (let at: usize = 0; at < stride; at += 16) {
    v128.store(state + at, f32x4.sub(v128.load(hidden + at), v128.load(model.hiddenOffset + at)));
  }
  const step = splat(rate / <f32>model.scale), bias = rate * (1 - dot(state, model.hiddenOffset, stride));
  for (let t = 0; t < n; t++) {
    const unit = tokenOf(text, t), row = weightsOf(model, unit);
    for (let at: usize = 0; at < stride; at += 16) {
      v128.store(row + at, madd(step, v128.load(state + at), v128.load(row + at)));
    }
    store<f32>(biasAt(model, unit), load<f32>(biasAt(model, unit)) + bias);
  }
}

function updateHiddenBias(model: Model, rate: f32): void {
  const step = splat(rate), bias = model.hiddenBias;
  for (let at: usize = 0; at < model.stride; at += 16) {
    const change = f32x4.sub(v128.load(posterior + at), v128.load(onward + at));
    v128.store(bias + at, madd(step, change, v128.load(bias + at)));
  }
}

/** All weights lose a share η · weightDecay. */
function decayWeights(model: Model, rate: f64): void {
  const bytes = <usize>model.units * model.stride;
  model.scale = decayedScale(model.scale, rate * model.weightDecay, model.weights, bytes);
}

function countText(model: Model, text: Text): void {
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g), start = startOf(text, g), end = startOf(text, g + 1);
    if (start == end) continue;
    for (let t = start; t < end; t++) countToken(model, group, tokenOf(text, t) - group.first);
    const mean = load<f64>(lengthAt(model, g));
    store<f64>(lengthAt(model, g), mean + (<f64>(end - start) - mean) / Math.min(model.learned + 1, 1000));
  }
}

/** One update from one row; a row without tokens changes nothing. False, and nothing changed, when it is refused. */
export function learnRow(model: Model, row: usize): bool {
  openWorkspace(model);
  const text = data(), end = chain();
  if (!readText(model, row, text)) return false;
  const n = lengthOf(model, text);
  if (n == 0) return true;
  drive(model, text, n, input);
  activate(model, input, posterior);
  const energy = rawEnergy(model, text, input);

  copyText(model, text, end);
  memory.copy(onward, posterior, model.stride);
  runChain(model, end, <i32>model.cdSteps, learningRandom(model));
  const rate = rateAfter(model.learned, model.learningRate, model.learningRateDecay, model.learningRateFloor);
  decayWeights(model, rate);
  moveOffset(model);
  updateRows(model, text, posterior, <f32>rate);
  updateRows(model, end, onward, <f32>-rate);
  updateHiddenBias(model, <f32>rate);
  countText(model, text);
  takeEnergy(model, n, energy);
  model.learned += 1;
  return true;
}
