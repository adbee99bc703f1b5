// Contrastive divergence, one row at a time. With w_j = a_j z_j / (1 + ½ z_j²) of the data x and of the reconstruction y
//
//   ΔJ = −η s (w(x) xᵀ − w(y) yᵀ) M        M = min(1, D/M) JᵀJ + ε, or 1 without the natural gradient
//   Δlog a_j = −η a_j (log(1 + ½ z_j(x)²) − log(1 + ½ z_j(y)²))        Δc = η K⁻¹ (∂F(x) − ∂F(y))
//
// The natural gradient (Amari 1998) makes steps the same whatever the units of the data; with JᵀJ it costs a product of
// z with J. s shortens a step whose length √tr(G M Gᵀ) is beyond `longest`, and the other two are bounded as well: an
// outlier moves no parameter far. For a chain that is reversible and stationary x and y may be exchanged, which turns the
// step round: the bounds do not move the point where learning rests.
import { gaussians } from '../gaussian';
import { rateAfter } from '../schedule';
import { log4, madd, splat } from '../simd';
import { add, copy, scale } from '../vectors';
import { findCurvature, sweep } from './chain';
import { weigh } from './energy';
import { addOuter, combine, dotWide, respond } from './filters';
import {
  LARGEST, LARGEST_FILTER, LEAST_LOG_EXPONENT, MOST_LOG_EXPONENT, Model, learningRandom, vagueOf,
} from './model';
import { keepPresent, readRow, readTo, writeRow } from './row';
import { isPartial, openWorkspace, setPartial, workspace } from './workspace';

/** Bounds of Δlog a, and of Δc in units of 1 / √K, for η = 1. */
const MOST_EXPONENT_STEP: f32 = 1;
const MOST_LOCATION_STEP: f32 = 2;

/** min(1, D/M): with more experts than values JᵀJ grows with their number. */
// @ts-ignore: decorator
@inline function shareOf(model: Model): f32 {
  return min(<f32>1, <f32>model.width / <f32>model.experts);
}

/** The longest step for η = 1: about that of one row under the model. */
// @ts-ignore: decorator
@inline function longest(model: Model): f64 {
  return Math.sqrt(<f64>model.experts * <f64>min(model.experts, model.width));
}

/** M x, from x and its responses z. */
function findDirection(model: Model, x: usize, z: usize, out: usize): void {
  const stride = model.stride;
  if (model.naturalGradient == 0) {
    memory.copy(out, x, stride);
    return;
  }
  combine(model, z, out);
  const share = splat(shareOf(model)), precision = model.precision;
  for (let at: usize = 0; at < stride; at += 16) {
    const vague = f32x4.mul(v128.load(precision + at), v128.load(x + at));
    v128.store(out + at, madd(share, v128.load(out + at), vague));
  }
}

/**
 * To second order the step is that of e^A J instead of (1 + A) J, A = Σ_r α_r z_rᵀ being what J is multiplied with: steps
 * that cancel then lead back to where they came from, where (1 + A)(1 − A) = 1 − A² would make filters shrink by their noise.
 * `share`: of the sums in a batch, what the parameters will move by.
 */
function turnDirections(model: Model, share: f64): void {
  const parts = workspace(), experts = model.expertBytes, half = 0.5 * share * <f64>shareOf(model);
  const x = parts.dataResponse, y = parts.chainResponse, a = parts.dataWeight, b = parts.chainWeight;
  const xx = splat(<f32>(half * dotWide(x, a, experts))), xy = splat(<f32>(half * dotWide(x, b, experts)));
  const yx = splat(<f32>(half * dotWide(y, a, experts))), yy = splat(<f32>(half * dotWide(y, b, experts)));
  for (let at: usize = 0; at < model.stride; at += 16) {
    const p = v128.load(parts.dataDirection + at), q = v128.load(parts.chainDirection + at);
    v128.store(parts.dataDirection + at, f32x4.add(p, madd(xx, p, f32x4.mul(xy, q))));
    v128.store(parts.chainDirection + at, f32x4.add(q, madd(yx, p, f32x4.mul(yy, q))));
  }
}

/** s, which bounds √tr(G M Gᵀ) of G = w(x) xᵀ − w(y) yᵀ. */
function shortening(model: Model): f64 {
  const parts = workspace(), experts = model.expertBytes, stride = model.stride;
  const dataWeight = parts.dataWeight, chainWeight = parts.chainWeight;
  const square =
    dotWide(dataWeight, dataWeight, experts) * dotWide(parts.row, parts.dataDirection, stride) +
    dotWide(chainWeight, chainWeight, experts) * dotWide(parts.chain, parts.chainDirection, stride) -
    2 * dotWide(dataWeight, chainWeight, experts) * dotWide(parts.row, parts.chainDirection, stride);
  const length = Math.sqrt(Math.max(0, square)), most = longest(model);
  return length > most ? most / length : 1;
}

/** log a += rate · bounded difference, kept between bounds, or the same into sums of a batch without bounds. */
function moveExponents(model: Model, target: usize, rate: f32, bounded: bool): void {
  const parts = workspace(), half = splat(0.5), one = splat(1), factor = splat(rate);
  const most = splat(MOST_EXPONENT_STEP), least = splat(-MOST_EXPONENT_STEP);
  const highest = splat(MOST_LOG_EXPONENT), lowest = splat(LEAST_LOG_EXPONENT);
  for (let at: usize = 0; at < model.expertBytes; at += 16) {
    const x = v128.load(parts.dataResponse + at), y = v128.load(parts.chainResponse + at);
    const s = log4(madd(f32x4.mul(half, x), x, one)), t = log4(madd(f32x4.mul(half, y), y, one));
    const difference = f32x4.mul(v128.load(parts.exponents + at), f32x4.sub(t, s));
    const step = f32x4.pmax(least, f32x4.pmin(most, difference));
    const moved = madd(factor, step, v128.load(target + at));
    v128.store(target + at, bounded ? f32x4.pmax(lowest, f32x4.pmin(highest, moved)) : moved);
  }
}

/** c += rate · bounded K⁻¹ (∂F(x) − ∂F(y)), over what the row has. */
function moveLocation(model: Model, target: usize, rate: f32): void {
  const parts = workspace(), difference = parts.difference, slope = parts.slope;
  for (let at: usize = 0; at < model.expertBytes; at += 16) {
    v128.store(difference + at, f32x4.sub(v128.load(parts.dataWeight + at), v128.load(parts.chainWeight + at)));
  }
  combine(model, difference, slope);
  findCurvature(model, parts.curvature);
  const factor = splat(rate), most = splat(MOST_LOCATION_STEP), least = splat(-MOST_LOCATION_STEP);
  for (let at: usize = 0; at < model.stride; at += 16) {
    const apart = f32x4.sub(v128.load(parts.row + at), v128.load(parts.chain + at));
    const gradient = madd(v128.load(model.precision + at), apart, v128.load(slope + at));
    const root = f32x4.sqrt(v128.load(parts.curvature + at));
    const step = f32x4.pmax(least, f32x4.pmin(most, f32x4.div(gradient, root)));
    v128.store(slope + at, f32x4.mul(factor, f32x4.div(step, root)));
  }
  if (isPartial()) keepPresent(model, slope);
  add(slope, target, model.stride);
}

/** Compare the row with the chain, both deviations that lack the same values: parameters, or the sums of a batch, move. */
function compare(model: Model, rate: f64): void {
  const parts = workspace(), single = model.batchSize == 1, share = single ? rate : 1;
  respond(model, parts.chain, parts.chainResponse);
  weigh(model, parts.dataResponse, parts.dataWeight);
  weigh(model, parts.chainResponse, parts.chainWeight);
  findDirection(model, parts.row, parts.dataResponse, parts.dataDirection);
  findDirection(model, parts.chain, parts.chainResponse, parts.chainDirection);
  // All that is found from the filters is found before they move.
  const locationRate = <f32>(share * model.locationRate), exponentRate = <f32>(share * model.exponentRate);
  if (locationRate > 0) moveLocation(model, single ? model.location : model.locationSums, locationRate);
  const step = <f32>(share * shortening(model));
  scale(parts.dataWeight, model.expertBytes, -step);
  scale(parts.chainWeight, model.expertBytes, step);
  if (model.naturalGradient != 0) turnDirections(model, single ? 1 : rate / model.batchSize);
  addOuter(
    model, single ? model.filters : model.filterSums,
    parts.dataWeight, parts.dataDirection, parts.chainWeight, parts.chainDirection,
  );
  if (exponentRate > 0) moveExponents(model, single ? model.logExponents : model.exponentSums, exponentRate, single);
}

/** y += factor · x within ±most, and x = 0. */
function moveBySums(x: usize, y: usize, bytes: usize, factor: f32, least: f32, most: f32): void {
  const f = splat(factor), low = splat(least), high = splat(most);
  for (let at: usize = 0; at < bytes; at += 16) {
    const moved = madd(f, v128.load(x + at), v128.load(y + at));
    v128.store(y + at, f32x4.pmax(low, f32x4.pmin(high, moved)));
  }
  memory.fill(x, 0, bytes);
}

/** A row more has been learned; of a batch that is full the mean moves the parameters. */
function countRow(model: Model, rate: f64): void {
  model.learned += 1;
  if (model.batchSize == 1) return;
  model.pending += 1;
  if (model.pending < model.batchSize) return;
  const factor = <f32>(rate / model.pending), row = model.stride;
  moveBySums(model.filterSums, model.filters, <usize>model.rows * row, factor, -LARGEST_FILTER, LARGEST_FILTER);
  moveBySums(model.exponentSums, model.logExponents, model.expertBytes, factor, LEAST_LOG_EXPONENT, MOST_LOG_EXPONENT);
  moveBySums(model.locationSums, model.location, row, factor, -LARGEST, LARGEST);
  model.pending = 0;
}

/** The chain whose turn it is, as deviations; it goes on from where it stands now. */
function loadChain(model: Model, state: usize): void {
  const chain = workspace().chain;
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(chain + at, f32x4.sub(v128.load(state + at), v128.load(model.location + at)));
  }
}

/** Walk from the data, over the values that there are, or on from where a persistent chain has been. */
function reconstruct(model: Model): void {
  const parts = workspace(), chain = parts.chain, chains = <i32>model.persistentChains, partial = isPartial();
  if (chains == 0) {
    copy(parts.row, chain, model.stride);
    sweep(model, chain, <i32>model.cdSteps, learningRandom(model), true);
    return;
  }
  const state = model.chains + <usize>model.cursor * model.stride;
  loadChain(model, state);
  setPartial(false);
  sweep(model, chain, <i32>model.cdSteps, learningRandom(model), true);
  writeRow(model, chain, state);
  setPartial(partial);
  if (partial) keepPresent(model, chain);
  model.cursor = (model.cursor + 1) % <f64>chains;
}

function rateOf(model: Model): f64 {
  return rateAfter(model.learned, model.learningRate, model.learningRateDecay, model.learningRateFloor);
}

/** Noise for what is there of the row: an expert can then be no sharper than it, however exactly values repeat. */
function blur(model: Model): void {
  const row = workspace().row, noise = workspace().noise, vague = vagueOf(model);
  if (model.blur == 0 || vague == 0) return;
  gaussians(learningRandom(model), noise, model.width, <f32>(model.blur * Math.sqrt(vague)));
  const width = <usize>model.width << 2;
  for (let at: usize = 0; at < width; at += 4) {
    // The precision of the vague expert is that of the data, times its own.
    const deviation = load<f32>(noise + at) / Mathf.sqrt(load<f32>(model.precision + at));
    store<f32>(row + at, load<f32>(row + at) + deviation);
  }
  if (isPartial()) keepPresent(model, row);
}

/** One update from one row. False, and nothing changed, when it has an infinite value. */
export function learnRow(model: Model, row: usize): bool {
  openWorkspace(model);
  if (!readRow(model, row)) return false;
  const rate = rateOf(model);
  blur(model);
  respond(model, workspace().row, workspace().dataResponse);
  reconstruct(model);
  compare(model, rate);
  countRow(model, rate);
  return true;
}

/** One update from one row and the reconstruction of it that the caller has made, which is complete. */
export function learnPair(model: Model, row: usize, reconstruction: usize): bool {
  openWorkspace(model);
  const parts = workspace();
  if (!readTo(model, reconstruction, parts.chain, parts.present) || isPartial()) return false;
  if (!readRow(model, row)) return false;
  if (isPartial()) keepPresent(model, parts.chain);
  const rate = rateOf(model);
  respond(model, parts.row, parts.dataResponse);
  compare(model, rate);
  countRow(model, rate);
  return true;
}
