// Contrastive divergence: what moves a parameter is the difference of ∂ log g between the row and where a chain came to,
// both without what the row lacks. With e = v − b, d = v − μ_m and y_m = A_m d:
//
//   ∂b = t² e     ∂t = −t e²     ∂μ_m = A_mᵀ y_m     ∂A_m = −y_m dᵀ
//
// Steps are taken in units that the experts have themselves (Amari 1998), whatever those of the data are: b moves by 1/t², t by
// t²/2, μ_m by the inverse of the diagonal of T² + Λ_m, and A_m by T² + Λ_m, all of it, since directions in which the
// data hardly vary would be learned as slowly as they vary:
//
//   ∂A_m (T² + Λ_m) = −y_m (t² d + A_mᵀ y_m)ᵀ
//
// None is larger than a bound, so that no single row can throw a model off.
import { rateAfter } from '../schedule';
import { axpy, clamp, dot } from './linear';
import { LARGEST, MOST_ROOT, Model, at, columnOf, learningRandom, meanAt } from './model';
import { findLike, findResidual, findRow, loadRow, readRow } from './row';
import { drawExactly } from './sample';
import { storeRow, sweep } from './sweep';
import { openWorkspace, workspace } from './workspace';

/** The largest step of a mean, in s; of t, as a share of it; of a root, in that of the diagonal of T² + Λ_m. */
const MEAN_STEP: f64 = 1;
const BASE_STEP: f64 = 0.1;
const ROOT_STEP: f64 = 0.1;

/** Where the sums of a batch stand: in the model, or in the workspace when a batch is one row. */
function useOwnSums(model: Model): void {
  const parts = workspace();
  if (model.batchSize > 1) {
    parts.baseMeanSums = model.baseMeanSums;
    parts.baseRootSums = model.baseRootSums;
    parts.meanSums = model.meanSums;
    parts.rootSums = model.rootSums;
  }
}

function clearSums(model: Model): void {
  const parts = workspace(), row = <usize>model.width << 3;
  memory.fill(parts.baseMeanSums, 0, row);
  memory.fill(parts.baseRootSums, 0, row);
  memory.fill(parts.meanSums, 0, <usize>model.experts * row);
  memory.fill(parts.rootSums, 0, <usize>model.width * model.columnBytes);
}

/** Add to a number in memory. */
// @ts-ignore: decorator
@inline function increase(place: usize, by: f64): void {
  store<f64>(place, load<f64>(place) + by);
}

/** Add `sign` times ∂ log g of a phase to the sums, that of A_m in its units. */
function addPhase(model: Model, values: usize, residual: usize, sign: f64): void {
  const parts = workspace(), bytes = <usize>model.room << 3;
  for (let i = 0; i < model.width; i++) {
    const x = load<f64>(at(values, i)), root = load<f64>(at(model.baseRoots, i));
    const e = x - load<f64>(at(model.baseMeans, i));
    increase(at(parts.baseMeanSums, i), sign * root * root * e);
    increase(at(parts.baseRootSums, i), -sign * root * e * e);
    const column = columnOf(model, i), sums = parts.rootSums + <usize>i * model.columnBytes;
    for (let m = 0, part: usize = 0; m < model.experts; m++, part += bytes) {
      const y = residual + part, pull = dot(column + part, y, bytes), d = x - load<f64>(meanAt(model, m, i));
      axpy(-sign * (root * root * d + pull), y, sums + part, bytes);
      increase(at(parts.meanSums, m * model.width + i), sign * pull);
    }
  }
}

/** A column of A_m takes its step; no root leaves ±`most`. */
// @ts-ignore: decorator
@inline function moveColumn(column: usize, sums: usize, bytes: usize, rate: f64, step: f64, most: f64): void {
  const eta = f64x2.splat(rate), up = f64x2.splat(step), down = f64x2.splat(-step);
  const high = f64x2.splat(most), low = f64x2.splat(-most);
  for (let h: usize = 0; h < bytes; h += 16) {
    const by = f64x2.pmax(down, f64x2.pmin(up, f64x2.mul(eta, v128.load(sums + h))));
    v128.store(column + h, f64x2.pmax(low, f64x2.pmin(high, f64x2.add(v128.load(column + h), by))));
  }
}

/** Move all parameters along the sums, `rate` times. */
function move(model: Model, rate: f64): void {
  const parts = workspace(), bytes = <usize>model.room << 3;
  for (let i = 0; i < model.width; i++) {
    const s = load<f64>(at(model.scales, i)), place = at(model.baseRoots, i), root = load<f64>(place);
    const mean = at(model.baseMeans, i), pull = rate * load<f64>(at(parts.baseMeanSums, i)) / (root * root);
    store<f64>(mean, clamp(load<f64>(mean) + clamp(pull, MEAN_STEP * s), LARGEST));
    const growth = 0.5 * rate * root * root * load<f64>(at(parts.baseRootSums, i));
    const grown = root + clamp(growth, BASE_STEP * root);
    store<f64>(place, min(MOST_ROOT / s, max(1 / (MOST_ROOT * s), grown)));
    const sums = parts.rootSums + <usize>i * model.columnBytes;
    for (let m = 0; m < model.experts; m++) {
      const part = at(columnOf(model, i), m * model.room), own = meanAt(model, m, i);
      const diagonal = root * root + dot(part, part, bytes);
      const by = rate * load<f64>(at(parts.meanSums, m * model.width + i)) / diagonal;
      store<f64>(own, clamp(load<f64>(own) + clamp(by, MEAN_STEP * s), LARGEST));
      moveColumn(part, at(sums, m * model.room), bytes, rate, ROOT_STEP * Math.sqrt(diagonal), MOST_ROOT / s);
    }
  }
}

/** Both phases are in the workspace: take the difference, and the step when the batch is full. */
function update(model: Model): void {
  const parts = workspace();
  useOwnSums(model);
  if (model.pending == 0) clearSums(model);
  addPhase(model, parts.values, parts.residual, 1);
  addPhase(model, parts.chain, parts.chainResidual, -1);
  model.learned += 1;
  model.pending += 1;
  if (model.pending < model.batchSize) return;
  const rate = rateAfter(model.learned - 1, model.learningRate, model.learningRateDecay, model.learningRateFloor);
  move(model, rate / model.pending);
  model.pending = 0;
  if (model.batchSize > 1) clearSums(model);
}

/** The chain of the next update, moved on: from the row, or the one whose turn it is. */
function runChain(model: Model): void {
  const parts = workspace(), width = <usize>model.width << 3;
  const turn = model.chainCount ? <i32>(model.learned % <f64>model.chainCount) : 0;
  const own = model.chains + ((<usize>turn * <usize>model.width) << 2);
  if (model.chainCount) {
    loadRow(model, own, parts.chain);
    findResidual(model, parts.chain, parts.chainResidual);
  } else {
    memory.copy(parts.chain, parts.values, width);
    memory.copy(parts.chainResidual, parts.residual, model.columnBytes);
  }
  sweep(model, parts.chain, parts.chainResidual, <i32>model.cdSteps, learningRandom(model));
  if (model.chainCount) storeRow(model, parts.chain, own);
}

/** Does the workspace lack every value of the row? There is nothing to learn from it. */
function isEmpty(model: Model): bool {
  for (let i = 0; i < model.width; i++) if (!load<u8>(workspace().gaps + <usize>i)) return false;
  return true;
}

/** One update from one row. False, and nothing changed, when it is refused. */
export function learnRow(model: Model, row: usize): bool {
  const exact = model.cdSteps == 0;
  openWorkspace(model);
  if (!readRow(model, row)) return false;
  if (isEmpty(model)) return true;
  if (exact) {
    drawExactly(model, learningRandom(model), 1, workspace().row);
    // What was read of the row has been overwritten.
    readRow(model, row);
  }
  findRow(model);
  if (exact) loadRow(model, workspace().row, workspace().chain);
  else runChain(model);
  // What the row lacks is left out of the other phase as well; without gaps the chain has its residual.
  findLike(model, workspace().chain, workspace().chainResidual);
  update(model);
  return true;
}

/** The same with the reconstruction that is given. */
export function learnFrom(model: Model, row: usize, reconstruction: usize): bool {
  openWorkspace(model);
  if (!readRow(model, row) || !loadRow(model, reconstruction, workspace().chain)) return false;
  if (isEmpty(model)) return true;
  findRow(model);
  findLike(model, workspace().chain, workspace().chainResidual);
  update(model);
  return true;
}
