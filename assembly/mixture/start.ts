// Where learning starts: from the data, or anywhere.
import { gaussians } from '../gaussian';
import { seed as seedRandom, uniform1 } from '../random';
import { FARTHEST, LARGEST, Model, SEED_ROWS, at, lineOf } from './model';
import { readRow } from './row';
import { startChains } from './sample';
import { openWorkspace, workspace } from './workspace';

/** Deviations that the encoder's numbers can have: below, products of four roots would leave float32. */
const LEAST_SCALE: f64 = 1e-6;
const MOST_SCALE: f64 = 1e6;

/** Rows that are tried for each mean. */
const TRIALS: i32 = 4;
/** What an expert has of the precision of the fields that are not its own, all experts together. */
const REST: f64 = 0.1;

/** Draw an order of the fields into `order`, i32 (Fisher and Yates). */
function shuffleFields(model: Model, order: usize, random: usize): void {
  for (let i = 0; i < model.width; i++) store<i32>(at(order, i), i);
  for (let i = model.width - 1; i > 0; i--) {
    const other = <i32>(<f64>uniform1(random) * <f64>(i + 1)), field = load<i32>(at(order, i));
    store<i32>(at(order, i), load<i32>(at(order, other)));
    store<i32>(at(order, other), field);
  }
}

/** How many of the experts the field at a place of the order is the own field of. Places go round the longer list. */
function ownersOf(model: Model, place: i32): i32 {
  let owners = 0;
  for (let p = place; p < max(model.experts, model.width); p += model.width) owners++;
  return owners;
}

/** Is the field at `place` one of the expert's own? */
function isOwn(model: Model, expert: i32, place: i32): bool {
  return model.width >= model.experts ? place % model.experts == expert : expert % model.width == place;
}

/** K^(1/n), n being the fields of an expert's own: what K components that share a space leave of each side of it. */
function narrowing(model: Model): f64 {
  const own = max(1, model.width / model.experts);
  // Powers of whole numbers suffice: the least one whose n-th power is K or more, in steps of an eighth.
  let side: f64 = 1;
  while (side < <f64>model.components) {
    let power: f64 = 1;
    for (let n = 0; n < own; n++) power *= side;
    if (power >= <f64>model.components) break;
    side += 0.125;
  }
  return side;
}

/**
 * Every field is divided among the experts: its own ones have most of its precision 1 / s², so that they do not all learn
 * the same, in which their components stand side by side; the others begin with next to nothing.
 */
function setRoots(model: Model, random: usize): void {
  // The order stands where differences will, which nobody needs yet.
  const order = workspace().noise, side = narrowing(model);
  shuffleFields(model, order, random);
  for (let place = 0; place < model.width; place++) {
    const field = load<i32>(at(order, place)), owners = ownersOf(model, place), others = model.experts - owners;
    const scale = <f64>load<f32>(at(model.scales, field)), rest = others ? REST : 0;
    for (let m = 0; m < model.experts; m++) {
      const own = isOwn(model, m, place), share = own ? (1 - rest) / <f64>owners : rest / <f64>others;
      const root = <f32>((own ? side : 1) * Math.sqrt(share) / scale);
      for (let k = 0; k < model.components; k++) store<f32>(at(model.roots + lineOf(model, m, k), field), root);
    }
  }
}

/** The padding of a line says nothing: means of 0 and roots of 1. */
function padLines(model: Model): void {
  for (let c = 0; c < model.experts * model.components; c++) {
    const line = model.roots + <usize>c * model.rowBytes;
    for (let i = model.width; i < <i32>(model.rowBytes >> 2); i++) store<f32>(at(line, i), 1);
  }
}

/** Without data: means are drawn from N(0, 1). */
export function startAnywhere(model: Model): void {
  openWorkspace(model);
  const random = workspace().random;
  seedRandom(random, <u32>model.seed, 2);
  for (let i = 0; i < <i32>(model.rowBytes >> 2); i++) store<f32>(at(model.scales, i), 1);
  for (let c = 0; c < model.experts * model.components; c++) {
    gaussians(random, model.means + <usize>c * model.rowBytes, model.width, 1);
  }
  setRoots(model, random);
  padLines(model);
  startChains(model, random);
}

/** Deviation of a field over the rows, and its mean, into `linear`; a field that never varied may by one in n + 1 rows. */
function fitField(model: Model, rows: usize, count: i32, field: i32): void {
  const stride = <usize>model.width << 2;
  let n: f64 = 0, mean: f64 = 0, squares: f64 = 0;
  for (let row = 0, value = at(rows, field); row < count; row++, value += stride) {
    const x = <f64>load<f32>(value);
    if (x != x) continue;
    n += 1;
    const before = x - mean;
    mean += before / n;
    squares += before * (x - mean);
  }
  const variance = squares > 0 ? squares / n : 1 / (n + 1);
  store<f32>(at(model.scales, field), <f32>max(LEAST_SCALE, min(MOST_SCALE, Math.sqrt(variance))));
  store<f32>(at(workspace().linear, field), <f32>mean);
}

/** The address of the n-th of the rows that means are taken from: all of them, or so many from everywhere. */
// @ts-ignore: decorator
@inline function seedRow(model: Model, rows: usize, count: i32, n: i32): usize {
  const row = count <= SEED_ROWS ? n : <i32>(<f64>n * <f64>count / <f64>SEED_ROWS);
  return rows + ((<usize>row * <usize>model.width) << 2);
}

/** Squared distance of a row from a component of an expert, in its deviations, over the fields that the row has. */
function distanceTo(model: Model, line: usize, row: usize): f32 {
  let sum: f32 = 0;
  for (let i = 0; i < model.width; i++) {
    const x = load<f32>(at(row, i));
    if (x != x) continue;
    const z = (x - load<f32>(at(model.means + line, i))) * load<f32>(at(model.roots + line, i));
    sum += min(<f32>1e6, z * z);
  }
  return sum;
}

/** A component's means are those of a row; what the row lacks is the mean of the field. */
function setMeans(model: Model, line: usize, row: usize): void {
  for (let i = 0; i < model.width; i++) {
    const x = load<f32>(at(row, i)), mean = x == x ? x : load<f32>(at(workspace().linear, i));
    store<f32>(at(model.means + line, i), max(-LARGEST, min(LARGEST, mean)));
  }
}

/** The number of a row, each as likely as its number in `distances` is large. */
function chooseRow(distances: usize, count: i32, random: usize): i32 {
  let sum: f64 = 0;
  for (let n = 0; n < count; n++) sum += <f64>load<f32>(at(distances, n));
  let left = <f64>uniform1(random) * sum;
  for (let n = 0; n < count; n++) {
    left -= <f64>load<f32>(at(distances, n));
    if (left < 0) return n;
  }
  return count - 1;
}

/** What the distances would add up to if the component were one of those that they are taken to. */
function distancesWith(model: Model, line: usize, rows: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let n = 0; n < min(count, SEED_ROWS); n++) {
    const distance = distanceTo(model, line, seedRow(model, rows, count, n));
    sum += <f64>min(distance, load<f32>(at(workspace().distances, n)));
  }
  return sum;
}

/** The row, of TRIALS that are drawn, that brings all rows nearest to the component or one before it. */
function bestRow(model: Model, line: usize, rows: usize, count: i32, random: usize): i32 {
  let best = 0, least: f64 = Infinity;
  for (let n = 0; n < TRIALS; n++) {
    const chosen = chooseRow(workspace().distances, min(count, SEED_ROWS), random);
    setMeans(model, line, seedRow(model, rows, count, chosen));
    const sum = distancesWith(model, line, rows, count);
    if (sum >= least) continue;
    least = sum;
    best = chosen;
  }
  return best;
}

/**
 * Means of an expert: rows that are far from each other where it looks (k-means++ with trials, Arthur and Vassilvitskii
 * 2007).
 */
function spreadMeans(model: Model, expert: i32, rows: usize, count: i32, random: usize): void {
  const distances = workspace().distances, seeds = min(count, SEED_ROWS);
  for (let n = 0; n < seeds; n++) store<f32>(at(distances, n), FARTHEST);
  for (let k = 0; k < model.components; k++) {
    const line = lineOf(model, expert, k);
    setMeans(model, line, seedRow(model, rows, count, bestRow(model, line, rows, count, random)));
    for (let n = 0; n < seeds; n++) {
      const distance = distanceTo(model, line, seedRow(model, rows, count, n)), place = at(distances, n);
      store<f32>(place, min(load<f32>(place), distance));
    }
  }
}

/** Start from `count` rows of any number; the rows read before one was refused, which changes nothing then. */
export function initialiseFrom(model: Model, rows: usize, count: i32): i32 {
  openWorkspace(model);
  const bytes = <usize>model.width << 2, random = workspace().random;
  for (let row = 0; row < count; row++) if (!readRow(model, rows + <usize>row * bytes)) return row;
  if (count == 0) return 0;
  seedRandom(random, <u32>model.seed, 3);
  for (let i = 0; i < model.width; i++) fitField(model, rows, count, i);
  setRoots(model, random);
  for (let m = 0; m < model.experts; m++) spreadMeans(model, m, rows, count, random);
  startChains(model, random);
  return count;
}
