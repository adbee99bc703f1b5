// log N of every component, and which of them are responsible for a row.
import { log4, madd, ones, splat, sum1 } from '../simd';
import { logSumExp, softmax } from '../logsum';
import { FARTHEST, Model, at, lineOf } from './model';
import { workspace } from './workspace';

/** ½ log 2π. */
const HALF_LOG_2_PI: f64 = 0.9189385332046727;
/** As many roots are multiplied before a logarithm is taken of them: each is below 1e9. */
const FACTORS: usize = 64;

/** ρ (v − μ) within ±FARTHEST, four fields. */
// @ts-ignore: decorator
@inline export function deviations(values: v128, means: v128, roots: v128, far: v128, near: v128): v128 {
  return f32x4.pmax(near, f32x4.pmin(far, f32x4.mul(roots, f32x4.sub(values, means))));
}

/** Σ log ρ − ½ z² over the fields that are there, for one component. */
// @ts-ignore: decorator
@inline function logDensity(model: Model, line: usize, values: usize): f32 {
  const means = model.means + line, roots = model.roots + line, there = workspace().there, bytes = model.rowBytes;
  const one = ones(), far = splat(FARTHEST), near = splat(-FARTHEST);
  let squares = splat(0), logs = splat(0), i: usize = 0;
  while (i < bytes) {
    const stop = min(i + FACTORS, bytes);
    let product = one;
    for (; i < stop; i += 16) {
      const known = v128.load(there + i), root = v128.load(roots + i);
      const z = v128.and(known, deviations(v128.load(values + i), v128.load(means + i), root, far, near));
      squares = madd(z, z, squares);
      product = f32x4.mul(product, v128.bitselect(root, one, known));
    }
    logs = f32x4.add(logs, log4(product));
  }
  return sum1(logs) - <f32>0.5 * sum1(squares);
}

/** a_mk + log N of the components of an expert; K numbers at `out`. */
function findTerms(model: Model, expert: i32, values: usize, out: usize): void {
  const logits = model.logits + <usize>expert * model.setBytes;
  for (let k = 0; k < model.components; k++) {
    store<f32>(at(out, k), load<f32>(at(logits, k)) + logDensity(model, lineOf(model, expert, k), values));
  }
}

/** r_mk of all experts: which component each would have drawn the values from (M, K). */
export function findPosterior(model: Model, values: usize, posterior: usize): void {
  for (let m = 0; m < model.experts; m++) {
    const own = posterior + <usize>m * model.setBytes;
    findTerms(model, m, values, own);
    softmax(own, model.components);
  }
}

/** How many fields the row has. */
function countThere(model: Model): i32 {
  let count = 0;
  for (let i = 0; i < model.width; i++) count += i32(load<i32>(at(workspace().there, i)) != 0);
  return count;
}

/** −Σ_m log g_m of what is there of the values. */
export function energyOf(model: Model, values: usize): f64 {
  const terms = workspace().terms;
  let sum: f64 = 0;
  for (let m = 0; m < model.experts; m++) {
    findTerms(model, m, values, terms);
    const normaliser = logSumExp(model.logits + <usize>m * model.setBytes, model.components);
    sum += <f64>logSumExp(terms, model.components) - <f64>normaliser;
  }
  return HALF_LOG_2_PI * <f64>(countThere(model) * model.experts) - sum;
}

/** log ρ − ½ z² of every field and component into `shares`, 0 of what is missing, and their sums in float64 into `sums`. */
export function findShares(model: Model, values: usize): void {
  const shares = workspace().shares, sums = workspace().sums, there = workspace().there, bytes = model.rowBytes;
  const one = ones(), far = splat(FARTHEST), near = splat(-FARTHEST), half = splat(0.5);
  for (let c = 0; c < model.experts * model.components; c++) {
    const line = <usize>c * bytes;
    let sum: f64 = 0;
    for (let i: usize = 0; i < bytes; i += 16) {
      const known = v128.load(there + i), root = v128.load(model.roots + line + i);
      const z = deviations(v128.load(values + i), v128.load(model.means + line + i), root, far, near);
      const log = log4(v128.bitselect(root, one, known)), square = f32x4.mul(half, f32x4.mul(z, z));
      const share = v128.and(known, f32x4.sub(log, square));
      v128.store(shares + line + i, share);
      sum += <f64>f32x4.extract_lane(share, 0) + <f64>f32x4.extract_lane(share, 1);
      sum += <f64>f32x4.extract_lane(share, 2) + <f64>f32x4.extract_lane(share, 3);
    }
    store<f64>(sums + (<usize>c << 3), sum);
  }
}
