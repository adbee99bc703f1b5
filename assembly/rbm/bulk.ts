// Contrastive divergence, many rows in turn: the same updates, with one visit of W a row instead of two.
//
// While a panel of rows of W is in the near caches, the second half of one step (posteriors of the chains, update) and the
// first half of the next (posteriors of the row, hidden units drawn, their rows added up) are both done. What the next
// step needs of the units of a panel, it needs after the update of that panel only.
//
// Where a step has one chain and starts at the row, the next row's inputs need not wait for the update either: with
// W' = W + Σ_r s_r y_r, c' the new biases,
//
//   A'(v') = W v' + Σ_r s_r (y_r·v') + c'
//
// so both products are found in one pass over the panel, and the update adds the rows that were drawn while it has them
// in registers (`pipelined.ts`). The numbers drawn are the same in the same order; sums are rounded in another order.
import { averageParameters } from './average';
import {
  activateChain, centreVisible, clearInputs, countStep, finishChains, moveChains, moveParameters, openPhases,
  readStep, stepOnward, stepPanel, updateFrom, updatePanel,
} from './learn';
import { Model } from './model';
import { isPipelined, moveOnPipelined, openPipeline, settleWeights } from './pipelined';
import { openLearningScales } from './scales';
import { updateVisibleBias } from './update';
import { refresh, rowsUntilUpkeep, watch } from './upkeep';
import { openBulkWorkspace, phaseAt, swapSteps } from './workspace';

/** The rows of W once: the update of this step, and the chains of the coming one. */
function moveOn(model: Model): void {
  swapSteps();
  clearInputs(model);
  swapSteps();
  for (let from = 0; from < model.rows; from += model.panel) {
    const to = min(from + model.panel, model.rows);
    updatePanel(model, from, to);
    swapSteps();
    stepPanel(model, from, to, true);
    swapSteps();
  }
  updateVisibleBias(model, model.chains + 1);
}

/** Read the coming row; false, and nothing changed, when it is refused. */
function readComing(model: Model, row: usize): bool {
  swapSteps();
  const usable = readStep(model, row);
  swapSteps();
  return usable;
}

/** From a row whose chains have moved to the next one. */
function advance(model: Model, pipelined: bool): void {
  countStep(model);
  swapSteps();
  openPhases(model);
  swapSteps();
  if (pipelined) moveOnPipelined(model);
  else moveOn(model);
  averageParameters(model);
  swapSteps();
  if (pipelined) activateChain(model, phaseAt(1));
  else finishChains(model);
  stepOnward(model);
  centreVisible(model);
}

/** The same, one by one: where scales move with every row, a row cannot be read before the one before it was learned. */
function updateInTurn(model: Model, rows: usize, count: i32): i32 {
  const bytes = <usize>model.width << 2;
  for (let n = 0; n < count; n++) if (!updateFrom(model, rows + <usize>n * bytes)) return n;
  return count;
}

/** One update from each of `count` rows in turn; returns how many were learned before one was refused. */
export function learnRows(model: Model, rows: usize, count: i32): i32 {
  if (!model.tended) return updateFromAll(model, rows, count);
  const bytes = <usize>model.width << 2;
  let learned = 0;
  while (learned < count) {
    const first = rows + <usize>learned * bytes, piece = <i32>min(<f64>(count - learned), rowsUntilUpkeep(model));
    const done = updateFromAll(model, first, piece);
    for (let n = 0; n < done; n++) watch(model, first + <usize>n * bytes);
    if (done > 0) refresh(model);
    learned += done;
    if (done < piece) break;
  }
  return learned;
}

/** The same where nothing but updates happens before the last of them. */
function updateFromAll(model: Model, rows: usize, count: i32): i32 {
  const bytes = <usize>model.width << 2;
  if (count < 2 || model.real) return updateInTurn(model, rows, count);
  openBulkWorkspace(model);
  openLearningScales(model);
  if (!readStep(model, rows)) return 0;
  const pipelined = isPipelined(model);
  if (pipelined) openPipeline();
  moveChains(model);
  let learned = 1;
  for (; learned < count && readComing(model, rows + <usize>learned * bytes); learned++) advance(model, pipelined);
  if (pipelined) settleWeights(model, true);
  moveParameters(model);
  return learned;
}
