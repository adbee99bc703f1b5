// From a caller's row to the visible vector that the kernel works on.
import { splat } from '../simd';
import { COUNT, Model, REAL, SOFTMAX, runAt } from './model';
import { toStatistics } from './scales';

/** Every value is present. */
export const COMPLETE: i32 = 0;
/** Some groups are missing. */
export const PARTIAL: i32 = 1;
/** A value is neither missing nor one that its unit can have. */
export const REFUSED: i32 = 2;

/** Sums of single-precision shares may come out above one by a few ulps. */
const LARGEST: f32 = 1.00001;

/** Copy `row` to `visible` with zeros behind its last value. Is every value present, and in [0, 1]? */
function inspect(row: usize, visible: usize, width: usize, stride: usize): i32 {
  const whole = width & ~15, least = splat(0), largest = splat(LARGEST);
  let missing = splat(0), wrong = splat(0), at: usize = 0;
  for (; at < whole; at += 16) {
    const x = v128.load(row + at);
    v128.store(visible + at, x);
    missing = v128.or(missing, f32x4.ne(x, x));
    wrong = v128.or(wrong, v128.or(f32x4.lt(x, least), f32x4.gt(x, largest)));
  }
  for (; at < width; at += 4) {
    const x = v128.load32_splat(row + at);
    v128.store32_lane(visible + at, x, 0);
    missing = v128.or(missing, f32x4.ne(x, x));
    wrong = v128.or(wrong, v128.or(f32x4.lt(x, least), f32x4.gt(x, largest)));
  }
  for (; at < stride; at += 4) store<f32>(visible + at, 0);
  return v128.any_true(wrong) ? REFUSED : v128.any_true(missing) ? PARTIAL : COMPLETE;
}

/** Can a unit of a kind have that value? */
function allows(kind: i32, trials: i32, x: f32): bool {
  if (kind == REAL) return Mathf.abs(x) < Infinity;
  if (kind == COUNT) return x >= 0 && x <= <f32>trials && x == Mathf.floor(x);
  return x >= 0 && x <= LARGEST;
}

/** The same of a layer with numbers or counts. */
function inspectMixed(model: Model, row: usize, visible: usize): i32 {
  const width = <usize>model.width << 2;
  let state = COMPLETE;
  memory.copy(visible, row, width);
  memory.fill(visible + width, 0, model.stride - width);
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r), from = visible + (<usize>run.start << 2);
    for (let at = from, end = from + (<usize>run.size << 2); at < end; at += 4) {
      const x = load<f32>(at);
      if (x != x) state = PARTIAL;
      else if (!allows(run.kind, run.trials, x)) return REFUSED;
    }
  }
  return state;
}

/** A softmax group is missing as a whole when any of its values is. */
function spreadMissing(model: Model, visible: usize): void {
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    if (run.kind != SOFTMAX) continue;
    const from = visible + (<usize>run.start << 2), to = from + (<usize>run.size << 2);
    let sum: f32 = 0;
    for (let at = from; at < to; at += 4) sum += load<f32>(at);
    if (sum == sum) continue;
    for (let at = from; at < to; at += 4) store<f32>(at, NaN);
  }
}

/**
 * Copy `row`, D values of any alignment, to `visible` with zeros for what is missing and behind the last value.
 * `present` becomes one where a value is present and zero where it is missing, but is only written for PARTIAL rows.
 */
export function readValues(model: Model, row: usize, visible: usize, present: usize): i32 {
  return read(model, row, visible, present, false);
}

/** The same of the statistics of the values: see `scales.ts`. */
export function readRow(model: Model, row: usize, visible: usize, present: usize): i32 {
  return read(model, row, visible, present, model.real != 0);
}

function read(model: Model, row: usize, visible: usize, present: usize, statistics: bool): i32 {
  const width = <usize>model.width << 2, stride = model.stride;
  const state = model.mixed ? inspectMixed(model, row, visible) : inspect(row, visible, width, stride);
  if (statistics && state != REFUSED) toStatistics(model, visible);
  if (state == PARTIAL) {
    spreadMissing(model, visible);
    for (let at: usize = 0; at < stride; at += 16) {
      const x = v128.load(visible + at);
      const there = f32x4.eq(x, x);
      v128.store(present + at, v128.and(there, splat(1)));
      v128.store(visible + at, v128.and(there, x));
    }
  }
  return state;
}
