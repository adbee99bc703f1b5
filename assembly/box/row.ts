// From a caller's row to values within the box.
import { log } from '../log';
import { splat } from '../simd';
import { Model, at, highOf, lowOf, unitOf } from './model';
import { Seen } from './workspace';

/** log(1 + x) in float64 for x ≥ 0; below 2⁻⁵³ it is 0. */
// @ts-ignore: decorator
@inline export function logOf1Plus(x: f64): f64 {
  return x < 1e300 ? log(1 + x) : log(1e300);
}

/** How far a value is beyond the walls, in the unit of its place; 0 within them, and for NaN. */
export function excess(model: Model, index: i32, value: f32): f64 {
  const low = at(lowOf(model), index), high = at(highOf(model), index);
  const beyond = value < low ? <f64>low - <f64>value : value > high ? <f64>value - <f64>high : 0;
  return beyond / <f64>at(unitOf(model), index);
}

/** Σ_i log(1 + excess): what every expert pays for values beyond the walls, in nats. */
export function toll(model: Model, row: usize): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < model.width; i++) {
    const beyond = excess(model, i, at(row, i));
    if (beyond > 0) sum += logOf1Plus(beyond);
  }
  return sum;
}

/** `row`, D values of any alignment: values beyond the walls come in at the wall. False when one is infinite. */
export function readRow(model: Model, row: usize, seen: Seen): bool {
  const width = <usize>model.width << 2, bytes = model.rowBytes, values = seen.values, mask = seen.mask;
  const low = lowOf(model), high = highOf(model), infinity = splat(Infinity);
  memory.copy(values, row, width);
  // The padding counts as missing.
  for (let pad = width; pad < bytes; pad += 4) store<f32>(values + pad, NaN);
  let infinite = splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(values + at), there = f32x4.eq(x, x);
    infinite = v128.or(infinite, f32x4.eq(f32x4.abs(x), infinity));
    const within = f32x4.pmin(v128.load(high + at), f32x4.pmax(v128.load(low + at), x));
    v128.store(values + at, v128.and(within, there));
    v128.store(mask + at, there);
  }
  return !v128.any_true(infinite);
}

/** Leave a value out of all that the experts are asked about. */
export function leaveOut(seen: Seen, index: i32): void {
  store<i32>(seen.mask + (<usize>index << 2), 0);
}

/** A state of D values, all there and within the box, with the gaps of `like`. */
export function takeState(model: Model, state: usize, like: Seen, seen: Seen): void {
  memory.copy(seen.values, state, <usize>model.width << 2);
  memory.copy(seen.mask, like.mask, model.rowBytes);
  const left = model.rowBytes - (<usize>model.width << 2);
  memory.fill(seen.values + model.rowBytes - left, 0, left);
}

/** Everything is there. */
export function showAll(model: Model, seen: Seen): void {
  memory.fill(seen.mask, 0, model.rowBytes);
  memory.fill(seen.mask, 0xff, <usize>model.width << 2);
}
