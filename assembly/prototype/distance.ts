// How far a row is from the centres of an expert: d(x, μ) = Σ_f ρ((x_f − μ_f) / s_f), over the fields that it looks at.
import { min1, splat } from '../simd';
import { FARTHEST, Model, countOf } from './model';
import { VIEWS } from './views';
import { workspace } from './workspace';

/** ρ(a) = b (2|a| − b) with b = min(|a|, 2): a² near, 4|a| − 4 far (Huber 1964), so that no single field decides. */
// @ts-ignore: decorator
@inline export function huber4(a: v128): v128 {
  const r = f32x4.abs(a), b = f32x4.pmin(r, splat(2));
  return f32x4.mul(b, f32x4.sub(f32x4.add(r, r), b));
}

/** ρ of four centres for one field. */
// @ts-ignore: decorator
@inline function apart(value: v128, weight: v128, centres: usize): v128 {
  return huber4(f32x4.mul(f32x4.sub(value, v128.load(centres)), weight));
}

/** Where a sum over fields starts: 0, and infinity in the lanes that no centre stands in. */
// @ts-ignore: decorator
@inline function vacant(first: usize, count: i32): v128 {
  const lanes = i32x4.add(i32x4.splat(<i32>(first >> 2)), i32x4(0, 1, 2, 3));
  return v128.and(i32x4.ge_s(lanes, i32x4.splat(count)), splat(Infinity));
}

/** Distances that stay finite, whatever came. */
// @ts-ignore: decorator
@inline function bounded(distance: v128): v128 {
  return f32x4.pmin(splat(FARTHEST), distance);
}

// @ts-ignore: decorator
@inline function weightsOf(model: Model, expert: i32): usize {
  return workspace().weights + <usize>(expert % VIEWS) * model.rowBytes;
}

/**
 * The distances of the row in the workspace to all centres of an expert, into the workspace; the least of them.
 * Sixteen centres at a time: the value and the scale of a field are loaded once for them.
 */
export function distancesTo(model: Model, expert: i32): f32 {
  const row = workspace().row, distances = workspace().distances;
  const weights = weightsOf(model, expert), count = countOf(model, expert);
  const line = model.lineBytes, centres = model.centres + <usize>expert * model.expertBytes;
  const fields = model.fields + ((<usize>expert * <usize>model.looked) << 2);
  const last = fields + (<usize>model.looked << 2);
  let least = splat(FARTHEST), at: usize = 0;
  for (; at + 64 <= line; at += 64) {
    let a = vacant(at, count), b = vacant(at + 16, count), c = vacant(at + 32, count), d = vacant(at + 48, count);
    for (let field = fields, p = centres + at; field < last; field += 4, p += line) {
      const offset = <usize>load<u32>(field) << 2;
      const value = v128.load32_splat(row + offset), weight = v128.load32_splat(weights + offset);
      a = f32x4.add(a, apart(value, weight, p));
      b = f32x4.add(b, apart(value, weight, p + 16));
      c = f32x4.add(c, apart(value, weight, p + 32));
      d = f32x4.add(d, apart(value, weight, p + 48));
    }
    a = bounded(a);
    b = bounded(b);
    c = bounded(c);
    d = bounded(d);
    v128.store(distances + at, a);
    v128.store(distances + at, b, 16);
    v128.store(distances + at, c, 32);
    v128.store(distances + at, d, 48);
    least = f32x4.pmin(least, f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(c, d)));
  }
  for (; at < line; at += 16) {
    let a = vacant(at, count);
    for (let field = fields, p = centres + at; field < last; field += 4, p += line) {
      const offset = <usize>load<u32>(field) << 2;
      a = f32x4.add(a, apart(v128.load32_splat(row + offset), v128.load32_splat(weights + offset), p));
    }
    a = bounded(a);
    v128.store(distances + at, a);
    least = f32x4.pmin(least, a);
  }
  return min1(least);
}

/**
 * For every field that an expert looks at the distances over all the others (K, P), into the workspace: the sum over
 * the fields before it and the sum over the fields behind it. Taking its share from the whole would leave nothing but
 * rounding errors of a field that has most of it.
 */
export function distancesWithout(model: Model, expert: i32): void {
  const row = workspace().row, share = workspace().share, without = workspace().without;
  const weights = weightsOf(model, expert), count = countOf(model, expert);
  const line = model.lineBytes, centres = model.centres + <usize>expert * model.expertBytes;
  const fields = model.fields + ((<usize>expert * <usize>model.looked) << 2);
  const all = <usize>model.looked * line;
  for (let at: usize = 0; at < line; at += 16) {
    let before = vacant(at, count), behind = splat(0);
    for (let k = at, field = fields; k < all; k += line, field += 4) {
      const offset = <usize>load<u32>(field) << 2;
      const own = apart(v128.load32_splat(row + offset), v128.load32_splat(weights + offset), centres + k);
      v128.store(without + k, before);
      v128.store(share + k, own);
      before = f32x4.add(before, own);
    }
    for (let k = all + at; k > at; ) {
      k -= line;
      v128.store(without + k, bounded(f32x4.add(v128.load(without + k), behind)));
      behind = f32x4.add(behind, v128.load(share + k));
    }
  }
}

/** The least of a line of distances. */
export function leastOf(line: usize, bytes: usize): f32 {
  let least = v128.load(line);
  for (let at: usize = 16; at < bytes; at += 16) least = f32x4.pmin(least, v128.load(line + at));
  return min1(least);
}

/** The first place of a line of distances where `distance` stands. */
export function firstAt(line: usize, distance: f32): i32 {
  const sought = splat(distance);
  let at = line, found = 0;
  while (!found) {
    found = i32x4.bitmask(f32x4.eq(v128.load(at), sought));
    at += 16;
  }
  return <i32>((at - 16 - line) >> 2) + ctz(found);
}

/** The centre of an expert that is nearest to the row in the workspace, the first of those that are equally near. */
export function winnerOf(model: Model, expert: i32): i32 {
  const distance = distancesTo(model, expert);
  return firstAt(workspace().distances, distance);
}
