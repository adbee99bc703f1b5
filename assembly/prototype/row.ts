// From a caller's row to values and their units of distance.
import { splat } from '../simd';
import { LARGEST, Model, moment, scaleAt } from './model';
import { VIEWS } from './views';
import { missingCount, setMissingCount, workspace } from './workspace';

/** The largest 1 / s: 2^127. */
const FINEST: f64 = 1.7014118346046923e38;

/** 1 / s as it is kept; 0 for 0. */
export function inverse(scale: f64): f32 {
  return scale > 0 ? <f32>min(1 / scale, FINEST) : 0;
}

/**
 * Copy `row`, D values of any alignment, to the workspace and list what is missing, which becomes 0. False when a
 * value is infinite.
 */
export function readRow(model: Model, row: usize): bool {
  const width = <usize>model.width << 2, bytes = model.rowBytes;
  const given = workspace().given, values = workspace().row;
  memory.copy(given, row, width);
  memory.fill(given + width, 0, bytes - width);
  let infinite = splat(0), holes = splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(given + at), there = f32x4.eq(x, x);
    infinite = v128.or(infinite, f32x4.eq(f32x4.abs(x), splat(Infinity)));
    holes = v128.or(holes, v128.not(there));
    const within = f32x4.pmax(splat(-LARGEST), f32x4.pmin(splat(LARGEST), x));
    v128.store(values + at, v128.and(within, there));
  }
  setMissingCount(0);
  if (v128.any_true(infinite)) return false;
  if (v128.any_true(holes)) listMissing(model);
  return true;
}

function listMissing(model: Model): void {
  const given = workspace().given, missing = workspace().missing;
  let count = 0;
  for (let f = 0; f < model.width; f++) {
    const x = load<f32>(given + (<usize>f << 2));
    if (x == x) continue;
    store<i32>(missing + (<usize>count << 2), f);
    count++;
  }
  setMissingCount(count);
}

/** The number of the n-th missing field. */
// @ts-ignore: decorator
@inline export function missingAt(n: i32): i32 {
  return load<i32>(workspace().missing + (<usize>n << 2));
}

/** Leave a field out of every distance. */
export function leaveOut(model: Model, field: i32): void {
  for (let view = 0; view < VIEWS; view++) {
    store<f32>(workspace().weights + <usize>view * model.rowBytes + (<usize>field << 2), 0);
  }
}

/**
 * 1 / s of a field for the value that stands in the row. A field that has been constant so far has no scale: another
 * value is √(n + 1) away, which its standard deviation will say once the value is one of n + 1.
 */
export function weigh(model: Model, field: i32): void {
  const row = workspace().row, weights = workspace().weights, at = <usize>field << 2;
  const n = load<f64>(moment(model, 0, field));
  const away = n > 0 ? Math.abs(<f64>load<f32>(row + at) - load<f64>(moment(model, 1, field))) : 0;
  const asleep = inverse(away / Math.sqrt(n + 1));
  for (let view = 0; view < VIEWS; view++) {
    const scale = load<f32>(scaleAt(model, view, field));
    store<f32>(weights + <usize>view * model.rowBytes + at, scale == 0 ? asleep : scale);
  }
}

/** 1 / s of all fields; 0 for the missing ones. */
export function weighAll(model: Model): void {
  memory.copy(workspace().weights, model.scales, <usize>VIEWS * model.rowBytes);
  for (let f = 0; f < model.width; f++) {
    for (let view = 0; view < VIEWS; view++) {
      if (load<f32>(scaleAt(model, view, f)) == 0) weigh(model, f);
    }
  }
  for (let n = 0, count = missingCount(); n < count; n++) leaveOut(model, missingAt(n));
}
