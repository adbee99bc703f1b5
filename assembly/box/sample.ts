// Samples by Gibbs sampling that begins hot: log-odds and precisions are divided by a temperature that falls to 1, so that
// chains find the modes that single sweeps could not reach any more.
import { splat } from '../simd';
import { activate } from './activation';
import { chooseExperts, drawValues } from './gibbs';
import { Model, samplingRandom } from './model';
import { showAll } from './row';
import { Seen, data, openWorkspace } from './workspace';

/**
 * The first temperature, of two values. A draw from a Gaussian at temperature T is ½ D T nats below its top: where values
 * are many, heat would lead all experts to choose the uniform distribution, which single sweeps do not leave.
 */
const HOTTEST: f32 = 20;
const COOLING: f32 = 0.75;
/** The first sweep at a temperature of 1: 20 × 0.75^t ≤ 1. Few sweeps begin less hot. */
const COOL: i32 = 11;

/** Times that a choice of no expert is made again, at the start of a chain. */
const FIRST_CHOICES: i32 = 16;

/** What experts choose at an infinite temperature: everything is as likely, whatever the row. */
function forget(model: Model, seen: Seen): void {
  for (let i: usize = 0; i < model.expertBytes; i += 16) {
    v128.store(seen.shares + i, splat(0.5));
    v128.store(seen.factorMeans + i, splat(0));
    v128.store(seen.factorVariances + i, splat(1));
  }
}

/** `out`: `count` × D values after `sweeps` sweeps from draws of the product of half of the experts. */
export function sampleInto(model: Model, count: i32, sweeps: i32, out: usize): void {
  const random = samplingRandom(model), bytes = <usize>model.width << 2;
  openWorkspace(model);
  const seen = data();
  showAll(model, seen);
  const fewness = min<f32>(1, <f32>2 / <f32>model.width);
  let first: f32 = 1 + (HOTTEST - 1) * fewness * fewness;
  for (let t = sweeps; t <= COOL; t++) first *= COOLING;
  for (let n = 0; n < count; n++) {
    let heat = max<f32>(1, first);
    forget(model, seen);
    let chosen = 0;
    // None at all is where chains of many values would stay.
    for (let time = 0; time < FIRST_CHOICES && chosen == 0; time++) chosen = chooseExperts(model, seen, random, heat);
    drawValues(model, chosen, seen.values, random, heat);
    for (let t = 0; t < sweeps; t++) {
      activate(model, seen, heat);
      drawValues(model, chooseExperts(model, seen, random, heat), seen.values, random, heat);
      heat = max<f32>(1, heat * COOLING);
    }
    memory.copy(out + <usize>n * bytes, seen.values, bytes);
  }
}
