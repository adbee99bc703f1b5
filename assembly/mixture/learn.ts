// Contrastive divergence: what moves a parameter is the difference of ∂ log g between the row and where a chain came to,
// both without what the row lacks. With z = ρ (v − μ):
//
//   ∂a = r − α     ∂μ = r ρ² (v − μ)     ∂ρ = r (1 − z²) / ρ
//
// Steps are taken in units of the component (Amari 1998): μ moves by 1/ρ² and ρ by ρ²/2; none is larger than a bound, so that
// no single row can throw a model off.
import { rateAfter } from '../schedule';
import { madd, ones, splat } from '../simd';
import { deviations, findPosterior } from './density';
import { sweep } from './gibbs';
import { FARTHEST, LEAST_ROOT, MOST_ROOT, Model, at, learningRandom, lineOf } from './model';
import { isEmpty, loadRow, readRow, storeRow, takeAll, within } from './row';
import { openWorkspace, workspace } from './workspace';

/** The largest step of a logit, and of ρ as a share of it; a mean moves by one deviation of its component at most. */
const LOGIT_STEP: f32 = 0.5;
const ROOT_STEP: f32 = 0.1;
/** Logits stay within it: e^-30 is nothing. */
const MOST_LOGIT: f32 = 30;

/** Where the sums of a batch stand: in the model, or in the workspace when a batch is one row. */
function useOwnSums(model: Model): void {
  if (model.batchSize <= 1) return;
  workspace().logitSums = model.logitSums;
  workspace().meanSums = model.meanSums;
  workspace().rootSums = model.rootSums;
}

function clearSums(model: Model): void {
  const lines = <usize>(model.experts * model.components) * model.rowBytes;
  memory.fill(workspace().logitSums, 0, <usize>model.experts * model.setBytes);
  memory.fill(workspace().meanSums, 0, lines);
  memory.fill(workspace().rootSums, 0, lines);
}

/** Add `weight` times v − μ and 1 − z² to the sums of a component, of the fields that are there. */
function addLine(model: Model, line: usize, values: usize, weight: f32): void {
  const means = model.means + line, roots = model.roots + line, there = workspace().there;
  const meanSums = workspace().meanSums + line, rootSums = workspace().rootSums + line;
  const own = splat(weight), one = ones(), far = splat(FARTHEST), near = splat(-FARTHEST);
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const known = v128.load(there + i), x = v128.load(values + i), mean = v128.load(means + i);
    const z = deviations(x, mean, v128.load(roots + i), far, near);
    const away = v128.and(known, f32x4.sub(x, mean)), excess = v128.and(known, f32x4.sub(one, f32x4.mul(z, z)));
    v128.store(meanSums + i, madd(own, within(away), v128.load(meanSums + i)));
    v128.store(rootSums + i, madd(own, excess, v128.load(rootSums + i)));
  }
}

/** Add `sign` times the statistics of a phase to the sums. */
function addPhase(model: Model, values: usize, posterior: usize, sign: f32): void {
  for (let m = 0; m < model.experts; m++) {
    const set = <usize>m * model.setBytes;
    for (let k = 0; k < model.components; k++) {
      const weight = sign * load<f32>(at(posterior + set, k)), sum = at(workspace().logitSums + set, k);
      store<f32>(sum, load<f32>(sum) + weight);
      if (weight != 0) addLine(model, lineOf(model, m, k), values, weight);
    }
  }
}

/** Not beyond ±most. */
// @ts-ignore: decorator
@inline function bound(x: v128, most: v128): v128 {
  return f32x4.pmax(f32x4.neg(most), f32x4.pmin(most, x));
}

/** A component takes its step along the sums. */
function moveLine(model: Model, line: usize, rate: f32): void {
  const means = model.means + line, roots = model.roots + line;
  const meanSums = workspace().meanSums + line, rootSums = workspace().rootSums + line;
  const eta = splat(rate), half = splat(<f32>0.5 * rate), one = ones(), most = splat(ROOT_STEP);
  const highest = splat(MOST_ROOT), lowest = splat(LEAST_ROOT);
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const root = v128.load(roots + i), unit = f32x4.div(one, v128.load(model.scales + i));
    const step = bound(f32x4.mul(eta, v128.load(meanSums + i)), f32x4.div(one, root));
    const growth = bound(f32x4.mul(half, v128.load(rootSums + i)), most), grown = madd(root, growth, root);
    v128.store(means + i, within(f32x4.add(v128.load(means + i), step)));
    v128.store(roots + i, f32x4.pmax(f32x4.mul(lowest, unit), f32x4.pmin(f32x4.mul(highest, unit), grown)));
  }
}

/** Move all parameters along the sums, `rate` times. */
function move(model: Model, rate: f32): void {
  for (let m = 0; m < model.experts; m++) {
    const set = <usize>m * model.setBytes;
    for (let k = 0; k < model.components; k++) {
      const logit = at(model.logits + set, k), step = rate * load<f32>(at(workspace().logitSums + set, k));
      const moved = load<f32>(logit) + max(-LOGIT_STEP, min(LOGIT_STEP, step));
      store<f32>(logit, max(-MOST_LOGIT, min(MOST_LOGIT, moved)));
      moveLine(model, lineOf(model, m, k), rate);
    }
  }
}

/** Both phases are in the workspace: take the difference, and the step when the batch is full. */
function update(model: Model): void {
  const parts = workspace();
  useOwnSums(model);
  if (model.pending == 0) clearSums(model);
  addPhase(model, parts.values, parts.posterior, 1);
  addPhase(model, parts.chain, parts.chainPosterior, -1);
  model.learned += 1;
  model.pending += 1;
  if (model.pending < model.batchSize) return;
  const rate = rateAfter(model.learned - 1, model.learningRate, model.learningRateDecay, model.learningRateFloor);
  move(model, <f32>(rate / model.pending));
  model.pending = 0;
  if (model.batchSize > 1) clearSums(model);
}

/** The chain of the next update, moved on: from the row, or the one whose turn it is. */
function runChain(model: Model): void {
  const parts = workspace(), random = learningRandom(model);
  const turn = model.chainCount ? <i32>(model.learned % <f64>model.chainCount) : 0;
  const own = model.chains + <usize>turn * model.rowBytes;
  if (model.chainCount) {
    takeAll(model);
    loadRow(model, own, parts.chain);
    findPosterior(model, parts.chain, parts.chainPosterior);
  } else memory.copy(parts.chainPosterior, parts.posterior, <usize>model.experts * model.setBytes);
  // The first components are drawn given what the row has; what they say about all values is complete.
  const sweeps = <i32>model.cdSteps, again = model.collapsed != 0;
  sweep(model, parts.chain, parts.chainPosterior, 1, again, random);
  if (sweeps > 1) {
    takeAll(model);
    findPosterior(model, parts.chain, parts.chainPosterior);
    sweep(model, parts.chain, parts.chainPosterior, sweeps - 1, again, random);
  }
  if (model.chainCount) storeRow(model, parts.chain, own);
}

/** One update from one row. False, and nothing changed, when it is refused. */
export function learnRow(model: Model, row: usize): bool {
  openWorkspace(model);
  if (!readRow(model, row)) return false;
  if (isEmpty(model)) return true;
  findPosterior(model, workspace().values, workspace().posterior);
  runChain(model);
  // What the row lacks is left out of the other phase as well.
  readRow(model, row);
  findPosterior(model, workspace().chain, workspace().chainPosterior);
  update(model);
  return true;
}

/** The same with the reconstruction that is given. */
export function learnFrom(model: Model, row: usize, reconstruction: usize): bool {
  openWorkspace(model);
  if (!readRow(model, row) || !loadRow(model, reconstruction, workspace().chain)) return false;
  if (isEmpty(model)) return true;
  findPosterior(model, workspace().values, workspace().posterior);
  findPosterior(model, workspace().chain, workspace().chainPosterior);
  update(model);
  return true;
}
