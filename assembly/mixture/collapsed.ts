// Components given those of the other experts, the values integrated out: with P and c the precision and the mean of what the
// others say together, an expert's component has the probability
//
//   p(k_m | k_−m) ∝ α_mk Π_i N(μ_mki; c_i, 1/ρ_mki² + 1/P_i)
//
// Chains that only draw components given values stay in their mode where modes are apart, and the weights of modes are never
// learned; these draws go from mode to mode (collapsed Gibbs sampling, Liu 1994), and keep p(k) as it is.
import { log4, splat, sum1 } from '../simd';
import { softmax } from '../logsum';
import { drawComponent } from './draw';
import { FARTHEST, Model, at, lineOf } from './model';
import { workspace } from './workspace';

// @ts-ignore: decorator
@inline function chosenOf(expert: i32): i32 {
  return load<i32>(at(workspace().chosen, expert));
}

/** Add `sign` times ρ² and ρ² μ of a component to the totals, in float64: what is added can be taken away again. */
function addTo(model: Model, line: usize, sign: f64): void {
  const precision = workspace().totalPrecision, linear = workspace().totalLinear;
  for (let i = 0; i < model.width; i++) {
    const root = <f64>load<f32>(at(model.roots + line, i)), own = sign * root * root, place = <usize>i << 3;
    store<f64>(precision + place, load<f64>(precision + place) + own);
    store<f64>(linear + place, load<f64>(linear + place) + own * <f64>load<f32>(at(model.means + line, i)));
  }
}

/** P and c of the totals, f32. */
function findRest(model: Model): void {
  const precision = workspace().totalPrecision, linear = workspace().totalLinear;
  for (let i = 0; i < model.width; i++) {
    const own = load<f64>(precision + (<usize>i << 3));
    store<f32>(at(workspace().restPrecision, i), <f32>own);
    store<f32>(at(workspace().restMean, i), <f32>(load<f64>(linear + (<usize>i << 3)) / own));
  }
  // The padding of components has roots of 1 and means of 0.
  for (let i = model.width; i < <i32>(model.rowBytes >> 2); i++) {
    store<f32>(at(workspace().restPrecision, i), 1);
    store<f32>(at(workspace().restMean, i), 0);
  }
}

/** Σ_i log N(μ; c, 1/ρ² + 1/P) of a component, up to a constant. */
function logOverlap(model: Model, line: usize): f32 {
  const rest = workspace().restPrecision, centre = workspace().restMean;
  const far = splat(FARTHEST * FARTHEST);
  let sum = splat(0);
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const root = v128.load(model.roots + line + i), own = f32x4.mul(root, root), others = v128.load(rest + i);
    const both = f32x4.div(f32x4.mul(own, others), f32x4.add(own, others));
    const away = f32x4.sub(v128.load(model.means + line + i), v128.load(centre + i));
    const square = f32x4.pmin(far, f32x4.mul(f32x4.mul(away, both), away));
    sum = f32x4.add(sum, f32x4.sub(log4(both), square));
  }
  return <f32>0.5 * sum1(sum);
}

/** Draw the component of an expert given those of the others. */
function drawAgain(model: Model, expert: i32, random: usize): void {
  const terms = workspace().terms, logits = model.logits + <usize>expert * model.setBytes;
  addTo(model, lineOf(model, expert, chosenOf(expert)), -1);
  findRest(model);
  for (let k = 0; k < model.components; k++) {
    store<f32>(at(terms, k), load<f32>(at(logits, k)) + logOverlap(model, lineOf(model, expert, k)));
  }
  softmax(terms, model.components);
  const k = drawComponent(model, terms, random);
  store<i32>(at(workspace().chosen, expert), k);
  addTo(model, lineOf(model, expert, k), 1);
}

/** One expert has no others: its weights. */
function drawAlone(model: Model, random: usize): void {
  const terms = workspace().terms;
  memory.copy(terms, model.logits, model.setBytes);
  softmax(terms, model.components);
  store<i32>(workspace().chosen, drawComponent(model, terms, random));
}

/** Draw the components of all experts again, one after the other. */
export function drawAllAgain(model: Model, random: usize): void {
  if (model.experts == 1) {
    drawAlone(model, random);
    return;
  }
  memory.fill(workspace().totalPrecision, 0, <usize>model.width << 3);
  memory.fill(workspace().totalLinear, 0, <usize>model.width << 3);
  for (let m = 0; m < model.experts; m++) addTo(model, lineOf(model, m, chosenOf(m)), 1);
  for (let m = 0; m < model.experts; m++) drawAgain(model, m, random);
}
