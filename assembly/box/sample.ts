// Samples by Gibbs sampling that begins hot: log-odds and precisions are divided by a temperature that falls to 1, so that
// chains find the modes that single sweeps could not reach any more.
import { activate } from './activation';
import { chooseExperts, drawEvenly, drawValues } from './gibbs';
import { Model, samplingRandom } from './model';
import { showAll } from './row';
import { data, openWorkspace } from './workspace';

const HOTTEST: f32 = 20;
const COOLING: f32 = 0.75;
/** The first sweep at a temperature of 1: 20 × 0.75^t ≤ 1. Few sweeps begin less hot. */
const COOL: i32 = 11;

/** `out`: `count` × D values after `sweeps` sweeps from even draws over the box. */
export function sampleInto(model: Model, count: i32, sweeps: i32, out: usize): void {
  const random = samplingRandom(model), bytes = <usize>model.width << 2;
  openWorkspace(model);
  const seen = data();
  for (let n = 0; n < count; n++) {
    showAll(model, seen);
    drawEvenly(model, seen.values, random);
    let heat = HOTTEST;
    for (let t = sweeps; t <= COOL; t++) heat *= COOLING;
    for (let t = 0; t < sweeps; t++) {
      const temperature = max(1, heat);
      activate(model, seen, temperature);
      drawValues(model, chooseExperts(model, seen, random, temperature), seen.values, random, temperature);
      heat *= COOLING;
    }
    memory.copy(out + <usize>n * bytes, seen.values, bytes);
  }
}
