// Rows: what may stand in them, and how long their windows are.
import { Model, REAL, SEQUENCE, Window, channelsOf, windowAt } from './model';

/** Numbers beyond this count as this: their squares are still far from the end of single precision. */
// @ts-ignore: decorator
@inline const FARTHEST: f32 = 1e5;

/** Address of the values of a step in a row. */
// @ts-ignore: decorator
@inline export function valuesAt(window: Window, row: usize, step: i32): usize {
  return row + (<usize>(window.first + step * channelsOf(window)) << 2);
}

/** The value of a channel, NaN when it is missing. */
// @ts-ignore: decorator
@inline export function numberAt(window: Window, row: usize, step: i32, channel: i32): f32 {
  return min(max(load<f32>(valuesAt(window, row, step) + (<usize>channel << 2)), -FARTHEST), FARTHEST);
}

/** The symbol of a step, −1 when it is missing. */
// @ts-ignore: decorator
@inline export function symbolAt(window: Window, row: usize, step: i32): i32 {
  const value = load<f32>(valuesAt(window, row, step));
  return value == value ? <i32>value : -1;
}

/** Is any value of the step there? */
export function isThere(window: Window, row: usize, step: i32): bool {
  const values = valuesAt(window, row, step), channels = channelsOf(window);
  for (let c = 0; c < channels; c++) {
    const value = load<f32>(values + (<usize>c << 2));
    if (value == value) return true;
  }
  return false;
}

/** T: the steps up to the last one that is there. What is missing behind it says nothing, whatever it may be. */
export function lengthOf(window: Window, row: usize): i32 {
  let steps = window.steps;
  while (steps > 0 && !isThere(window, row, steps - 1)) steps--;
  return steps;
}

/** Can the row be used? */
export function isUsable(model: Model, row: usize): bool {
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w), size = <f32>window.size;
    const values = row + (<usize>window.first << 2), end = values + (<usize>window.values << 2);
    for (let at = values; at < end; at += 4) {
      const value = load<f32>(at);
      if (value != value) continue;
      if (window.kind == REAL ? Mathf.abs(value) == Infinity : !(value >= 0 && value < size && value == Mathf.floor(value))) {
        return false;
      }
    }
  }
  return true;
}

/** All symbols of the sequences of a row: n. */
export function symbolCount(model: Model, row: usize): i32 {
  let count = 0;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w);
    if (window.kind == SEQUENCE) count += lengthOf(window, row);
  }
  return count;
}

/** `out` = `from` where `mask` is there, NaN elsewhere. D values. */
export function copyMasked(model: Model, from: usize, mask: usize, out: usize): void {
  const end = <usize>model.width << 2;
  for (let at: usize = 0; at < end; at += 4) {
    const there = load<f32>(mask + at);
    store<f32>(out + at, there == there ? load<f32>(from + at) : NaN);
  }
}
