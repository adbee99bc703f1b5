// From a caller's row to values and what is there of them.
import { splat } from '../simd';
import { LARGEST, Model, at } from './model';
import { workspace } from './workspace';

/** Copy D values of any alignment to `values`, padded with zeros. False when one is infinite, or missing. */
export function loadRow(model: Model, row: usize, values: usize): bool {
  const width = <usize>model.width << 2;
  memory.copy(values, row, width);
  memory.fill(values + width, 0, model.rowBytes - width);
  const infinity = splat(Infinity);
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    if (!v128.all_true<i32>(f32x4.lt(f32x4.abs(v128.load(values + i)), infinity))) return false;
  }
  return true;
}

/** Copy `row` to the workspace: 0 where a value is missing, and where one is there all bits set. False when one is infinite. */
export function readRow(model: Model, row: usize): bool {
  const width = <usize>model.width << 2, values = workspace().values, there = workspace().there;
  const infinity = splat(Infinity);
  memory.copy(values, row, width);
  memory.fill(values + width, 0, model.rowBytes - width);
  let infinite = splat(0);
  for (let i: usize = 0; i < model.rowBytes; i += 16) {
    const x = v128.load(values + i), known = f32x4.eq(x, x);
    infinite = v128.or(infinite, f32x4.eq(f32x4.abs(x), infinity));
    v128.store(values + i, v128.and(x, known));
    v128.store(there + i, known);
  }
  // The padding is not there.
  memory.fill(there + width, 0, model.rowBytes - width);
  return !v128.any_true(infinite);
}

// @ts-ignore: decorator
@inline export function isThere(field: i32): bool {
  return load<i32>(at(workspace().there, field)) != 0;
}

export function leaveOut(field: i32): void {
  store<i32>(at(workspace().there, field), 0);
  store<f32>(at(workspace().values, field), 0);
}

/** Is nothing there? */
export function isEmpty(model: Model): bool {
  for (let i = 0; i < model.width; i++) if (isThere(i)) return false;
  return true;
}

/** Nothing is missing. */
export function takeAll(model: Model): void {
  const width = <usize>model.width << 2;
  memory.fill(workspace().there, 255, width);
  memory.fill(workspace().there + width, 0, model.rowBytes - width);
}

// @ts-ignore: decorator
@inline export function within(x: v128): v128 {
  return f32x4.pmax(splat(-LARGEST), f32x4.pmin(splat(LARGEST), x));
}

/** Write D values down. */
export function storeRow(model: Model, values: usize, out: usize): void {
  memory.copy(out, values, <usize>model.width << 2);
}
