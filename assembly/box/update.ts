// What contrastive divergence moves: with y = v − μ, e = y − λ m, r the share of the Gaussian, m and τ mean and variance
// of its factor (0 without one),
//   Δμ ∝ r e    Δξ ∝ ½ r ((e² + λ² τ) / σ² − 1)    Δλ ∝ r (m e − λ τ)    Δη ∝ r
// at the data less the same at the reconstruction. Those of μ and λ are the gradients times σ²: the gradients themselves
// would ask for a rate as small as the least variance, and stall.
import { rateAfter } from '../schedule';
import { log4, madd, splat } from '../simd';
import { COARSEST_SHARE, FINEST_SHARE, Model, at, highOf, lowOf, put, rowOf, unitOf } from './model';
import { Seen, data, precisionsOf, reconstruction, workspace } from './workspace';

/** Squares in units of σ count as this at most: 0 times infinity is no number. */
const MOST_SQUARES: f32 = 1e20;

/** What is moved, and by how much for a difference of 1. */
@unmanaged
class Target {
  means: usize;
  logVariances: usize;
  loadings: usize;
  gates: usize;
  meanRate: f32;
  logVarianceRate: f32;
  loadingRate: f32;
  gateRate: f32;
}

// @ts-ignore: decorator
@inline const TARGET: usize = memory.data(64, 16);

/** The parameters themselves, or the sums of a batch. */
function aim(model: Model, sums: bool, rate: f64): Target {
  const target = changetype<Target>(TARGET);
  target.means = sums ? model.meanSums : model.means;
  target.logVariances = sums ? model.logVarianceSums : model.logVariances;
  target.loadings = sums ? model.loadingSums : model.loadings;
  target.gates = sums ? model.gateSums : model.gates;
  target.meanRate = <f32>rate;
  target.logVarianceRate = sums ? 1 : <f32>(rate * model.logVarianceRate);
  target.loadingRate = sums ? 1 : <f32>(rate * model.loadingRate);
  target.gateRate = sums ? 1 : <f32>(rate * model.gateRate);
  return target;
}

/** The difference of one expert without a factor. */
function addDifference(model: Model, expert: i32, target: Target): void {
  const plus = splat(at(data().shares, expert)), minus = splat(at(reconstruction().shares, expert));
  const row = data().values, other = reconstruction().values, mask = data().mask, bytes = model.rowBytes;
  const means = rowOf(model, model.means, expert), precisions = precisionsOf(model, expert);
  const meanTarget = rowOf(model, target.means, expert), varianceTarget = rowOf(model, target.logVariances, expert);
  const meanRate = splat(target.meanRate), half = splat(0.5 * target.logVarianceRate);
  const one = splat(1), most = splat(MOST_SQUARES);
  for (let i: usize = 0; i < bytes; i += 16) {
    const there = v128.load(mask + i), mean = v128.load(means + i), p = v128.load(precisions + i);
    const y = f32x4.sub(v128.load(row + i), mean), z = f32x4.sub(v128.load(other + i), mean);
    const shift = f32x4.sub(f32x4.mul(plus, y), f32x4.mul(minus, z));
    const wide = f32x4.sub(f32x4.pmin(f32x4.mul(f32x4.mul(y, y), p), most), one);
    const wider = f32x4.sub(f32x4.pmin(f32x4.mul(f32x4.mul(z, z), p), most), one);
    const growth = f32x4.sub(f32x4.mul(plus, wide), f32x4.mul(minus, wider));
    const meanStep = v128.and(f32x4.mul(meanRate, shift), there);
    const varianceStep = v128.and(f32x4.mul(half, growth), there);
    v128.store(meanTarget + i, f32x4.add(v128.load(meanTarget + i), meanStep));
    v128.store(varianceTarget + i, f32x4.add(v128.load(varianceTarget + i), varianceStep));
  }
}

/** ½ r ((e² + λ² τ) / σ² − 1), but for the ½. */
// @ts-ignore: decorator
@inline function growthOf(share: v128, e: v128, p: v128, own: v128, most: v128, one: v128): v128 {
  return f32x4.mul(share, f32x4.sub(f32x4.pmin(f32x4.mul(madd(e, e, own), p), most), one));
}

/** The difference of one expert with a factor. */
function addFactorDifference(model: Model, expert: i32, target: Target): void {
  const positive = data(), negative = reconstruction(), bytes = model.rowBytes, mask = positive.mask;
  const plus = splat(at(positive.shares, expert)), minus = splat(at(negative.shares, expert));
  const m = splat(at(positive.factorMeans, expert)), tau = splat(at(positive.factorVariances, expert));
  const n = splat(at(negative.factorMeans, expert)), rho = splat(at(negative.factorVariances, expert));
  const means = rowOf(model, model.means, expert), loadings = rowOf(model, model.loadings, expert);
  const precisions = precisionsOf(model, expert), meanTarget = rowOf(model, target.means, expert);
  const varianceTarget = rowOf(model, target.logVariances, expert);
  const loadingTarget = rowOf(model, target.loadings, expert);
  const meanRate = splat(target.meanRate), loadingRate = splat(target.loadingRate);
  const half = splat(0.5 * target.logVarianceRate), one = splat(1), most = splat(MOST_SQUARES);
  for (let i: usize = 0; i < bytes; i += 16) {
    const there = v128.load(mask + i), mean = v128.load(means + i), loading = v128.load(loadings + i);
    const p = v128.load(precisions + i), square = f32x4.mul(loading, loading);
    const e = f32x4.sub(f32x4.sub(v128.load(positive.values + i), mean), f32x4.mul(loading, m));
    const f = f32x4.sub(f32x4.sub(v128.load(negative.values + i), mean), f32x4.mul(loading, n));
    const shift = f32x4.sub(f32x4.mul(plus, e), f32x4.mul(minus, f));
    const growth = f32x4.sub(
      growthOf(plus, e, p, f32x4.mul(square, tau), most, one),
      growthOf(minus, f, p, f32x4.mul(square, rho), most, one),
    );
    const along = f32x4.sub(f32x4.mul(m, e), f32x4.mul(loading, tau));
    const other = f32x4.sub(f32x4.mul(n, f), f32x4.mul(loading, rho));
    const turn = f32x4.sub(f32x4.mul(plus, along), f32x4.mul(minus, other));
    v128.store(meanTarget + i, f32x4.add(v128.load(meanTarget + i), v128.and(f32x4.mul(meanRate, shift), there)));
    v128.store(
      varianceTarget + i,
      f32x4.add(v128.load(varianceTarget + i), v128.and(f32x4.mul(half, growth), there)),
    );
    v128.store(
      loadingTarget + i,
      f32x4.add(v128.load(loadingTarget + i), v128.and(f32x4.mul(loadingRate, turn), there)),
    );
  }
}

/** What log-variances may be: from the option's share of the unit on, and not too far from the width of the box. */
function findBounds(model: Model): void {
  const low = lowOf(model), high = highOf(model), unit = unitOf(model), share = splat(<f32>model.leastDeviation);
  const two = splat(2), finest = splat(FINEST_SHARE), coarsest = splat(COARSEST_SHARE);
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const width = f32x4.sub(v128.load(high + i), v128.load(low + i));
    const least = f32x4.pmax(f32x4.mul(share, v128.load(unit + i)), f32x4.mul(finest, width));
    v128.store(workspace().least + i, f32x4.mul(two, log4(least)));
    v128.store(workspace().most + i, f32x4.mul(two, log4(f32x4.mul(coarsest, width))));
  }
}

// @ts-ignore: decorator
@inline function within(value: v128, least: v128, most: v128): v128 {
  return f32x4.pmin(most, f32x4.pmax(least, value));
}

/** Means stay in the box, deviations and gates within their bounds. */
function keepWithin(model: Model, expert: i32): void {
  const means = rowOf(model, model.means, expert), logVariances = rowOf(model, model.logVariances, expert);
  const least = workspace().least, most = workspace().most, low = lowOf(model), high = highOf(model);
  const loadings = model.factors ? rowOf(model, model.loadings, expert) : 0;
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const from = v128.load(low + i), to = v128.load(high + i);
    v128.store(means + i, within(v128.load(means + i), from, to));
    v128.store(logVariances + i, within(v128.load(logVariances + i), v128.load(least + i), v128.load(most + i)));
    if (!loadings) continue;
    const width = f32x4.sub(to, from);
    v128.store(loadings + i, within(v128.load(loadings + i), f32x4.neg(width), width));
  }
  // Gates are counted in nats, of which every value of a row has some.
  const bound = <f32>(model.gateBound + 4 * <f64>model.width);
  put(model.gates, expert, min(bound, max(-bound, at(model.gates, expert))));
}

function addAll(model: Model, target: Target, online: bool): void {
  for (let m = 0; m < model.experts; m++) {
    const plus = at(data().shares, m), minus = at(reconstruction().shares, m);
    if (plus == 0 && minus == 0) continue;
    if (model.factors) addFactorDifference(model, m, target);
    else addDifference(model, m, target);
    put(target.gates, m, at(target.gates, m) + target.gateRate * (plus - minus));
    if (online) keepWithin(model, m);
  }
}

/** Parameters move by what a batch has summed up, which is forgotten. */
function applySums(model: Model, target: Target): void {
  const bytes = <usize>model.experts * model.rowBytes;
  move(model.meanSums, target.means, bytes, target.meanRate);
  move(model.logVarianceSums, target.logVariances, bytes, target.logVarianceRate);
  if (model.factors) move(model.loadingSums, target.loadings, bytes, target.loadingRate);
  for (let m = 0; m < model.experts; m++) {
    put(target.gates, m, at(target.gates, m) + target.gateRate * at(model.gateSums, m));
    put(model.gateSums, m, 0);
    keepWithin(model, m);
  }
}

/** parameters += rate · sums; sums = 0. */
function move(sums: usize, parameters: usize, bytes: usize, rate: f32): void {
  const factor = splat(rate), zero = splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(parameters + i, madd(factor, v128.load(sums + i), v128.load(parameters + i)));
    v128.store(sums + i, zero);
  }
}

/** Learn from the data and the reconstruction in the workspace, both of which the experts have seen. */
export function learnDifference(model: Model): void {
  const rate = rateAfter(model.learned, model.learningRate, model.learningRateDecay, model.learningRateFloor);
  model.learned += 1;
  if (model.batchSize == 1) {
    findBounds(model);
    addAll(model, aim(model, false, rate), true);
    return;
  }
  addAll(model, aim(model, true, 1), false);
  model.pending += 1;
  if (model.pending < model.batchSize) return;
  findBounds(model);
  applySums(model, aim(model, false, rate / model.pending));
  model.pending = 0;
}
