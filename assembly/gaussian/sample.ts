// Independent draws. With e_i, e_h ~ N(0, 1) the least of ½ Σ t² (v − b − e_i/t)² + ½ |A (v − μ) + e|² over v is a draw from
// the product exactly: its mean is that of the product and its covariance Λ⁻¹ Λ Λ⁻¹ (Papandreou and Yuille 2010).
import { gaussians } from '../gaussian';
import { Model, at, samplingRandom } from './model';
import { complete, factorise } from './marginal';
import { findResidual, loadRow } from './row';
import { storeRow, sweep } from './sweep';
import { openWorkspace, workspace } from './workspace';

/** `out`: count × D values in f32. */
export function drawExactly(model: Model, random: usize, count: i32, out: usize): void {
  const values = workspace().values, residual = workspace().residual, noise = workspace().noise;
  memory.fill(workspace().gaps, 1, <usize>model.width);
  if (count > 0) factorise(model);
  for (let n = 0; n < count; n++) {
    gaussians(random, noise, model.width, 1);
    for (let i = 0; i < model.width; i++) {
      const away = <f64>load<f32>(noise + (<usize>i << 2)) / load<f64>(at(model.baseRoots, i));
      store<f64>(at(values, i), load<f64>(at(model.baseMeans, i)) + away);
    }
    findResidual(model, values, residual);
    gaussians(random, noise, model.height, 1);
    for (let h = 0; h < model.height; h++) {
      store<f64>(at(residual, h), load<f64>(at(residual, h)) + <f64>load<f32>(noise + (<usize>h << 2)));
    }
    complete(model, values, residual);
    storeRow(model, values, out + ((<usize>n * <usize>model.width) << 2));
  }
}

/** `out`: count × D values. They are draws from the product at once: no sweep is needed. */
export function sampleInto(model: Model, count: i32, out: usize): void {
  openWorkspace(model);
  drawExactly(model, samplingRandom(model), count, out);
}

/** `sweeps` steps of the transition that learning uses, in place; false when a value is not finite. */
export function walkStates(model: Model, states: usize, count: i32, sweeps: i32, random: usize): bool {
  openWorkspace(model);
  const values = workspace().values, residual = workspace().residual, bytes = <usize>model.width << 2;
  for (let n = 0; n < count; n++) if (!loadRow(model, states + <usize>n * bytes, values)) return false;
  if (model.cdSteps == 0) {
    // There are no latent variables: given them, everything is drawn anew.
    if (sweeps > 0) drawExactly(model, random, count, states);
    return true;
  }
  for (let n = 0; n < count; n++) {
    const state = states + <usize>n * bytes;
    loadRow(model, state, values);
    findResidual(model, values, residual);
    sweep(model, values, residual, sweeps, random);
    storeRow(model, values, state);
  }
  return true;
}
