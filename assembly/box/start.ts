// Where learning starts: the box from the data or from options, and vague experts, each about half of the time a
// Gaussian for about every row (Hinton 2002, section 3: those that start vague and together find better solutions than
// those that specialised apart).
import { gaussians } from '../gaussian';
import { log } from '../log';
import { uniform1 } from '../random';
import { activate } from './activation';
import { LARGEST, Model, NARROWEST, at, highOf, learningRandom, lowOf, put, rowOf, unitOf } from './model';
import { readRow } from './row';
import { data, openWorkspace, workspace } from './workspace';

/** Walls where neither data nor options say more: ∓ this. */
const DEFAULT_WALL: f64 = 100;
/** Mean of log N + log V over the box, a value: even means and rows, the deviation that of an even spread; ½ log(6/π) − 1. */
const EVEN_ACTIVATION: f64 = -0.6764;
/** Of an even spread over a width of 1: √(1/12). */
const EVEN_DEVIATION: f64 = 0.28867513459481287;
/** The least deviation that a value is given, as a share of the width of its box. */
const LEAST_UNIT: f64 = 1e-4;

/** The walls of one value, wide enough to have numbers between them, and the unit of deviations. */
function setBox(model: Model, index: i32, low: f64, high: f64, deviation: f64): void {
  const middle = 0.5 * (low + high), least = max(NARROWEST, 1e-3 * Math.abs(middle));
  const half = 0.5 * max(high - low, least), bound = <f64>LARGEST;
  const from = <f32>max(-bound, middle - half), to = <f32>min(bound, middle + half), width = <f64>to - <f64>from;
  put(lowOf(model), index, from);
  put(highOf(model), index, to);
  put(unitOf(model), index, <f32>max(LEAST_UNIT * width, min(deviation, width)));
}

/** Is the box given by options? Both ends 0: it is found from the data. */
// @ts-ignore: decorator
@inline function isGiven(model: Model): bool {
  return model.low < model.high;
}

/** Experts over the middle of the data, `middles` (D), as vague as the data. */
function drawExperts(model: Model, middles: usize, activation: f64): void {
  const random = learningRandom(model), D = model.width, spread = Math.sqrt(3);
  const gate = <f32>(log(model.gaussianShare / (1 - model.gaussianShare)) - activation);
  store<v128>(model.gates + model.expertBytes - 16, f32x4.splat(-Infinity));
  for (let m = 0; m < model.experts; m++) {
    const means = rowOf(model, model.means, m), logVariances = rowOf(model, model.logVariances, m);
    for (let i = 0; i < D; i++) {
      const unit = <f64>at(unitOf(model), i), middle = <f64>at(middles, i);
      const low = max(<f64>at(lowOf(model), i), middle - spread * unit);
      const high = min(<f64>at(highOf(model), i), middle + spread * unit);
      put(means, i, <f32>(low + (high - low) * <f64>uniform1(random)));
      put(logVariances, i, <f32>(2 * log(unit * model.startingDeviation)));
    }
    put(model.gates, m, gate);
    if (!model.factors) continue;
    const loadings = rowOf(model, model.loadings, m);
    gaussians(random, loadings, D, <f32>model.loadingScale);
    for (let i = 0; i < D; i++) put(loadings, i, at(loadings, i) * at(unitOf(model), i));
  }
}

/** Before any data: a box that is given, or a wide one. */
export function startInDefaultBox(model: Model): void {
  openWorkspace(model);
  const given = isGiven(model), low = given ? model.low : -DEFAULT_WALL, high = given ? model.high : DEFAULT_WALL;
  const middles = workspace().state;
  for (let i = 0; i < model.width; i++) {
    setBox(model, i, low, high, EVEN_DEVIATION * (high - low));
    put(middles, i, <f32>(0.5 * (low + high)));
  }
  drawExperts(model, middles, EVEN_ACTIVATION * <f64>model.width);
  for (let c = 0; c < model.chainCount; c++) {
    memory.copy(rowOf(model, model.chains, c), middles, <usize>model.width << 2);
  }
}

/** Find the box of one value, and the middle of what it has been. */
function measure(model: Model, rows: usize, count: i32, index: i32): void {
  const bytes = <usize>model.width << 2, first = rows + (<usize>index << 2), bound = <f64>LARGEST;
  let least = Infinity, most = -Infinity, sum: f64 = 0, n: f64 = 0;
  for (let row = 0; row < count; row++) {
    const x = max(-bound, min(bound, <f64>load<f32>(first + <usize>row * bytes)));
    if (x != x) continue;
    least = min(least, x);
    most = max(most, x);
    sum += x;
    n += 1;
  }
  if (n == 0) return;
  const mean = sum / n;
  let squares: f64 = 0;
  for (let row = 0; row < count; row++) {
    const x = max(-bound, min(bound, <f64>load<f32>(first + <usize>row * bytes)));
    if (x == x) squares += (x - mean) * (x - mean);
  }
  const given = isGiven(model), reach = most - least;
  // A value that has not varied may by as much as one row in n + 1 would have it.
  const edge = reach > 0 ? model.margin * reach : max(1, Math.abs(mean)) / Math.sqrt(n + 1);
  const low = given ? model.low : least - edge, high = given ? model.high : most + edge;
  const varies = reach > 0 ? Math.sqrt(squares / n) : EVEN_DEVIATION * (high - low);
  setBox(model, index, low, high, varies);
  put(workspace().state, index, <f32>mean);
}

/**
 * η_m = logit(share) − mean of log N_m + log V over the rows. In many dimensions log N + log V is far from 0 for a vague
 * Gaussian, −64 for 100 pixels, so that all experts would choose the uniform distribution and learn nothing.
 */
function centreGates(model: Model, rows: usize, count: i32): void {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  const sums = workspace().constants;
  memory.fill(sums, 0, model.expertBytes);
  for (let m = 0; m < model.experts; m++) put(model.gates, m, 0);
  for (let n = 0; n < count; n++) {
    readRow(model, rows + <usize>n * bytes, data());
    activate(model, data());
    for (let m = 0; m < model.experts; m++) put(sums, m, at(sums, m) + at(data().activations, m) / <f32>count);
  }
  const start = <f32>log(model.gaussianShare / (1 - model.gaussianShare));
  for (let m = 0; m < model.experts; m++) put(model.gates, m, start - at(sums, m));
}

/** Start from the data: box, experts, gates and chains. The rows read before one was refused, which changes nothing. */
export function initialiseFrom(model: Model, rows: usize, count: i32): i32 {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let n = 0; n < count; n++) if (!readRow(model, rows + <usize>n * bytes, data())) return n;
  if (count == 0) return 0;
  const middles = workspace().state;
  for (let i = 0; i < model.width; i++) {
    put(middles, i, 0.5 * (at(lowOf(model), i) + at(highOf(model), i)));
    measure(model, rows, count, i);
  }
  drawExperts(model, middles, 0);
  centreGates(model, rows, count);
  for (let c = 0; c < model.chainCount; c++) startChain(model, c, rows + <usize>(c % count) * bytes);
  model.initial = <f64>count;
  return count;
}

/** A chain at a row, in the middle of the box where the row has gaps. */
function startChain(model: Model, chain: i32, row: usize): void {
  const state = rowOf(model, model.chains, chain), seen = data();
  readRow(model, row, seen);
  for (let i = 0; i < model.width; i++) {
    const middle: f32 = 0.5 * (at(lowOf(model), i) + at(highOf(model), i));
    put(state, i, load<i32>(seen.mask + (<usize>i << 2)) ? at(seen.values, i) : middle);
  }
}
