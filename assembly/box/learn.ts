// One update of contrastive divergence: chains start at the data (CD-k), or go on where they were (PCD-k, Tieleman 2008).
import { activate } from './activation';
import { chooseExperts, drawValues, sweep } from './gibbs';
import { Model, learningRandom, rowOf } from './model';
import { readRow, showAll, takeState } from './row';
import { learnDifference } from './update';
import { data, openWorkspace, reconstruction } from './workspace';

/** Can the row be used? */
export function isUsable(model: Model, row: usize): bool {
  openWorkspace(model);
  return readRow(model, row, data());
}

/** The reconstruction of the row that was read, by k sweeps from it; its gaps are gaps of both. */
function reconstructData(model: Model): void {
  const random = learningRandom(model), seen = reconstruction();
  memory.copy(seen.mask, data().mask, model.rowBytes);
  drawValues(model, chooseExperts(model, data(), random), seen.values, random);
  activate(model, seen);
  for (let step = 1; step < <i32>model.cdSteps; step++) sweep(model, seen, random);
}

/** The next chain, k sweeps on; what the row lacks is then left out of what is learned from it. */
function moveChain(model: Model): void {
  const state = rowOf(model, model.chains, <i32>model.cursor), seen = reconstruction();
  model.cursor += 1;
  if (model.cursor >= model.persistentChains) model.cursor = 0;
  takeState(model, state, data(), seen);
  showAll(model, seen);
  activate(model, seen);
  for (let step = 0; step < <i32>model.cdSteps; step++) sweep(model, seen, learningRandom(model));
  memory.copy(state, seen.values, <usize>model.width << 2);
  takeState(model, state, data(), seen);
  activate(model, seen);
}

/** Learn one row. False, and nothing changed, when it has an infinite value. */
export function learnRow(model: Model, row: usize): bool {
  if (!isUsable(model, row)) return false;
  activate(model, data());
  if (model.persistentChains > 0) moveChain(model);
  else reconstructData(model);
  learnDifference(model);
  return true;
}

/** Learn one row with the caller's reconstruction. False when either has an infinite value, or it lacks one of the row's. */
export function learnPairOf(model: Model, row: usize, other: usize): bool {
  if (!isUsable(model, row) || !readRow(model, other, reconstruction())) return false;
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const needed = v128.load(data().mask + i);
    if (v128.any_true(v128.andnot(needed, v128.load(reconstruction().mask + i)))) return false;
    v128.store(reconstruction().mask + i, needed);
  }
  activate(model, data());
  activate(model, reconstruction());
  learnDifference(model);
  return true;
}
