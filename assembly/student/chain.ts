// The transition that learning and sampling use: a sweep of Gibbs sampling, or a Hamiltonian proposal in wide layers.
import { adaptedStep, moveBy } from '../hamiltonian';
import { madd, splat } from '../simd';
import { energyAndGradient } from './energy';
import { gibbsSweep } from './gibbs';
import { LARGEST, Model } from './model';
import { keepPresent, readTo, writeRow } from './row';
import { isPartial, openWorkspace, workspace } from './workspace';

/** What K_i counts as at least. */
const LEAST_CURVATURE: f32 = 1e-30;

/** K_i = ε_i + Σ_j a_j J_ji²: no curvature of F along value i is larger. */
export function findCurvature(model: Model, out: usize): void {
  const stride = model.stride, least = splat(LEAST_CURVATURE);
  let filter = model.filters, a = workspace().exponents;
  for (let at: usize = 0; at < stride; at += 16) v128.store(out + at, v128.load(model.precision + at));
  for (const end = a + model.expertBytes; a < end; a += 4) {
    const exponent = v128.load32_splat(a);
    for (let at: usize = 0; at < stride; at += 16) {
      const element = v128.load(filter + at);
      v128.store(out + at, madd(f32x4.mul(exponent, element), element, v128.load(out + at)));
    }
    filter += stride;
  }
  for (let at: usize = 0; at < stride; at += 16) v128.store(out + at, f32x4.pmax(least, v128.load(out + at)));
}

/** 1 / √K_i for the values that the row has, 0 for the others and for padding. */
function findWidths(model: Model): void {
  const widths = workspace().widths, curvature = workspace().curvature, one = splat(1);
  findCurvature(model, curvature);
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(widths + at, f32x4.div(one, f32x4.sqrt(v128.load(curvature + at))));
  }
  const bytes = <usize>model.width << 2;
  memory.fill(widths + bytes, 0, model.stride - bytes);
  if (isPartial()) keepPresent(model, widths);
}

function limit(model: Model, x: usize): void {
  const most = splat(LARGEST), least = splat(-LARGEST);
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(x + at, f32x4.pmax(least, f32x4.pmin(most, v128.load(x + at))));
  }
}

/** x: `sweeps` sweeps in place. What the row lacks stays 0. While learning, `adapts`, steps follow what is accepted. */
export function sweep(model: Model, x: usize, sweeps: i32, random: usize, adapts: bool): void {
  if (!model.hamiltonian) {
    for (let n = 0; n < sweeps; n++) gibbsSweep(model, x, random);
    return;
  }
  const widths = workspace().widths, work = workspace().hamiltonian, leapfrogs = <i32>model.leapfrogSteps;
  findWidths(model);
  for (let n = 0; n < sweeps; n++) {
    const accepted = moveBy(
      energyAndGradient, changetype<usize>(model), x, widths, model.stride, leapfrogs, model.step, random, work,
    );
    if (adapts) model.step = adaptedStep(model.step, accepted);
  }
  limit(model, x);
}

/** Move `count` complete rows of the caller's in place; how many there were before one could not be used. */
export function walkRows(model: Model, states: usize, count: i32, sweeps: i32, random: usize): i32 {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let n = 0; n < count; n++) {
    const state = states + <usize>n * bytes;
    if (!readTo(model, state, workspace().chain, workspace().present) || isPartial()) return n;
    sweep(model, workspace().chain, sweeps, random, false);
    writeRow(model, workspace().chain, state);
  }
  return count;
}

/** `out`: `count` rows after `sweeps` sweeps from the location. */
export function sampleInto(model: Model, count: i32, sweeps: i32, random: usize, out: usize): void {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let n = 0; n < count; n++) {
    memory.fill(workspace().chain, 0, model.stride);
    sweep(model, workspace().chain, sweeps, random, false);
    writeRow(model, workspace().chain, out + <usize>n * bytes);
  }
}
