// What a model says about a row without changing: free energy, features, mean-field reconstruction.
// All of it reads the averaged parameters when there are any.
import { axpy } from '../products';
import { softplusSum } from '../logsum';
import { activate, drive, posterior } from './layers';
import { Model, scoringHiddenBias, scoringVisibleBias, scoringWeights } from './model';
import { PARTIAL, REFUSED, readRow, readValues } from './row';
import { openScoringScales, writeValues } from './scales';
import { visibleTerm } from './visible-energy';
import { openWorkspace, phaseAt, present } from './workspace';

/** Can the row be used? */
export function isUsable(model: Model, row: usize): bool {
  openWorkspace(model);
  return readValues(model, row, phaseAt(0).state, present()) != REFUSED;
}

/** F(v) = −b·v − K Σ_j log(1 + exp A_j(v)): minus the log-density up to log Z. NaN when the row is refused. */
export function freeEnergyOf(model: Model, row: usize): f32 {
  openWorkspace(model);
  openScoringScales(model);
  const phase = phaseAt(0), condition = readRow(model, row, phase.state, present());
  if (condition == REFUSED) return NaN;
  drive(model, scoringWeights(model), scoringHiddenBias(model), phase.state, phase.posterior, 0, model.rows);
  const linear = visibleTerm(model, phase.state, present(), condition == PARTIAL);
  return -linear - <f32>model.replicas * softplusSum(phase.posterior, model.hidden);
}

/** `out` = p(h = 1 | row), H values. */
export function featuresOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  openScoringScales(model);
  const phase = phaseAt(0);
  if (readRow(model, row, phase.state, present()) == REFUSED) return false;
  posterior(model, scoringWeights(model), scoringHiddenBias(model), phase.state, phase.posterior, 0, model.rows);
  memory.copy(out, phase.posterior, <usize>model.hidden << 2);
  return true;
}

/** `state` = mean of the visible units given the means of the hidden ones. */
function descendTo(model: Model, hidden: usize, input: usize, state: usize): void {
  const weights = scoringWeights(model), stride = model.stride, copies = <f32>model.replicas;
  memory.copy(input, scoringVisibleBias(model), stride);
  for (let j = 0; j < model.hidden; j++) {
    axpy(copies * load<f32>(hidden + (<usize>j << 2)), weights + <usize>j * stride, input, stride);
  }
  activate(model, input, state, 0, false);
}

/** Mean of the hidden units given `state`, then mean of the visible units given that, over `state`. */
function meanField(model: Model, state: usize, input: usize, hidden: usize): void {
  posterior(model, scoringWeights(model), scoringHiddenBias(model), state, hidden, 0, model.rows);
  descendTo(model, hidden, input, state);
}

/** `out` = mean of the visible values given `features`, H values: the way down from what `featuresOf` gives. */
export function visibleMeanOf(model: Model, features: usize, out: usize): void {
  openWorkspace(model);
  openScoringScales(model);
  const phase = phaseAt(0);
  descendTo(model, features, phase.input, phase.state);
  writeValues(model, phase.state, out);
}

/** `out` = the row after `steps` mean-field passes, D values; what the row lacks takes no part in the first. */
export function reconstructionOf(model: Model, row: usize, steps: i32, out: usize): bool {
  openWorkspace(model);
  openScoringScales(model);
  const phase = phaseAt(0);
  if (readRow(model, row, phase.state, present()) == REFUSED) return false;
  for (let step = 0; step < steps; step++) meanField(model, phase.state, phase.input, phase.posterior);
  writeValues(model, phase.state, out);
  return true;
}
