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
// With K replicas s is K σ(A), and the rate is divided by K. Columns with a rate of their own have it in y, and real units
// learn their variances: `deviations.ts`.
//
// Cost: the rows of W are visited twice, a panel at a time, by all phases together. CD-1 takes 4 multiply-adds a
// weight at most, and every further chain 3. `bulk.ts` visits them once.
import { dot } from '../products';
import { madd, splat, sum1 } from '../simd';
import { add, clear, multiply } from '../vectors';
import { rateAfter } from '../schedule';
import { listActive } from '../units/bernoulli';
import { averageParameters } from './average';
import { gatherPulls, limitStep, moveVariances, openPulls } from './deviations';
import { activate, addLastRows, addRowsByFour, posterior, posteriorsOfTwo } from './layers';
import { Model, clockOf, learningRandom } from './model';
import { PARTIAL, REFUSED, readRow } from './row';
import { openLearningScales } from './scales';
import { keepUp } from './upkeep';
import { updateRows, updateVisibleBias } from './update';
import { Phase, openWorkspace, phaseAt, present, step } from './workspace';

/** Give the phases their weights and places: a persistent chain lives in the model and not in the workspace. */
export function openPhases(model: Model): void {
  const chains = model.chains, persistent = <i32>model.persistentChains;
  const full = rateAfter(clockOf(model), model.learningRate, model.learningRateDecay, model.learningRateFloor);
  const rate = <f32>(full / model.replicas);
  const data = phaseAt(0), partial = step().partial;
  data.seen = data.state;
  data.centred = data.ownCentred;
  data.weight = rate;
  for (let r = 1; r <= chains; r++) {
    const phase = phaseAt(r);
    phase.weight = -rate / <f32>chains;
    phase.centred = phase.ownCentred;
    phase.activeCount = 0;
    phase.added = 0;
    if (persistent) {
      const chain = <usize>((<i32>model.cursor + r - 1) % persistent);
      phase.state = model.chainStates + chain * model.stride;
      phase.onward = model.chainPosteriors + chain * model.hiddenBytes;
      phase.posterior = partial ? phase.ownPosterior : phase.onward;
    }
    // A chain that starts at the row never leaves the values that the row has.
    phase.seen = partial && persistent ? phase.ownSeen : phase.state;
  }
}

/** Read a row into the step; false when it has a value that its unit cannot have. */
export function readStep(model: Model, row: usize): bool {
  const condition = readRow(model, row, phaseAt(0).state, present());
  step().partial = i32(condition == PARTIAL);
  return condition != REFUSED;
}

/**
 * Draw the hidden units in [from, to) of every chain and add their rows to the chain's input. The first Gibbs step of
 * contrastive divergence starts at the row, whose posterior is found on the way; that of a persistent chain starts at the
 * posterior that it kept.
 */
export function stepPanel(model: Model, from: i32, to: i32, first: bool): void {
  const fromRow = first && model.persistentChains == 0;
  for (let r = 1; r <= model.chains; r++) {
    const phase = phaseAt(r), source = fromRow ? phaseAt(0) : phase;
    if (fromRow || !first) {
      posterior(model, model.weights, model.hiddenBias, source.state, source.onward, from, to);
    }
    for (let k = 0; k < <i32>model.replicas; k++) {
      phase.activeCount = listActive(source.onward, from, to, phase.active, phase.activeCount, learningRandom(model));
    }
    phase.added = addRowsByFour(model.weights, model.stride, phase.active, phase.added, phase.activeCount, phase.input);
  }
}

/** Nothing stands in the inputs of the chains yet. */
export function clearInputs(model: Model): void {
  for (let r = 1; r <= model.chains; r++) {
    const phase = phaseAt(r);
    phase.activeCount = 0;
    phase.added = 0;
    clear(phase.input, model.stride);
  }
}

/** The inputs of the chains, whose rows have been added, get their biases, and the visible units follow. */
export function finishChains(model: Model): void {
  for (let r = 1; r <= model.chains; r++) {
    const phase = phaseAt(r);
    addLastRows(model.weights, model.stride, phase.active, phase.added, phase.activeCount, phase.input);
    add(model.visibleBias, phase.input, model.stride);
    activateChain(model, phase);
  }
}

/** x ~ p(x | h), or the mean of x, given its input. */
export function activateChain(model: Model, phase: Phase): void {
  activate(model, phase.input, phase.state, learningRandom(model), model.sampleVisible != 0);
  if (step().partial && phase.seen == phase.state) multiply(phase.state, present(), phase.state, model.stride);
}

/** One Gibbs step of every chain: h ~ p(h | ·), then x ~ p(x | h). */
function stepChains(model: Model, first: bool): void {
  clearInputs(model);
  for (let from = 0; from < model.rows; from += model.panel) {
    stepPanel(model, from, min(from + model.panel, model.rows), first);
  }
  finishChains(model);
}

/** The Gibbs steps of CD-k after the first. */
export function stepOnward(model: Model): void {
  for (let k = 1; k < <i32>model.cdSteps; k++) stepChains(model, false);
}

/** μ += share · (v − μ) where the row has values; the share is that of a running mean until it reaches its floor. */
function moveVisibleOffset(model: Model): void {
  const share = splat(<f32>max(model.centeringRate, 1 / (model.learned + model.initial + 2)));
  const row = phaseAt(0).state, mean = model.visibleOffset, partial = step().partial;
  // Offsets are values, and the row is statistics.
  for (let at: usize = 0; at < model.stride; at += 16) {
    const m = v128.load(mean + at);
    let value = v128.load(row + at);
    if (model.real) value = f32x4.mul(value, v128.load(model.variance + at));
    let change = f32x4.mul(share, f32x4.sub(value, m));
    if (partial) change = f32x4.mul(change, v128.load(present() + at));
    v128.store(mean + at, f32x4.add(m, change));
  }
}

/** What each phase contributes of the visible layer: `seen`, and less the offset when centering is on. */
export function centreVisible(model: Model): void {
  const stride = model.stride, offset = model.visibleOffset, partial = step().partial;
  if (model.centering != 0) moveVisibleOffset(model);
  for (let r = 0; r <= model.chains; r++) {
    const phase = phaseAt(r);
    if (phase.seen != phase.state) multiply(phase.state, present(), phase.seen, stride);
    phase.visibleShift = 1;
    if (model.rated) {
      centreRated(model, phase, partial != 0);
      continue;
    }
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
  if (model.real) limitStep(model);
}

/** The same where columns have rates: y = rate (x − μ), and μ is the statistic of the offset. */
function centreRated(model: Model, phase: Phase, partial: bool): void {
  const centering = model.centering != 0;
  let sum = splat(0);
  for (let at: usize = 0; at < model.stride; at += 16) {
    const offset = f32x4.mul(v128.load(model.visibleOffset + at), v128.load(model.precision + at));
    let y = v128.load(phase.seen + at);
    if (centering) y = f32x4.sub(y, offset);
    y = f32x4.mul(y, v128.load(model.rates + at));
    if (partial) y = f32x4.mul(y, v128.load(present() + at));
    v128.store(phase.ownCentred + at, y);
    sum = madd(y, offset, sum);
  }
  phase.centred = phase.ownCentred;
  if (centering) phase.visibleShift = 1 - sum1(sum);
}

/** The posteriors of the units in [from, to) that no Gibbs step has found: what phases have seen, two by two. */
function findPosteriors(model: Model, from: i32, to: i32): void {
  const chains = model.chains, weights = model.weights, bias = model.hiddenBias;
  let r = model.persistentChains != 0 ? 0 : 1;
  for (; r < chains; r += 2) {
    const x = phaseAt(r), y = phaseAt(r + 1);
    posteriorsOfTwo(model, x.seen, y.seen, x.posterior, y.posterior, from, to);
  }
  if (r == chains) posterior(model, weights, bias, phaseAt(r).seen, phaseAt(r).posterior, from, to);
  if (model.persistentChains == 0 || !step().partial) return;
  // Chains go on from all that they say, not only from what the row can be compared with.
  for (r = 1; r <= chains; r++) posterior(model, weights, bias, phaseAt(r).state, phaseAt(r).onward, from, to);
}

/** Steps of the units in [from, to), and the update of their biases and offsets. */
export function updateHidden(model: Model, from: i32, to: i32): void {
  const centering = model.centering != 0, moves = model.hiddenVelocity != 0;
  const share = splat(<f32>model.centeringRate), momentum = splat(<f32>model.momentum), copies = splat(<f32>model.replicas);
  for (let at = <usize>from << 2; at < <usize>to << 2; at += 16) {
    let offset = splat(0), change = splat(0);
    if (centering) {
      const mean = v128.load(model.hiddenOffset + at);
      const data = f32x4.mul(copies, v128.load(phaseAt(0).posterior + at));
      offset = madd(share, f32x4.sub(data, mean), mean);
      v128.store(model.hiddenOffset + at, offset);
    }
    for (let r = 0; r <= model.chains; r++) {
      const phase = phaseAt(r);
      const hidden = f32x4.sub(f32x4.mul(copies, v128.load(phase.posterior + at)), offset);
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

/** The update of the units in [from, to). */
export function updatePanel(model: Model, from: i32, to: i32): void {
  findPosteriors(model, from, to);
  updateHidden(model, from, to);
  if (model.real) gatherPulls(model, from, to);
  updateRows(model, from, to, model.chains + 1, phaseAt(0).weight);
}

/** The step is over: the next one has another rate and other chains. */
export function countStep(model: Model): void {
  model.learned += 1;
  model.age += 1;
  if (model.persistentChains != 0) model.cursor = (model.cursor + <f64>model.chains) % model.persistentChains;
}

/** The first half of a step: every chain moves. */
export function moveChains(model: Model): void {
  openPhases(model);
  stepChains(model, true);
  stepOnward(model);
  centreVisible(model);
}

/** One update with the chain of phase 1 where it is, which reads the row only now. False when the row is refused. */
export function learnPhases(model: Model, row: usize): bool {
  if (!readStep(model, row)) return false;
  openPhases(model);
  const data = phaseAt(0), chain = phaseAt(1);
  posterior(model, model.weights, model.hiddenBias, data.state, data.posterior, 0, model.rows);
  if (step().partial) multiply(chain.state, present(), chain.state, model.stride);
  centreVisible(model);
  moveParameters(model);
  return true;
}

/** The second half: the parameters move. */
export function moveParameters(model: Model): void {
  if (model.real) openPulls(model);
  // From the last row up: it is the one that the chains visited last, and the next row starts with the first again, so
  // what fits of W in the second-level cache is found there twice.
  for (let to = model.rows; to > 0; to -= model.panel) updatePanel(model, max(0, to - model.panel), to);
  if (model.real) moveVariances(model);
  updateVisibleBias(model, model.chains + 1);
  countStep(model);
  averageParameters(model);
}

/** One update from one row. False, and nothing changed, when the row has a value that its unit cannot have. */
export function learnRow(model: Model, row: usize): bool {
  if (!updateFrom(model, row)) return false;
  if (model.tended) keepUp(model, row);
  return true;
}

/** The same without what may follow an update. */
export function updateFrom(model: Model, row: usize): bool {
  openWorkspace(model);
  openLearningScales(model);
  if (!readStep(model, row)) return false;
  moveChains(model);
  moveParameters(model);
  return true;
}
