// How far a row is from the centres of an expert: d(x, μ) = Σ_f ρ(|x_f − μ_f| / s_f), over its fields.
import { min1, splat } from '../simd';
import { Model, countOf } from './model';
import { VIEWS, addRho, nearest, nearestBelow } from './views';
import { workspace } from './workspace';

/**
 * sum + ρ(|x_f − μ_f| / s_f) for four centres. Grows to infinity and never to NaN: values are finite, and so is 1 / s.
 */
// @ts-ignore: decorator
@inline export function addShare(
  sum: v128, value: v128, weight: v128, centres: usize, near: v128, below: v128,
): v128 {
  return addRho(sum, f32x4.mul(f32x4.sub(value, v128.load(centres)), weight), near, below);
}

/** The list of the fields that an expert looks at. */
// @ts-ignore: decorator
@inline export function fieldsOf(model: Model, expert: i32): usize {
  return model.fields + ((<usize>expert * <usize>model.looked) << 2);
}

/** Where a sum over fields starts: 0, and infinity in the lanes that no centre stands in. */
// @ts-ignore: decorator
@inline export function vacant(first: usize, count: i32): v128 {
  const lanes = i32x4.add(i32x4.splat(<i32>(first >> 2)), i32x4(0, 1, 2, 3));
  return v128.and(i32x4.ge_s(lanes, i32x4.splat(count)), splat(Infinity));
}

// @ts-ignore: decorator
@inline export function weightsOf(model: Model, expert: i32): usize {
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
  const fields = fieldsOf(model, expert), last = fields + (<usize>model.looked << 2);
  const near = nearest(), below = nearestBelow();
  let least = splat(Infinity), at: usize = 0;
  for (; at + 64 <= line; at += 64) {
    let a = vacant(at, count), b = vacant(at + 16, count), c = vacant(at + 32, count), d = vacant(at + 48, count);
    for (let field = fields, p = centres + at; field < last; field += 4, p += line) {
      const offset = <usize>load<u32>(field) << 2;
      const value = v128.load32_splat(row + offset), weight = v128.load32_splat(weights + offset);
      a = addShare(a, value, weight, p, near, below);
      b = addShare(b, value, weight, p + 16, near, below);
      c = addShare(c, value, weight, p + 32, near, below);
      d = addShare(d, value, weight, p + 48, near, below);
    }
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
      const value = v128.load32_splat(row + offset), weight = v128.load32_splat(weights + offset);
      a = addShare(a, value, weight, p, near, below);
    }
    v128.store(distances + at, a);
    least = f32x4.pmin(least, a);
  }
  return min1(least);
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
