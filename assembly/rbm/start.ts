// Where learning starts: biases and offsets from data, chains from the biases.
import { log1, splat } from '../simd';
import { restartDrift } from './drift';
import { activate, posterior } from './layers';
import { Model, REAL, SOFTMAX, learningRandom, runAt } from './model';
import { centreHiddenBiases, initialiseReal } from './real-start';
import { COMPLETE, REFUSED, readValues } from './row';
import { openLearningScales } from './scales';
import { openWorkspace, phaseAt, present } from './workspace';

/** Draw the persistent chains from the biases alone, and find their posteriors. */
export function startChains(model: Model): void {
  openLearningScales(model);
  for (let p = 0; p < <i32>model.persistentChains; p++) {
    const state = model.chainStates + <usize>p * model.stride;
    const onward = model.chainPosteriors + <usize>p * model.hiddenBytes;
    activate(model, model.visibleBias, state, learningRandom(model), true);
    posterior(model, model.weights, model.hiddenBias, state, onward, 0, model.rows);
  }
}

/** sums += the row's values, counts += one where it has them. */
function count(model: Model, complete: bool, sums: usize, counts: usize): void {
  const row = phaseAt(0).state;
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(sums + at, f32x4.add(v128.load(sums + at), v128.load(row + at)));
    const one = complete ? splat(1) : v128.load(present() + at);
    v128.store(counts + at, f32x4.add(v128.load(counts + at), one));
  }
}

/**
 * Mean with two more observations that favour nothing: (Σv + 1) / (n + 2) for a unit, (Σv + 2/K) / (n + 2) of K states; a
 * count up to N is N units.
 */
function setMeans(model: Model, sums: usize, counts: usize): void {
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    if (run.kind == REAL) continue;
    const softmax = run.kind == SOFTMAX, trials = <f32>run.trials;
    const prior: f32 = softmax ? <f32>2 / <f32>run.size : 1;
    for (let i = run.start; i < run.start + run.size; i++) {
      const at = <usize>i << 2;
      const mean = (load<f32>(sums + at) + prior) / (trials * load<f32>(counts + at) + 2);
      store<f32>(model.visibleOffset + at, trials * mean);
      store<f32>(model.visibleBias + at, softmax ? log1(mean) : log1(mean) - log1(1 - mean));
    }
  }
}

/**
 * Set visible biases and offsets to the means of `rows` and draw the chains anew. Returns how many rows were read
 * before one was refused; nothing is set unless all of them were read.
 */
export function initialiseFrom(model: Model, rows: usize, rowCount: i32): i32 {
  openWorkspace(model);
  const phase = phaseAt(0), bytes = <usize>model.width << 2;
  memory.fill(phase.centred, 0, model.stride);
  memory.fill(phase.input, 0, model.stride);
  for (let i = 0; i < rowCount; i++) {
    const condition = readValues(model, rows + <usize>i * bytes, phase.state, present());
    if (condition == REFUSED) return i;
    count(model, condition == COMPLETE, phase.centred, phase.input);
  }
  setMeans(model, phase.centred, phase.input);
  if (model.real) initialiseReal(model, rows, rowCount);
  model.initial = <f64>rowCount;
  if (model.real) {
    openLearningScales(model);
    centreHiddenBiases(model);
    if (model.averaging != 0) {
      memory.copy(model.meanLogVariance, model.logVariance, model.stride);
      memory.copy(model.meanHiddenBias, model.hiddenBias, model.hiddenBytes);
    }
  }
  if (model.averaging != 0) memory.copy(model.meanVisibleBias, model.visibleBias, model.stride);
  restartDrift(model);
  startChains(model);
  return rowCount;
}
