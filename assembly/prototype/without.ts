// Distances over all fields but one, for every field in two passes: the sum over the fields before it, and the sum over
// the fields behind it. A field's share taken from the whole would leave rounding errors where it is most of the whole.
import { splat } from '../simd';
import { addShare, fieldsOf, vacant, weightsOf } from './distance';
import { Model, countOf } from './model';
import { nearest, nearestBelow } from './views';
import { workspace } from './workspace';

/**
 * For every field that an expert looks at the distances to its centres over all the others, into the workspace (K, P),
 * and beside them four that the least one is among (K, 4). In the line behind the last field stand those over all.
 */
export function distancesWithout(model: Model, expert: i32): void {
  const line = model.lineBytes;
  let at: usize = 0;
  for (; at + 64 <= line; at += 64) {
    sumBefore16(model, expert, at);
    addBehind16(model, at);
  }
  for (; at < line; at += 16) {
    sumBefore4(model, expert, at);
    addBehind4(model, at);
  }
}

/** For the sixteen centres at byte `at` of a line: what every field adds, and the sum over the fields before it. */
function sumBefore16(model: Model, expert: i32, at: usize): void {
  const row = workspace().row, weights = weightsOf(model, expert), count = countOf(model, expert);
  const line = model.lineBytes, fields = fieldsOf(model, expert), last = fields + (<usize>model.looked << 2);
  const near = nearest(), below = nearestBelow();
  let centres = model.centres + <usize>expert * model.expertBytes + at;
  let before = workspace().without + at, own = workspace().shares + at;
  let a = vacant(at, count), b = vacant(at + 16, count), c = vacant(at + 32, count), d = vacant(at + 48, count);
  for (let field = fields; field < last; field += 4) {
    const offset = <usize>load<u32>(field) << 2;
    const value = v128.load32_splat(row + offset), weight = v128.load32_splat(weights + offset);
    v128.store(before, a);
    v128.store(before, b, 16);
    v128.store(before, c, 32);
    v128.store(before, d, 48);
    const e = addShare(splat(0), value, weight, centres, near, below);
    const f = addShare(splat(0), value, weight, centres + 16, near, below);
    const g = addShare(splat(0), value, weight, centres + 32, near, below);
    const h = addShare(splat(0), value, weight, centres + 48, near, below);
    v128.store(own, e);
    v128.store(own, f, 16);
    v128.store(own, g, 32);
    v128.store(own, h, 48);
    a = f32x4.add(a, e);
    b = f32x4.add(b, f);
    c = f32x4.add(c, g);
    d = f32x4.add(d, h);
    centres += line;
    before += line;
    own += line;
  }
  v128.store(before, a);
  v128.store(before, b, 16);
  v128.store(before, c, 32);
  v128.store(before, d, 48);
}

/** In each lane the least of four. */
// @ts-ignore: decorator
@inline function least4(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d));
}

/** Keep four of the distances at byte `at` and before it that the least is among. */
// @ts-ignore: decorator
@inline function keepLeast(least: usize, at: usize, distances: v128): void {
  v128.store(least, at ? f32x4.pmin(v128.load(least), distances) : distances);
}

/** To those sums the sum over the fields behind each. */
function addBehind16(model: Model, at: usize): void {
  const line = model.lineBytes, looked = <usize>model.looked, first = workspace().without + at;
  let sum = first + looked * line, own = workspace().shares + at + looked * line;
  let least = workspace().least + (looked << 4);
  keepLeast(least, at, least4(v128.load(sum), v128.load(sum, 16), v128.load(sum, 32), v128.load(sum, 48)));
  let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
  while (sum > first) {
    sum -= line;
    own -= line;
    least -= 16;
    const e = f32x4.add(v128.load(sum), a), f = f32x4.add(v128.load(sum, 16), b);
    const g = f32x4.add(v128.load(sum, 32), c), h = f32x4.add(v128.load(sum, 48), d);
    v128.store(sum, e);
    v128.store(sum, f, 16);
    v128.store(sum, g, 32);
    v128.store(sum, h, 48);
    keepLeast(least, at, least4(e, f, g, h));
    a = f32x4.add(a, v128.load(own));
    b = f32x4.add(b, v128.load(own, 16));
    c = f32x4.add(c, v128.load(own, 32));
    d = f32x4.add(d, v128.load(own, 48));
  }
}

/** As sumBefore16, for the four centres at byte `at`. */
function sumBefore4(model: Model, expert: i32, at: usize): void {
  const row = workspace().row, weights = weightsOf(model, expert);
  const line = model.lineBytes, fields = fieldsOf(model, expert), last = fields + (<usize>model.looked << 2);
  const near = nearest(), below = nearestBelow();
  let centres = model.centres + <usize>expert * model.expertBytes + at;
  let before = workspace().without + at, own = workspace().shares + at, a = vacant(at, countOf(model, expert));
  for (let field = fields; field < last; field += 4) {
    const offset = <usize>load<u32>(field) << 2;
    v128.store(before, a);
    const value = v128.load32_splat(row + offset), weight = v128.load32_splat(weights + offset);
    const e = addShare(splat(0), value, weight, centres, near, below);
    v128.store(own, e);
    a = f32x4.add(a, e);
    centres += line;
    before += line;
    own += line;
  }
  v128.store(before, a);
}

/** As addBehind16, for the four centres at byte `at`. */
function addBehind4(model: Model, at: usize): void {
  const line = model.lineBytes, looked = <usize>model.looked, first = workspace().without + at;
  let sum = first + looked * line, own = workspace().shares + at + looked * line;
  let least = workspace().least + (looked << 4), a = splat(0);
  keepLeast(least, at, v128.load(sum));
  while (sum > first) {
    sum -= line;
    own -= line;
    least -= 16;
    const e = f32x4.add(v128.load(sum), a);
    v128.store(sum, e);
    keepLeast(least, at, e);
    a = f32x4.add(a, v128.load(own));
  }
}
