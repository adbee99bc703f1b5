/**
 * Laplace experts, in one file: g_i(v) = exp(−|v_i − m_i| / b_i), whose place m is a median and whose width b is learned,
 * b = e^s. Rows far out pull at it no more than others. Visible layer: real units.
 *
 * A family's kernel needs nothing from outside and exports what is exported here. Addresses and sizes are bytes; rows are
 * float32, D values back to back, NaN where a value is missing. A row that cannot be used is refused (0, or NaN of
 * `freeEnergy`) before anything has changed.
 */

/** The first four letters of the name, "lapl", the first in the lowest byte. */
export const family: i32 = 0x6c70616c;

const PLACES: i32 = 4;
/** Differences beyond it count as it, so that sums of them are finite. */
const FARTHEST: f32 = 1e18;
/** Of s, in both directions. */
const STEEPEST: f32 = 20;

@unmanaged
class Model {
  // Options, as the caller hands them over: float64, in the order of the family's list.
  learningRate: f64;
  seed: f64;
  /** Rows learned. */
  learned: f64;
  width: i32;
  /** m and s, D values each. */
  m: usize;
  s: usize;
  /** Two generators: of learning, of `sample`. */
  random: usize;
  /** The table that `places` tells of. */
  places: usize;
}

const OPTION_BYTES: usize = offsetof<Model>('learned');
let allowed: f64 = 4294967296;
let stage: usize = 0, staged: usize = 0;

function allocate(bytes: usize): usize {
  if (<f64>(<u64>memory.size() << 16) + <f64>bytes > allowed) return 0;
  const block = heap.alloc(bytes);
  memory.fill(block, 0, bytes);
  return block;
}

/** What memory may grow to, from now on. */
export function limit(bytes: f64): void {
  allowed = bytes;
}

/** Where the caller puts rows and finds results; the same block as long as it is large enough. */
export function staging(bytes: usize): usize {
  if (bytes <= staged) return stage;
  if (stage) heap.free(stage);
  stage = allocate(bytes);
  staged = stage ? bytes : 0;
  return stage;
}

/** groups: pairs (kind, size) of i32. Everything of a model is one block, so that giving it back is one call. */
export function create(groups: usize, groupCount: i32, options: usize, blank: i32): usize {
  let width: f64 = 0;
  for (let i = 0; i < groupCount; i++) width += <f64>load<i32>(groups + (<usize>i << 3), 4);
  const head = (offsetof<Model>() + 15) & ~15, table = <usize>PLACES << 4, array = (<usize>width * 4 + 15) & ~15;
  if (8 * width > 1e9) return 0;
  const block = allocate(head + table + 2 * array + 32);
  if (!block) return 0;
  const model = changetype<Model>(block);
  memory.copy(block, options, OPTION_BYTES);
  model.width = <i32>width;
  model.places = block + head;
  model.m = model.places + table;
  model.s = model.m + array;
  model.random = model.s + array;
  for (let stream = 0; stream < 2; stream++) startRandom(model.random + (<usize>stream << 4), <u32>model.seed * 2 + stream);
  enter(model.places, 0, model.m, 1, model.width, 0);
  enter(model.places, 1, model.s, 1, model.width, 0);
  enter(model.places, 2, model.random, 2, 4, 16);
  enter(model.places, 3, block + offsetof<Model>('learned'), 1, 1, 0);
  return block;
}

/** An entry of the table: address, rows, columns, bytes from one row to the next; 0 of these for a vector. */
function enter(table: usize, index: i32, pointer: usize, rows: i32, columns: i32, stride: i32): void {
  const entry = table + (<usize>index << 4);
  store<u32>(entry, <u32>pointer);
  store<i32>(entry, rows, 4);
  store<i32>(entry, columns, 8);
  store<i32>(entry, stride, 12);
}

export function release(model: usize): void {
  heap.free(model);
}

export function places(address: usize): usize {
  return changetype<Model>(address).places;
}

export function placeCount(): i32 {
  return PLACES;
}

// Random numbers: xorshift128 (Marsaglia 2003), four words that are never all zero.

function startRandom(random: usize, seed: u32): void {
  for (let word = 0; word < 4; word++) {
    seed = seed * 1664525 + 1013904223;
    store<u32>(random + (<usize>word << 2), seed | 1);
  }
  for (let n = 0; n < 16; n++) uniform(random);
}

/** In (0, 1). */
function uniform(random: usize): f64 {
  let t = load<u32>(random, 12);
  const s = load<u32>(random);
  store<u32>(random, load<u32>(random, 8), 12);
  store<u32>(random, load<u32>(random, 4), 8);
  store<u32>(random, s, 4);
  t ^= t << 11;
  t ^= t >> 8;
  store<u32>(random, t ^ s ^ (s >> 19));
  return (<f64>load<u32>(random) + 0.5) / 4294967296;
}

// @ts-ignore: decorator
@inline function at(values: usize, i: i32): f32 {
  return load<f32>(values + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline function put(values: usize, i: i32, value: f32): void {
  store<f32>(values + (<usize>i << 2), value);
}

function width(model: Model, i: i32): f64 {
  return Math.exp(<f64>at(model.s, i));
}

/** v − m, not farther than FARTHEST. */
function distance(model: Model, row: usize, i: i32): f32 {
  return max(-FARTHEST, min(FARTHEST, at(row, i) - at(model.m, i)));
}

/** A draw of one value: e^s of an exponential number to either side of m. */
function draw(model: Model, i: i32, random: usize): f32 {
  const side = uniform(random) < 0.5 ? -1.0 : 1.0;
  return <f32>(<f64>at(model.m, i) - side * width(model, i) * Math.log(uniform(random)));
}

function isUsable(model: Model, row: usize): bool {
  for (let i = 0; i < model.width; i++) if (Mathf.abs(at(row, i)) == Infinity) return false;
  return true;
}

/** Medians of the rows would need them sorted; means do for a start. */
export function initialise(address: usize, rows: usize, count: i32): i32 {
  const model = changetype<Model>(address), bytes = <usize>model.width << 2;
  for (let n = 0; n < count; n++) if (!isUsable(model, rows + <usize>n * bytes)) return n;
  for (let i = 0; i < model.width; i++) {
    let mean: f64 = 0, seen: f64 = 0;
    for (let n = 0; n < count; n++) {
      const value = <f64>at(rows + <usize>n * bytes, i);
      if (value == value) mean += (value - mean) / ++seen;
    }
    let spread: f64 = 0;
    for (let n = 0; n < count; n++) {
      const value = <f64>at(rows + <usize>n * bytes, i);
      if (value == value) spread += Math.abs(value - mean) / seen;
    }
    put(model.m, i, <f32>mean);
    if (spread > 0) put(model.s, i, max(-STEEPEST, min(STEEPEST, <f32>Math.log(spread))));
  }
  return count;
}

/**
 * Contrastive divergence with an exact draw x as the reconstruction: Δθ ∝ ∂ log g(v) − ∂ log g(x). With respect to m the
 * derivative is the sign of v − m over b, with respect to s it is |v − m| / b; m moves in units of b.
 */
export function learn(address: usize, row: usize): i32 {
  const model = changetype<Model>(address);
  if (!isUsable(model, row)) return 0;
  const rate = <f32>model.learningRate;
  for (let i = 0; i < model.width; i++) {
    const x = draw(model, i, model.random);
    if (at(row, i) != at(row, i)) continue;
    const b = <f32>width(model, i), own = distance(model, row, i) / b, other = (x - at(model.m, i)) / b;
    put(model.m, i, at(model.m, i) + rate * b * (sign(own) - sign(other)));
    // No row widens by more than ten widths would.
    const wider = rate * (min(Mathf.abs(own), 10) - min(Mathf.abs(other), 10));
    put(model.s, i, max(-STEEPEST, min(STEEPEST, at(model.s, i) + wider)));
  }
  model.learned += 1;
  return 1;
}

function sign(x: f32): f32 {
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

export function notice(address: usize, row: usize): i32 {
  return i32(isUsable(changetype<Model>(address), row));
}

export function learnMany(address: usize, rows: usize, count: i32): i32 {
  const bytes = <usize>changetype<Model>(address).width << 2;
  let learned = 0;
  while (learned < count && learn(address, rows + <usize>learned * bytes)) learned++;
  return learned;
}

export function freeEnergy(address: usize, row: usize): f32 {
  const model = changetype<Model>(address);
  if (!isUsable(model, row)) return NaN;
  let sum: f64 = 0;
  for (let i = 0; i < model.width; i++) {
    if (at(row, i) == at(row, i)) sum += Math.abs(<f64>distance(model, row, i)) / width(model, i);
  }
  return <f32>sum;
}

export function freeEnergies(address: usize, rows: usize, count: i32, out: usize): void {
  const bytes = <usize>changetype<Model>(address).width << 2;
  for (let n = 0; n < count; n++) put(out, n, freeEnergy(address, rows + <usize>n * bytes));
}

/** −log p(v_i) relative to the likeliest value: |v − m| / b. NaN where a value is missing. */
export function surprise(address: usize, row: usize, out: usize): i32 {
  const model = changetype<Model>(address);
  if (!isUsable(model, row)) return 0;
  for (let i = 0; i < model.width; i++) put(out, i, <f32>(<f64>Mathf.abs(distance(model, row, i)) / width(model, i)));
  for (let i = 0; i < model.width; i++) if (at(row, i) != at(row, i)) put(out, i, NaN);
  return 1;
}

export function conditional(address: usize, row: usize, group: i32, out: usize): i32 {
  const model = changetype<Model>(address);
  if (!isUsable(model, row)) return 0;
  store<f32>(out, at(model.m, group));
  return 1;
}

export function reconstruct(address: usize, row: usize, steps: i32, out: usize): i32 {
  const model = changetype<Model>(address);
  if (!isUsable(model, row)) return 0;
  memory.copy(out, model.m, <usize>model.width << 2);
  return 1;
}

/** Features: how far each value is from its place, in widths; 0 where it is missing. */
export function transform(address: usize, row: usize, out: usize): i32 {
  const model = changetype<Model>(address);
  if (!isUsable(model, row)) return 0;
  for (let i = 0; i < model.width; i++) {
    const missing = at(row, i) != at(row, i);
    put(out, i, missing ? 0 : <f32>(<f64>distance(model, row, i) / width(model, i)));
  }
  return 1;
}

export function sample(address: usize, count: i32, sweeps: i32, out: usize): void {
  const model = changetype<Model>(address);
  for (let n = 0; n < count; n++)
    for (let i = 0; i < model.width; i++) put(out, n * model.width + i, draw(model, i, model.random + 16));
}

/** The largest absolute value, NaN when one of them is: how the host sees whether a file's numbers are finite. */
export function magnitude(values: usize, count: i32): f32 {
  let most: f32 = 0;
  for (let i = 0; i < count; i++) {
    const value = at(values, i);
    if (value != value) return NaN;
    most = max(most, Mathf.abs(value));
  }
  return most;
}

/** The checksum of model files, going on from `sum`: FNV-1a over words, their upper halves folded in, then over bytes. */
export function checksum(bytes: usize, count: i32, sum: i32): i32 {
  let at = 0;
  for (; at + 4 <= count; at += 4) {
    sum = (sum ^ load<i32>(bytes + <usize>at)) * 0x01000193;
    sum ^= <i32>(<u32>sum >> 15);
  }
  for (; at < count; at++) sum = (sum ^ <i32>load<u8>(bytes + <usize>at)) * 0x01000193;
  return sum;
}
