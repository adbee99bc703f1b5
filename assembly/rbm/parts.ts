// The parts of an update, for products that are put together from several families.
import { axpy } from '../products';
import { learnPhases } from './learn';
import { addLastRows, addRowsByFour, posterior } from './layers';
import { listActive } from '../units/bernoulli';
import {
  Model, REAL, runAt, scoringHiddenBias, scoringVisibleBias, scoringWeights,
} from './model';
import { COMPLETE, readRow } from './row';
import { walkChains } from './sample';
import { openLearningScales, openScoringScales } from './scales';
import { keepUp } from './upkeep';
import { Phase, openWorkspace, phaseAt, present } from './workspace';

/** `count` states, D complete values each, by full Gibbs sweeps of the parameters that score; false when one is refused. */
export function walk(model: Model, states: usize, count: i32, sweeps: i32, random: usize): bool {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  openScoringScales(model);
  for (let n = 0; n < count; n++) {
    if (readRow(model, states + <usize>n * bytes, phaseAt(0).state, present()) != COMPLETE) return false;
  }
  walkChains(model, states, count, sweeps, random);
  return true;
}

/** One update from `row` with `reconstruction`, D complete values, in place of all chains. False when one is refused. */
export function learnPair(model: Model, row: usize, reconstruction: usize): bool {
  const chains = model.chains, persistent = model.persistentChains;
  model.chains = 1;
  model.persistentChains = 0;
  openWorkspace(model);
  openLearningScales(model);
  // The row comes last: `present` is its own.
  const usable = readRow(model, reconstruction, phaseAt(1).state, present()) == COMPLETE;
  const learned = usable && learnPhases(model, row);
  model.chains = chains;
  model.persistentChains = persistent;
  if (learned && model.tended) keepUp(model, row);
  return learned;
}

/** The state and its posteriors under the parameters that score. */
function openState(model: Model, state: usize): bool {
  openWorkspace(model);
  openScoringScales(model);
  const phase = phaseAt(0);
  if (readRow(model, state, phase.state, present()) != COMPLETE) return false;
  posterior(
    model, scoringWeights(model), scoringHiddenBias(model), phase.state, phase.posterior, 0, model.rows,
  );
  return true;
}

/** `phase.input` = B(h) of hidden units drawn from their posteriors. */
function drawInput(model: Model, phase: Phase, random: usize): void {
  const weights = scoringWeights(model), stride = model.stride;
  let count = 0;
  for (let k = 0; k < <i32>model.replicas; k++) {
    count = listActive(phase.posterior, 0, model.rows, phase.active, count, random);
  }
  memory.copy(phase.input, scoringVisibleBias(model), stride);
  const first = addRowsByFour(weights, stride, phase.active, 0, count, phase.input);
  addLastRows(weights, stride, phase.active, first, count, phase.input);
}

/**
 * Draw the hidden units given `state` and add to `linear` and `precision`, f64 each, what they say about the values: the
 * log-odds of shares and counts, mean / σ² and 1 / σ² of numbers. `full`: the precision is a matrix (D, D).
 */
export function addConditional(
  model: Model, state: usize, linear: usize, precision: usize, full: bool, random: usize,
): bool {
  if (!openState(model, state)) return false;
  const phase = phaseAt(0), next = full ? <usize>(model.width + 1) << 3 : 8;
  drawInput(model, phase, random);
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    for (let i = <usize>run.start; i < <usize>(run.start + run.size); i++) {
      const place = linear + (i << 3), diagonal = precision + i * next;
      let input = <f64>load<f32>(phase.input + (i << 2));
      if (run.kind == REAL) {
        const own = <f64>load<f32>(model.precision + (i << 2));
        store<f64>(diagonal, load<f64>(diagonal) + own);
        input *= own;
      }
      store<f64>(place, load<f64>(place) + input);
    }
  }
  return true;
}

/** `out` = ∂F/∂v: (v − b − K Σ_j W_j σ(A_j)) / σ² of a real unit, −b − K Σ_j W_j σ(A_j) of others. */
export function gradientOf(model: Model, row: usize, out: usize): bool {
  if (!openState(model, row)) return false;
  const phase = phaseAt(0), copies = <f32>model.replicas;
  memory.copy(phase.input, scoringVisibleBias(model), model.stride);
  for (let j: usize = 0; j < <usize>model.hidden; j++) {
    axpy(copies * load<f32>(phase.posterior + (j << 2)), scoringWeights(model) + j * model.stride, phase.input, model.stride);
  }
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    for (let at = <usize>run.start << 2, end = at + (<usize>run.size << 2); at < end; at += 4) {
      const input = load<f32>(phase.input + at);
      const slope = run.kind == REAL ? load<f32>(phase.state + at) - input * load<f32>(model.precision + at) : -input;
      store<f32>(out + at, slope);
    }
  }
  return true;
}
