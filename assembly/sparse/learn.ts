// Contrastive divergence, one row at a time, in the weights of the units that are on in the data or at the end of its
// chain.
//
// With s = p(h | v) of the data v, q = p(h | x) of the chain x after `cdSteps` Gibbs steps, and hidden offsets λ (the
// part of centering that is sparse: Melchior, Fischer and Wiskott 2016):
//
//   ΔW_k = η (v_k (s − λ) − x_k (q − λ))      Δb_k = η (v_k − x_k) − ΔW_k·λ      Δc = η (s − q)
//
// Of a unit that is on in both that is one row moved once, by η (s − q).
import { splat, sum1 } from '../simd';
import { decayedScale } from '../decay';
import { rateAfter } from '../schedule';
import { runChain } from './chain';
import { Model, biasAt, learningRandom, weightsOf } from './model';
import { contains, copyVisible, isEmpty, readRow } from './row';
import {
  Visible, chain, countOf, data, entered, enteredStep, input, kept, keptStep, left, leftStep, membersOf, onward,
  openWorkspace, posterior, slotCount,
} from './workspace';

/** All weights lose a share η · weightDecay. */
function decayWeights(model: Model, rate: f64): void {
  const bytes = <usize>model.units * model.stride;
  model.scale = decayedScale(model.scale, rate * model.weightDecay, model.weights, bytes);
}

// How many bytes the units in `kept`, `left` and `entered` take.
let keptBytes: usize = 0;
let leftBytes: usize = 0;
let enteredBytes: usize = 0;

/** Every place is written, and passed when it counts: whether a state moved cannot be predicted. */
function compareChoices(before: Visible, after: Visible): void {
  const bytes = <usize>slotCount << 2;
  let stayed: usize = 0, moved: usize = 0;
  for (let at: usize = 0; at < bytes; at += 4) {
    const old = load<i32>(before.choices + at), now = load<i32>(after.choices + at);
    store<i32>(kept + stayed, old);
    store<i32>(left + moved, old);
    store<i32>(entered + moved, now);
    moved += <usize>(old != now) << 2;
    stayed += <usize>(old == now) << 2;
  }
  keptBytes = stayed;
  leftBytes = enteredBytes = moved;
}

/** Append what the sets of both have in common, and what one of them has alone. */
function compareSets(model: Model, before: Visible, after: Visible): void {
  for (let s = 0; s < model.setCount; s++) {
    const old = membersOf(before, s), oldCount = countOf(before, s);
    const now = membersOf(after, s), count = countOf(after, s);
    for (let i = 0; i < oldCount; i++) {
      const unit = load<i32>(old + (<usize>i << 2)), stays = <usize>contains(now, count, unit) << 2;
      store<i32>(kept + keptBytes, unit);
      store<i32>(left + leftBytes, unit);
      keptBytes += stays;
      leftBytes += 4 - stays;
    }
    for (let i = 0; i < count; i++) {
      const unit = load<i32>(now + (<usize>i << 2)), isNew = <usize>!contains(old, oldCount, unit) << 2;
      store<i32>(entered + enteredBytes, unit);
      enteredBytes += isNew;
    }
  }
}

/** The rows of these units += step, their biases += bias. */
function moveRows(model: Model, units: usize, bytes: usize, step: usize, bias: f32): void {
  const stride = model.stride;
  for (const stop = units + bytes; units < stop; units += 4) {
    const unit = load<i32>(units), row = weightsOf(model, unit), place = biasAt(model, unit);
    store<f32>(place, load<f32>(place) + bias);
    for (let at: usize = 0; at < stride; at += 32) {
      v128.store(row + at, f32x4.add(v128.load(row + at), v128.load(step + at)));
      v128.store(row + at, f32x4.add(v128.load(row + at, 16), v128.load(step + at, 16)), 16);
    }
  }
}

/** Move c and λ, and with what they leave the rows of weights and the biases of the units. */
function update(model: Model, rate: f32): void {
  const stride = model.stride, offset = model.hiddenOffset, bias = model.hiddenBias;
  const eta = splat(rate), step = splat(rate / <f32>model.scale);
  const share = splat(model.centering != 0 ? <f32>model.centeringRate : 0);
  let dataDot = splat(0), chainDot = splat(0);
  for (let at: usize = 0; at < stride; at += 16) {
    const s = v128.load(posterior + at), q = v128.load(onward + at), old = v128.load(offset + at);
    const mean = f32x4.add(old, f32x4.mul(share, f32x4.sub(s, old)));
    const centred = f32x4.sub(s, mean), opposed = f32x4.sub(mean, q), difference = f32x4.sub(s, q);
    v128.store(offset + at, mean);
    v128.store(bias + at, f32x4.add(v128.load(bias + at), f32x4.mul(eta, difference)));
    v128.store(leftStep + at, f32x4.mul(step, centred));
    v128.store(enteredStep + at, f32x4.mul(step, opposed));
    v128.store(keptStep + at, f32x4.mul(step, difference));
    dataDot = f32x4.add(dataDot, f32x4.mul(centred, mean));
    chainDot = f32x4.add(chainDot, f32x4.mul(opposed, mean));
  }
  const leftBias = rate * (1 - sum1(dataDot)), enteredBias = rate * (-1 - sum1(chainDot));
  moveRows(model, kept, keptBytes, keptStep, leftBias + enteredBias);
  moveRows(model, left, leftBytes, leftStep, leftBias);
  moveRows(model, entered, enteredBytes, enteredStep, enteredBias);
}

/** One update from one row; a row without anything changes nothing. False, and nothing changed, when it is refused. */
export function learnRow(model: Model, row: usize): bool {
  openWorkspace(model);
  if (!readRow(model, row)) return false;
  const visible = data(), end = chain();
  if (isEmpty(model, visible)) return true;
  copyVisible(model, visible, end);
  runChain(model, end, <i32>model.cdSteps, posterior, learningRandom(model));
  const rate = rateAfter(model.learned, model.learningRate, model.learningRateDecay, model.learningRateFloor);
  decayWeights(model, rate);
  compareChoices(visible, end);
  compareSets(model, visible, end);
  update(model, <f32>rate);
  model.learned += 1;
  return true;
}
