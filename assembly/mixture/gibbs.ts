// Gibbs sampling: a component of every expert given the values, and values given the components, which are normal with
// precisions and precisions × means that add up.
import { gaussians } from '../gaussian';
import { madd } from '../simd';
import { drawAllAgain } from './collapsed';
import { findPosterior } from './density';
import { drawComponent } from './draw';
import { Model, at, lineOf } from './model';
import { within } from './row';
import { workspace } from './workspace';

/** Add ρ² and ρ² μ of a component to `precision` and `linear`. */
export function addComponent(model: Model, line: usize): void {
  const precision = workspace().precision, linear = workspace().linear;
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const root = v128.load(model.roots + line + i), own = f32x4.mul(root, root);
    v128.store(precision + i, f32x4.add(v128.load(precision + i), own));
    v128.store(linear + i, madd(own, v128.load(model.means + line + i), v128.load(linear + i)));
  }
}

export function clearNatural(model: Model): void {
  memory.fill(workspace().precision, 0, model.rowBytes);
  memory.fill(workspace().linear, 0, model.rowBytes);
}

/**
 * Precision and precision × mean of p(v | k) for components drawn from `probabilities` (M, K), and, with `again`, then given
 * each other.
 */
export function drawNatural(model: Model, probabilities: usize, again: bool, random: usize): void {
  const chosen = workspace().chosen;
  for (let m = 0; m < model.experts; m++) {
    store<i32>(at(chosen, m), drawComponent(model, probabilities + <usize>m * model.setBytes, random));
  }
  if (again) drawAllAgain(model, random);
  clearNatural(model);
  for (let m = 0; m < model.experts; m++) addComponent(model, lineOf(model, m, load<i32>(at(chosen, m))));
}

/** Draw v from p(v | k). */
export function drawValues(model: Model, values: usize, random: usize): void {
  const precision = workspace().precision, linear = workspace().linear, noise = workspace().noise;
  gaussians(random, noise, model.width, 1);
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const own = v128.load(precision + i), mean = f32x4.div(v128.load(linear + i), own);
    v128.store(values + i, within(f32x4.add(mean, f32x4.div(v128.load(noise + i), f32x4.sqrt(own)))));
  }
  // The padding is 0, which is where the means of the padding are.
  const width = <usize>model.width << 2;
  memory.fill(values + width, 0, model.rowBytes - width);
}

/** `sweeps` sweeps from values whose posterior is known, all of which are there after the first. */
export function sweep(model: Model, values: usize, posterior: usize, sweeps: i32, again: bool, random: usize): void {
  for (let n = 0; n < sweeps; n++) {
    drawNatural(model, posterior, again, random);
    drawValues(model, values, random);
    if (n < sweeps - 1) findPosterior(model, values, posterior);
  }
}
