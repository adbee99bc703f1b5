// One field given the others: p(v_i | v_−i) ∝ Π_m Σ_k w_mk N(v_i; μ_mki, 1/ρ_mki²) with w_mk what the other fields leave of
// r_mk, and its likeliest value. From any value the step v ← Σ r ρ² μ / Σ r ρ² climbs (expectation and maximisation).
import { log4, madd, splat, sum1 } from '../simd';
import { logSumExp, softmax } from '../logsum';
import { FARTHEST, Model, at } from './model';
import { deviations } from './density';
import { workspace } from './workspace';

/** Most steps of a climb, and the step at which it ends, in deviations: what is left is 1e-7 nats. */
const STEPS: i32 = 24;
const LEAST_STEP: f64 = 3e-4;

/** Did the last step hardly move? */
let arrived: bool = false;

/** Collect what field i of all components needs; `shares` and `sums` are those of the row. */
export function gatherField(model: Model, field: i32): void {
  const parts = workspace();
  for (let m = 0; m < model.experts; m++) {
    const set = <usize>m * model.setBytes;
    let most: f64 = -Infinity;
    for (let k = 0; k < model.components; k++) most = max(most, restOf(model, m, k, field));
    for (let k = 0; k < model.components; k++) {
      const c = m * model.components + k, line = <usize>c * model.rowBytes;
      store<f32>(at(parts.weights + set, k), <f32>(restOf(model, m, k, field) - most));
      store<f32>(at(parts.places + set, k), load<f32>(at(model.means + line, field)));
      store<f32>(at(parts.widths + set, k), load<f32>(at(model.roots + line, field)));
    }
    foldRoots(model, set);
  }
}

/** a_mk + log N over all fields but one, in float64, where a huge share can be taken out again. */
// @ts-ignore: decorator
@inline function restOf(model: Model, expert: i32, component: i32, field: i32): f64 {
  const parts = workspace(), c = expert * model.components + component;
  const logit = <f64>load<f32>(at(model.logits + <usize>expert * model.setBytes, component));
  return logit + load<f64>(parts.sums + (<usize>c << 3)) - <f64>load<f32>(at(parts.shares + <usize>c * model.rowBytes, field));
}

/** Add log ρ to the weights; what fills up the last vector never counts. */
function foldRoots(model: Model, set: usize): void {
  const parts = workspace(), used = <usize>model.components << 2;
  for (let k = used; k < model.setBytes; k += 4) {
    store<f32>(parts.weights + set + k, 0);
    store<f32>(parts.places + set + k, 0);
    store<f32>(parts.widths + set + k, 1);
  }
  for (let k: usize = 0; k < model.setBytes; k += 16) {
    const weights = parts.weights + set + k;
    v128.store(weights, f32x4.add(v128.load(weights), log4(v128.load(parts.widths + set + k))));
  }
}

/** log(w ρ) − ½ z² of the components of one expert at `value`, into `terms`. */
// @ts-ignore: decorator
@inline function termsAt(model: Model, set: usize, value: v128): void {
  const parts = workspace(), far = splat(FARTHEST), near = splat(-FARTHEST), half = splat(-0.5);
  for (let k: usize = 0; k < model.setBytes; k += 16) {
    const z = deviations(value, v128.load(parts.places + set + k), v128.load(parts.widths + set + k), far, near);
    v128.store(parts.terms + k, madd(half, f32x4.mul(z, z), v128.load(parts.weights + set + k)));
  }
}

/** log p of a value of the field that was gathered, up to a constant. */
export function logAt(model: Model, value: f32): f64 {
  const x = splat(value);
  let sum: f64 = 0;
  for (let m = 0; m < model.experts; m++) {
    termsAt(model, <usize>m * model.setBytes, x);
    sum += <f64>logSumExp(workspace().terms, model.components);
  }
  return sum;
}

/** One step of the climb. */
function climb(model: Model, value: f32): f32 {
  const parts = workspace(), x = splat(value);
  let precision: f64 = 0, moved: f64 = 0;
  for (let m = 0; m < model.experts; m++) {
    const set = <usize>m * model.setBytes;
    termsAt(model, set, x);
    softmax(parts.terms, model.components);
    let weights = splat(0), pulls = splat(0);
    for (let k: usize = 0; k < model.setBytes; k += 16) {
      const inside = i32x4.lt_s(i32x4.add(i32x4.splat(<i32>(k >> 2)), i32x4(0, 1, 2, 3)), i32x4.splat(model.components));
      const root = v128.load(parts.widths + set + k);
      const own = v128.and(inside, f32x4.mul(v128.load(parts.terms + k), f32x4.mul(root, root)));
      weights = f32x4.add(weights, own);
      pulls = madd(own, f32x4.sub(v128.load(parts.places + set + k), x), pulls);
    }
    precision += <f64>sum1(weights);
    moved += <f64>sum1(pulls);
  }
  arrived = moved * moved < LEAST_STEP * LEAST_STEP * precision;
  return <f32>(<f64>value + moved / precision);
}

function climbFrom(model: Model, start: f32): f32 {
  let value = start;
  arrived = false;
  for (let n = 0; n < STEPS && !arrived; n++) value = climb(model, value);
  return value;
}

/** The best of the means of all components: where the climb to the likeliest value begins. */
function bestMean(model: Model): f32 {
  let best: f32 = 0, most: f64 = -Infinity;
  for (let m = 0; m < model.experts; m++) {
    for (let k = 0; k < model.components; k++) {
      const mean = load<f32>(at(workspace().places + <usize>m * model.setBytes, k)), log = logAt(model, mean);
      if (log <= most) continue;
      most = log;
      best = mean;
    }
  }
  return best;
}

/** The likeliest value of the field that was gathered, `given` being tried as a start unless it is NaN. */
export function likeliest(model: Model, given: f32): f32 {
  const found = climbFrom(model, bestMean(model));
  if (given != given) return found;
  const other = climbFrom(model, given);
  return logAt(model, other) > logAt(model, found) ? other : found;
}
