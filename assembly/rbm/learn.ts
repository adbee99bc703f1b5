// Contrastive divergence, one row at a time.
//
// A step has R phases: the data, and every chain that is stepped. Phase r contributes with weight β_r (η for the data,
// −η / chains for a chain) its visible vector y_r and its hidden posterior s_r, both less their offsets μ, λ when
// centering is on (Montavon and Müller 2012; Melchior, Fischer and Wiskott 2016):
//
//   ΔW_j = Σ_r β_r s_rj y_r      Δc_j = Σ_r β_r s_rj (1 − y_r·μ)      Δb = Σ_r β_r y_r (1 − s_r·λ)
//
// which is the centred gradient on ordinary parameters. What the row lacks is zero in y_r and left out of A: neither
// phase says anything about it.
//
// Cost: the rows of W are visited twice, a panel at a time, by all phases together. CD-1 takes 4 multiply-adds a
// weight at most, and every further chain 3.
import { dot, madd, splat } from '../simd';
import { listActive } from '../units/bernoulli';
import { averageParameters } from './average';
import { activate, addLastRows, addRowsByFour, posterior } from './layers';
import { Model, learningRandom } from './model';
import { PARTIAL, REFUSED, readRow } from './row';
import { updateRows, updateVisibleBias } from './update';
import { openWorkspace, phaseAt, present } from './workspace';

/** η_t = max(floor, η / √(1 + t / decay)) after t rows; constant when decay is 0. */
function learningRate(model: Model): f32 {
  const rate = model.learningRate, decay = model.learningRateDecay;
  if (decay == 0) return <f32>rate;
  return <f32>max(min(rate, model.learningRateFloor), rate / Math.sqrt(1 + model.learned / decay));
}

/** out = x · factor, value by value. */
function multiply(x: usize, factor: usize, out: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(out + at, f32x4.mul(v128.load(x + at), v128.load(factor + at)));
  }
}

/** Give the phases their weights and places: a persistent chain lives in the model and not in the workspace. */
function openPhases(model: Model, partial: bool, rate: f32): void {
  const chains = model.chains, persistent = <i32>model.persistentChains;
  const data = phaseAt(0);
  data.seen = data.state;
  data.weight = rate;
  for (let r = 1; r <= chains; r++) {
    const phase = phaseAt(r);
    phase.weight = -rate / <f32>chains;
    if (persistent) {
      const chain = <usize>((<i32>model.cursor + r - 1) % persistent);
      phase.state = model.chainStates + chain * model.stride;
      phase.onward = model.chainPosteriors + chain * model.hiddenBytes;
      if (!partial) phase.posterior = phase.onward;
    }
    // A chain that starts at the row never leaves the values that the row has.
    if (!partial || !persistent) phase.seen = phase.state;
  }
}

/**
 * One Gibbs step of every chain: h ~ p(h | ·), then x ~ p(x | h), or the mean of x. Contrastive divergence starts at
 * the row, whose posterior is found on the way; a persistent chain starts at the posterior that it kept.
 */
function stepChains(model: Model, first: bool, partial: bool): void {
  const chains = model.chains, stride = model.stride, random = learningRandom(model);
  const fromRow = first && model.persistentChains == 0;
  for (let r = 1; r <= chains; r++) {
    const phase = phaseAt(r);
    phase.activeCount = 0;
    phase.added = 0;
    memory.copy(phase.input, model.visibleBias, stride);
  }
  for (let from = 0; from < model.rows; from += model.panel) {
    const to = min(from + model.panel, model.rows);
    for (let r = 1; r <= chains; r++) {
      const phase = phaseAt(r), source = fromRow ? phaseAt(0) : phase;
      if (fromRow || !first) {
        posterior(model, model.weights, model.hiddenBias, source.state, source.onward, from, to);
      }
      phase.activeCount = listActive(source.onward, from, to, phase.active, phase.activeCount, random);
      phase.added = addRowsByFour(model.weights, stride, phase.active, phase.added, phase.activeCount, phase.input);
    }
  }
  for (let r = 1; r <= chains; r++) {
    const phase = phaseAt(r);
    addLastRows(model.weights, stride, phase.active, phase.added, phase.activeCount, phase.input);
    activate(model, phase.input, phase.state, random, model.sampleVisible != 0);
    if (partial && phase.seen == phase.state) multiply(phase.state, present(), phase.state, stride);
  }
}

/** μ += share · (v − μ) where the row has values; the share is that of a running mean until it reaches its floor. */
function moveVisibleOffset(model: Model, partial: bool): void {
  const share = splat(<f32>max(model.centeringRate, 1 / (model.learned + model.initial + 2)));
  const row = phaseAt(0).state, mean = model.visibleOffset;
  for (let at: usize = 0; at < model.stride; at += 16) {
    const m = v128.load(mean + at);
    let change = f32x4.mul(share, f32x4.sub(v128.load(row + at), m));
    if (partial) change = f32x4.mul(change, v128.load(present() + at));
    v128.store(mean + at, f32x4.add(m, change));
  }
}

/** What each phase contributes of the visible layer: `seen`, and less the offset when centering is on. */
function centreVisible(model: Model, partial: bool): void {
  const stride = model.stride, offset = model.visibleOffset;
  if (model.centering != 0) moveVisibleOffset(model, partial);
  for (let r = 0; r <= model.chains; r++) {
    const phase = phaseAt(r);
    if (phase.seen != phase.state) multiply(phase.state, present(), phase.seen, stride);
    phase.visibleShift = 1;
    if (model.centering == 0) {
      phase.centred = phase.seen;
      continue;
    }
    for (let at: usize = 0; at < stride; at += 16) {
      let y = f32x4.sub(v128.load(phase.seen + at), v128.load(offset + at));
      if (partial) y = f32x4.mul(y, v128.load(present() + at));
      v128.store(phase.centred + at, y);
    }
    phase.visibleShift = 1 - dot(phase.centred, offset, stride);
  }
}

/** The posteriors of the units in [from, to) that no Gibbs step has found. */
function findPosteriors(model: Model, from: i32, to: i32): void {
  const first = model.persistentChains != 0 ? 0 : 1;
  for (let r = first; r <= model.chains; r++) {
    const phase = phaseAt(r);
    posterior(model, model.weights, model.hiddenBias, phase.seen, phase.posterior, from, to);
    if (phase.onward != phase.posterior) {
      posterior(model, model.weights, model.hiddenBias, phase.state, phase.onward, from, to);
    }
  }
}

/** Steps of the units in [from, to), and the update of their biases and offsets. */
function updateHidden(model: Model, from: i32, to: i32): void {
  const centering = model.centering != 0, moves = model.hiddenVelocity != 0;
  const share = splat(<f32>model.centeringRate), momentum = splat(<f32>model.momentum);
  for (let at = <usize>from << 2; at < <usize>to << 2; at += 16) {
    let offset = splat(0), change = splat(0);
    if (centering) {
      const mean = v128.load(model.hiddenOffset + at);
      offset = madd(share, f32x4.sub(v128.load(phaseAt(0).posterior + at), mean), mean);
      v128.store(model.hiddenOffset + at, offset);
    }
    for (let r = 0; r <= model.chains; r++) {
      const phase = phaseAt(r);
      const hidden = f32x4.sub(v128.load(phase.posterior + at), offset);
      const step = f32x4.mul(splat(phase.weight), hidden);
      v128.store(phase.hidden + at, hidden);
      v128.store(phase.steps + at, step);
      change = madd(step, splat(phase.visibleShift), change);
    }
    if (moves) {
      change = madd(momentum, v128.load(model.hiddenVelocity + at), change);
      v128.store(model.hiddenVelocity + at, change);
    }
    v128.store(model.hiddenBias + at, f32x4.add(v128.load(model.hiddenBias + at), change));
  }
}

/** One update from one row. False, and nothing changed, when the row has a value outside [0, 1]. */
export function learnRow(model: Model, row: usize): bool {
  openWorkspace(model);
  const condition = readRow(model, row, phaseAt(0).state, present());
  if (condition == REFUSED) return false;
  const partial = condition == PARTIAL, rate = learningRate(model), phases = model.chains + 1;

  openPhases(model, partial, rate);
  for (let step = 0; step < <i32>model.cdSteps; step++) stepChains(model, step == 0, partial);
  centreVisible(model, partial);
  // From the last row up: it is the one that the chains visited last, and the next row starts with the first again, so
  // what fits of W in the second-level cache is found there twice.
  for (let to = model.rows; to > 0; to -= model.panel) {
    const from = max(0, to - model.panel);
    findPosteriors(model, from, to);
    updateHidden(model, from, to);
    updateRows(model, from, to, phases, rate);
  }
  updateVisibleBias(model, phases);

  model.learned += 1;
  if (model.persistentChains != 0) model.cursor = (model.cursor + <f64>model.chains) % model.persistentChains;
  averageParameters(model);
  return true;
}
