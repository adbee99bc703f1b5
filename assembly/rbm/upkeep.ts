// What keeps learning able to learn, between rows: new units for those that are saturated, and when the stream changes a
// clock that is put back. Learning rate and average go by that clock.
import { hasDrifted, restartDrift, rowsUntilComparison } from './drift';
import { Model } from './model';
import { reviveUnits, rowsUntilRevival } from './revive';

/** How many rows can be learned at least before something but an update happens. */
export function rowsUntilUpkeep(model: Model): f64 {
  let rows: f64 = Infinity;
  if (model.driftReset != 0) rows = rowsUntilComparison(model);
  if (model.revival != 0) rows = min(rows, rowsUntilRevival(model));
  return rows;
}

/** What follows the update of a row, D values of any alignment. */
export function keepUp(model: Model, row: usize): void {
  watch(model, row);
  refresh(model);
}

/** Take notice of a row that was learned: has the stream changed? */
export function watch(model: Model, row: usize): void {
  if (model.driftReset == 0 || !hasDrifted(model, row)) return;
  model.resets += 1;
  model.age = min(model.age, model.resetAge);
  restartDrift(model);
}

/**
 * New units for saturated ones, when it is time; the clock goes back by the share of units that have just begun. Centring
 * knows who is saturated.
 */
export function refresh(model: Model): void {
  const count = model.revival != 0 && model.centering != 0 ? reviveUnits(model) : 0;
  if (count == 0) return;
  model.revived += count;
  model.age -= Math.ceil(max(0, model.age - model.resetAge) * count / model.hidden);
}
