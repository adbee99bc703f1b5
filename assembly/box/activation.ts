// What the experts make of a row: a_m = η_m + log N_m(v) + log V, the log-odds of the Gaussian against the uniform
// distribution. Values that are missing are left out of N and of V alike.
//
// Cost: 4 operations a value and expert, 8 with a factor.
import { log1, madd, sigmoid4, splat, sum1 } from '../simd';
import { Model, at, put, rowOf } from './model';
import { Seen, precisionsOf, workspace } from './workspace';

/** Bytes of a row after which sums go on in float64. */
const BLOCK: usize = 256;

/** Σ over the values that are there. */
function sumThere(values: usize, mask: usize, bytes: usize): f64 {
  let total: f64 = 0;
  for (let from: usize = 0; from < bytes; from += BLOCK) {
    const end = min(from + BLOCK, bytes);
    let sum = splat(0);
    for (let i = from; i < end; i += 16) sum = f32x4.add(sum, v128.and(v128.load(values + i), v128.load(mask + i)));
    total += <f64>sum1(sum);
  }
  return total;
}

/** Σ_i ξ_i + (v_i − μ_i)² / σ_i² of one expert. */
function squares(model: Model, expert: i32, seen: Seen): f64 {
  const values = seen.values, mask = seen.mask, bytes = model.rowBytes, precisions = precisionsOf(model, expert);
  const means = rowOf(model, model.means, expert), logVariances = rowOf(model, model.logVariances, expert);
  let total: f64 = 0;
  for (let from: usize = 0; from < bytes; from += BLOCK) {
    const end = min(from + BLOCK, bytes);
    let sum = splat(0);
    for (let i = from; i < end; i += 16) {
      const y = f32x4.sub(v128.load(values + i), v128.load(means + i));
      const term = madd(f32x4.mul(y, y), v128.load(precisions + i), v128.load(logVariances + i));
      sum = f32x4.add(sum, v128.and(term, v128.load(mask + i)));
    }
    total += <f64>sum1(sum);
  }
  return total;
}

/** What the factor adds to the log-odds, ½ (t² / s − log s), with its posterior beside it. */
function factorTerm(model: Model, expert: i32, seen: Seen): f64 {
  const values = seen.values, mask = seen.mask, bytes = model.rowBytes, precisions = precisionsOf(model, expert);
  const means = rowOf(model, model.means, expert), loadings = rowOf(model, model.loadings, expert);
  let s: f64 = 1, t: f64 = 0;
  for (let from: usize = 0; from < bytes; from += BLOCK) {
    const end = min(from + BLOCK, bytes);
    let own = splat(0), shared = splat(0);
    for (let i = from; i < end; i += 16) {
      const loading = v128.load(loadings + i), weighed = f32x4.mul(loading, v128.load(precisions + i));
      const present = v128.and(weighed, v128.load(mask + i));
      own = madd(loading, present, own);
      shared = madd(f32x4.sub(v128.load(values + i), v128.load(means + i)), present, shared);
    }
    s += <f64>sum1(own);
    t += <f64>sum1(shared);
  }
  put(seen.factorMeans, expert, <f32>(t / s));
  put(seen.factorVariances, expert, <f32>(1 / s));
  return 0.5 * (t * t / s - <f64>log1(<f32>s));
}

/** a_m and r_m = σ(a_m / temperature) of every expert for the row in `seen`. */
export function activate(model: Model, seen: Seen, temperature: f32 = 1): void {
  const scale = sumThere(workspace().logScales, seen.mask, model.rowBytes);
  const activations = seen.activations, shares = seen.shares, last = model.expertBytes;
  // The padding is an expert that never is a Gaussian.
  v128.store(activations + last - 16, splat(-Infinity));
  for (let m = 0; m < model.experts; m++) {
    let a = <f64>at(model.gates, m) + 0.5 * (scale - squares(model, m, seen));
    if (model.factors) a += factorTerm(model, m, seen);
    put(activations, m, <f32>a);
  }
  const inverse = splat(1 / temperature);
  for (let i: usize = 0; i < last; i += 16) {
    v128.store(shares + i, sigmoid4(f32x4.mul(inverse, v128.load(activations + i))));
  }
}
