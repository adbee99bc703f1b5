// The scales of fields, from the moments of all rows and the reservoir of learned ones.
import { Model, moment, scaleAt } from './model';
import { inverse, readRow } from './row';
import { sort } from '../sort';
import { VIEWS, scaleOf } from './views';
import { openWorkspace, workspace } from './workspace';

/** Fewer values tell nothing about the middle half. */
const ENOUGH: i32 = 4;

// @ts-ignore: decorator
@inline function sortedAt(index: i32): f64 {
  return <f64>load<f32>(workspace().sorted + (<usize>index << 2));
}

/**
 * Gini's mean difference of sorted values x_0 … x_(k−1): Σ_i,j |x_i − x_j| / k² = 2 Σ_i (2i − k + 1) x_i / k²
 * (David 1968).
 */
function giniOf(count: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) sum += sortedAt(i) * <f64>(2 * i - count + 1);
  return 2 * sum / (<f64>count * <f64>count);
}

/** Set the scales of a field from `count` learned values in `sorted`, in any order, and the deviation of all rows. */
function setScales(model: Model, field: i32, count: i32, deviation: f64): void {
  let gini: f64 = 0, spread = false;
  if (count >= ENOUGH) {
    sort(workspace().sorted, count, workspace().spare, workspace().digits);
    spread = sortedAt(3 * (count - 1) / 4) > sortedAt((count - 1) / 4);
    gini = giniOf(count);
  }
  for (let view = 0; view < VIEWS; view++) {
    store<f32>(scaleAt(model, view, field), inverse(scaleOf(view, deviation, gini, spread)));
  }
}

/** √(squares / (n − 1)); 0 of fewer than two. */
function deviationOf(n: f64, squares: f64): f64 {
  return n > 1 ? Math.sqrt(squares / (n - 1)) : 0;
}

export function rescaleField(model: Model, field: i32): void {
  const values = model.reservoir + <usize>field * model.reservoirBytes;
  const present = model.present + <usize>field * model.presentBytes, kept = <i32>model.kept;
  let count = 0;
  for (let i = 0; i < kept; i++) {
    if (!(load<u32>(present + (<usize>(i >> 5) << 2)) >> (i & 31) & 1)) continue;
    store<f32>(workspace().sorted + (<usize>count << 2), load<f32>(values + (<usize>i << 2)));
    count++;
  }
  const deviation = deviationOf(load<f64>(moment(model, 0, field)), load<f64>(moment(model, 2, field)));
  setScales(model, field, count, deviation);
}

/** Scales are found anew after 8, 16 … 512 and every 1024 rows, but not before those of `initialise` are outnumbered. */
function isDue(model: Model): bool {
  const seen = <u64>model.seen;
  if (model.seen < model.initial || seen < 8) return false;
  return seen < 1024 ? (seen & (seen - 1)) == 0 : (seen & 1023) == 0;
}

export function rescaleWhenDue(model: Model): void {
  if (!isDue(model)) return;
  for (let f = 0; f < model.width; f++) rescaleField(model, f);
}

/** Scales of a field from rows that will only be learned later: no moments are kept, or the rows would count twice. */
function scaleFrom(model: Model, field: i32, rows: usize, count: i32): void {
  const bytes = <usize>model.width << 2, room = model.reservoirRows;
  const step = <f64>max(count, room) / <f64>room;
  let n: f64 = 0, mean: f64 = 0, squares: f64 = 0, taken = 0, next: f64 = 0;
  for (let i = 0; i < count; i++) {
    const x = load<f32>(rows + <usize>i * bytes + (<usize>field << 2));
    const isNext = <f64>i >= next;
    if (isNext) next += step;
    if (x != x) continue;
    n += 1;
    const change = <f64>x - mean;
    mean += change / n;
    squares += change * (<f64>x - mean);
    if (!isNext || taken == room) continue;
    store<f32>(workspace().sorted + (<usize>taken << 2), x);
    taken++;
  }
  setScales(model, field, taken, deviationOf(n, squares));
}

/** Scales for the time until the first rows are learned; the rows read before one was refused. */
export function initialiseFrom(model: Model, rows: usize, count: i32): i32 {
  openWorkspace(model);
  for (let i = 0; i < count; i++) {
    if (!readRow(model, rows + <usize>i * (<usize>model.width << 2))) return i;
  }
  if (count == 0) return 0;
  for (let f = 0; f < model.width; f++) scaleFrom(model, f, rows, count);
  model.initial = <f64>count;
  return count;
}
