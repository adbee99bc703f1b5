// From a caller's row to values in float64, and what the experts say to them.
import { axpy } from './linear';
import { Model, at, columnOf, meanAt } from './model';
import { complete, factorise } from './marginal';
import { workspace } from './workspace';

/** Does the row that was read last lack a value? */
export let hasGaps: bool = false;

/** Copy D values to `values`. False when one is infinite, or missing where none may be. */
export function loadRow(model: Model, row: usize, values: usize): bool {
  for (let i = 0; i < model.width; i++) {
    const x = <f64>load<f32>(row + (<usize>i << 2));
    if (!(Math.abs(x) < Infinity)) return false;
    store<f64>(at(values, i), x);
  }
  return true;
}

/** Copy `row` to the workspace, where the mean of the base stands in a gap. False when a value is infinite. */
export function readRow(model: Model, row: usize): bool {
  const values = workspace().values, gaps = workspace().gaps;
  hasGaps = false;
  for (let i = 0; i < model.width; i++) {
    const x = <f64>load<f32>(row + (<usize>i << 2)), isGap = x != x;
    if (Math.abs(x) == Infinity) return false;
    store<u8>(gaps + <usize>i, u8(isGap));
    store<f64>(at(values, i), isGap ? load<f64>(at(model.baseMeans, i)) : x);
    if (isGap) hasGaps = true;
  }
  return true;
}

// @ts-ignore: decorator
@inline export function isGap(field: i32): bool {
  return load<u8>(workspace().gaps + <usize>field) != 0;
}

/** residual = A (v − μ), all experts side by side. */
export function findResidual(model: Model, values: usize, residual: usize): void {
  const bytes = <usize>model.room << 3;
  memory.fill(residual, 0, model.columnBytes);
  for (let i = 0; i < model.width; i++) {
    const x = load<f64>(at(values, i)), column = columnOf(model, i);
    for (let m = 0, part: usize = 0; m < model.experts; m++, part += bytes) {
      axpy(x - load<f64>(meanAt(model, m, i)), column + part, residual + part, bytes);
    }
  }
}

/** The residual of the row in the workspace; what it lacks becomes the mean given the rest. */
export function findRow(model: Model): void {
  findResidual(model, workspace().values, workspace().residual);
  if (!hasGaps) return;
  factorise(model);
  complete(model, workspace().values, workspace().residual);
}

/** The same with other values for the row, the gaps and the factor being those of `findRow`. */
export function findLike(model: Model, values: usize, residual: usize): void {
  if (hasGaps) {
    for (let i = 0; i < model.width; i++) if (isGap(i)) store<f64>(at(values, i), load<f64>(at(model.baseMeans, i)));
  }
  findResidual(model, values, residual);
  if (hasGaps) complete(model, values, residual);
}
