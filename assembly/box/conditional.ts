// One value given the others: log p(v_i | v_−i) = Σ_m log(1 + e^{a_m(v_i)}) + constant, where every log-odds a_m is a
// parabola of the value, c_m − ½ P_m (v_i − M_m)². Its likeliest value is sought from the tops of the parabolas.
//
// Cost for each value: D M operations, and M exponentials at some ninety places.
import { log1, madd, sigmoid4, softplus4, splat, sum1 } from '../simd';
import { activate } from './activation';
import { isUsable } from './learn';
import { Model, at, highOf, lowOf, put, rowOf } from './model';
import { excess, leaveOut, logOf1Plus } from './row';
import { data, precisionsOf, workspace } from './workspace';

/** The experts at whose centres the likeliest value is sought: those that would be Gaussians there the most. */
const CANDIDATES: i32 = 16;
/** Steps uphill from each of them, and from the best place that they lead to. */
const FIRST_CLIMBS: i32 = 3;
const CLIMBS: i32 = 12;

/** c, P and M of one expert for one value. */
function parabola(model: Model, index: i32, expert: i32): void {
  const p = <f64>at(precisionsOf(model, expert), index), mean = <f64>at(rowOf(model, model.means, expert), index);
  const logVariance = <f64>at(rowOf(model, model.logVariances, expert), index);
  const scale = <f64>at(workspace().logScales, index), height = 0.5 * (scale - logVariance);
  // `activate` was told to leave the value out, so that a is that of the others.
  let constant = <f64>at(data().activations, expert) + height, precision = p, centre = mean;
  if (model.factors) {
    // With s and t those of the others, s becomes s + λ² p: the factor says where the value is, and how exactly.
    const loading = <f64>at(rowOf(model, model.loadings, expert), index);
    const variance = <f64>at(data().factorVariances, expert), told = loading * loading * p * variance;
    constant -= 0.5 * <f64>log1(<f32>(1 + told));
    precision = p / (1 + told);
    centre += loading * <f64>at(data().factorMeans, expert);
  }
  put(workspace().constants, expert, <f32>constant);
  put(workspace().curvatures, expert, <f32>precision);
  put(workspace().centres, expert, <f32>centre);
}

/** The parabolas of a value. The padding of constants keeps experts out that there are not. */
function findParabolas(model: Model, index: i32): void {
  leaveOut(data(), index);
  activate(model, data());
  const last = model.expertBytes - 16;
  v128.store(workspace().constants + last, splat(-Infinity));
  v128.store(workspace().curvatures + last, splat(0));
  v128.store(workspace().centres + last, splat(0));
  for (let m = 0; m < model.experts; m++) parabola(model, index, m);
}

/** Σ_m log(1 + e^{a_m(x)}). */
function logDensity(model: Model, x: f32): f64 {
  const constants = workspace().constants, curvatures = workspace().curvatures, centres = workspace().centres;
  const value = splat(x), half = splat(-0.5);
  let sum: f64 = 0;
  for (let i: usize = 0; i < model.expertBytes; i += 16) {
    const y = f32x4.sub(value, v128.load(centres + i)), square = f32x4.mul(y, y);
    const a = madd(f32x4.mul(half, square), v128.load(curvatures + i), v128.load(constants + i));
    sum += <f64>sum1(softplus4(a));
  }
  return sum;
}

/** Where the parabolas that are chosen at x agree: never less likely than x (Dempster, Laird and Rubin 1977). */
function uphill(model: Model, x: f32): f32 {
  const constants = workspace().constants, curvatures = workspace().curvatures, centres = workspace().centres;
  const value = splat(x), half = splat(-0.5);
  let weight = splat(0), shift = splat(0);
  for (let i: usize = 0; i < model.expertBytes; i += 16) {
    const y = f32x4.sub(value, v128.load(centres + i)), p = v128.load(curvatures + i);
    const share = sigmoid4(madd(f32x4.mul(half, f32x4.mul(y, y)), p, v128.load(constants + i)));
    const weighed = f32x4.mul(share, p);
    weight = f32x4.add(weight, weighed);
    shift = f32x4.add(shift, f32x4.mul(weighed, y));
  }
  const total = sum1(weight);
  return total > 0 ? x - sum1(shift) / total : x;
}

// @ts-ignore: decorator
@inline function inBox(model: Model, index: i32, x: f32): f32 {
  return min(at(highOf(model), index), max(at(lowOf(model), index), x));
}

/** The likeliest value that was found; the best of two is kept in `bestDensity`. */
let bestValue: f32 = 0;
let bestDensity: f64 = 0;

function consider(model: Model, x: f32): void {
  const density = logDensity(model, x);
  if (density <= bestDensity) return;
  bestDensity = density;
  bestValue = x;
}

/** Seek the likeliest value of a place whose parabolas were found. */
function seek(model: Model, index: i32): void {
  const ranked = workspace().ranked;
  bestDensity = -Infinity;
  bestValue = 0.5 * (at(lowOf(model), index) + at(highOf(model), index));
  memory.copy(ranked, workspace().constants, model.expertBytes);
  for (let n = 0; n < min(CANDIDATES, model.experts); n++) {
    let first = 0;
    for (let m = 1; m < model.experts; m++) if (at(ranked, m) > at(ranked, first)) first = m;
    put(ranked, first, -Infinity);
    let x = inBox(model, index, at(workspace().centres, first));
    consider(model, x);
    for (let step = 0; step < FIRST_CLIMBS; step++) x = inBox(model, index, uphill(model, x));
    consider(model, x);
  }
  climb(model, index);
}

/** Go uphill from the best so far. */
function climb(model: Model, index: i32): void {
  for (let n = 0; n < CLIMBS; n++) consider(model, inBox(model, index, uphill(model, bestValue)));
}

/** `out`: the likeliest value given the others, of which those that are there are used. */
export function conditionalOf(model: Model, row: usize, index: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  findParabolas(model, index);
  seek(model, index);
  store<f32>(out, bestValue);
  return true;
}

/** `out`: D values, −log p(v_i | v_−i) / max p, NaN where the row lacks one. */
export function surprisesOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  for (let i = 0; i < model.width; i++) {
    const value = at(row, i), mask = data().mask + (<usize>i << 2);
    if (value != value) {
      put(out, i, NaN);
      continue;
    }
    findParabolas(model, i);
    const here = inBox(model, i, value), density = logDensity(model, here);
    seek(model, i);
    if (density > bestDensity) {
      bestDensity = density;
      bestValue = here;
      climb(model, i);
    }
    const beyond = <f64>model.experts * logOf1Plus(excess(model, i, value));
    put(out, i, <f32>(bestDensity - density + beyond));
    store<i32>(mask, -1);
  }
  return true;
}
