// One sweep: every expert chooses its Gaussian or not, and the product of those that did is drawn from, within the box
// (Hinton 2002, section 4). Precisions add up; the uniform distribution adds nothing.
import { gaussians } from '../gaussian';
import { uniform1, uniforms } from '../random';
import { madd, splat } from '../simd';
import { activate } from './activation';
import { Model, at, highOf, lowOf, put, rowOf } from './model';
import { truncatedNormal } from './truncated';
import { Seen, precisionsOf, workspace } from './workspace';

/** Add `weight` times an expert's Gaussian, given its factor, to what the values are drawn from. */
export function addExpert(model: Model, expert: i32, weight: f32, factor: f32): void {
  const precision = workspace().precision, linear = workspace().linear, low = lowOf(model), bytes = model.rowBytes;
  const own = precisionsOf(model, expert), means = rowOf(model, model.means, expert), w = splat(weight);
  const loadings = model.factors ? rowOf(model, model.loadings, expert) : 0, z = splat(factor);
  for (let i: usize = 0; i < bytes; i += 16) {
    // Means are taken from the wall: where values are large and vary little, sums of products would lose the difference.
    let mean = f32x4.sub(v128.load(means + i), v128.load(low + i));
    if (loadings) mean = madd(z, v128.load(loadings + i), mean);
    const p = f32x4.mul(w, v128.load(own + i));
    v128.store(precision + i, f32x4.add(v128.load(precision + i), p));
    v128.store(linear + i, madd(p, mean, v128.load(linear + i)));
  }
}

/** Nothing has been added yet. */
export function clearDrive(model: Model): void {
  memory.fill(workspace().precision, 0, model.rowBytes);
  memory.fill(workspace().linear, 0, model.rowBytes);
}

/** Let the experts choose, given what they make of a row, and add up those that chose their Gaussians; their number. */
export function chooseExperts(model: Model, seen: Seen, random: usize, temperature: f32 = 1): i32 {
  const drawn = workspace().drawn;
  let chosen = 0;
  clearDrive(model);
  uniforms(random, drawn, model.expertBytes);
  for (let m = 0; m < model.experts; m++) {
    if (at(drawn, m) >= at(seen.shares, m)) continue;
    chosen++;
    let factor: f32 = 0;
    if (model.factors) {
      gaussians(random, workspace().noise, 1, Mathf.sqrt(temperature * at(seen.factorVariances, m)));
      factor = at(seen.factorMeans, m) + load<f32>(workspace().noise);
    }
    addExpert(model, m, 1, factor);
  }
  return chosen;
}

/** Everything is equally likely. */
export function drawEvenly(model: Model, out: usize, random: usize): void {
  const low = lowOf(model), high = highOf(model);
  for (let i = 0; i < model.width; i++) {
    const from = at(low, i), to = at(high, i);
    put(out, i, min(to, from + (to - from) * uniform1(random)));
  }
}

/** `out`, D values: a draw from the product of the Gaussians that were chosen, within the box. */
export function drawValues(model: Model, chosen: i32, out: usize, random: usize, temperature: f32 = 1): void {
  if (chosen == 0) {
    drawEvenly(model, out, random);
    return;
  }
  const low = lowOf(model), high = highOf(model), noise = workspace().noise;
  const precision = workspace().precision, linear = workspace().linear;
  gaussians(random, noise, model.width, 1);
  for (let i = 0; i < model.width; i++) {
    const p = <f64>at(precision, i), mean = <f64>at(low, i) + <f64>at(linear, i) / p;
    const deviation = Math.sqrt(<f64>temperature / p);
    const drawn = <f32>(mean + deviation * <f64>at(noise, i));
    // Drawing again from what is within the walls leaves exactly the distribution that is cut off there.
    const within = drawn >= at(low, i) && drawn <= at(high, i);
    put(out, i, within ? drawn : truncatedNormal(random, mean, deviation, at(low, i), at(high, i)));
  }
}

/** Move `seen`, whose experts are activated, by one sweep. Its gaps stay gaps. */
export function sweep(model: Model, seen: Seen, random: usize): void {
  drawValues(model, chooseExperts(model, seen, random), seen.values, random);
  activate(model, seen);
}
