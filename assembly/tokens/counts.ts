// How often every token of a group was learned: the base rate p0 of the visible layer, and what proposals are drawn from.
//
//   p0(k) = (n_k + ½) / (n + ½ S)     (Krichevsky and Trofimov 1981)
//
// The counts stand in a Fenwick tree (1994): node i, counted from 1, holds the sum of the counts in (i − lowbit(i), i].
// Adding, reading and drawing cost O(log S) each.
import { log } from '../log';
import { uniform4 } from '../random';
import { Group, Model, groupAt } from './model';

const PRIOR: f64 = 0.5;

/** Address of node `index` of a group's tree, counted from 1. */
// @ts-ignore: decorator
@inline function nodeAt(model: Model, group: Group, index: i32): usize {
  return model.tree + (<usize>(group.first + index - 1) << 3);
}

/** Count one more token `state` of a group. */
export function countToken(model: Model, group: Group, state: i32): void {
  for (let i = state + 1; i <= group.size; i += i & -i) {
    const node = nodeAt(model, group, i);
    store<f64>(node, load<f64>(node) + 1);
  }
}

/** n: all tokens of a group that were learned. */
export function totalCount(model: Model, group: Group): f64 {
  let sum: f64 = 0;
  for (let i = group.size; i > 0; i -= i & -i) sum += load<f64>(nodeAt(model, group, i));
  return sum;
}

/** n_k + ½. */
export function massOf(model: Model, group: Group, state: i32): f64 {
  const node = state + 1, below = node - (node & -node);
  let sum = load<f64>(nodeAt(model, group, node));
  for (let i = node - 1; i > below; i -= i & -i) sum -= load<f64>(nodeAt(model, group, i));
  return Math.max(sum, 0) + PRIOR;
}

/** n + ½ S. */
// @ts-ignore: decorator
@inline export function massOfAll(model: Model, group: Group): f64 {
  return totalCount(model, group) + PRIOR * <f64>group.size;
}

/** log p0 of a token. */
export function logBase(model: Model, group: Group, state: i32): f64 {
  return log(massOf(model, group, state) / massOfAll(model, group));
}

/** The token at which the counts, added up from the first, come above `sum`. */
function tokenAt(model: Model, group: Group, sum: f64): i32 {
  let before = 0;
  for (let step = 1 << (31 - clz(group.size)); step > 0; step >>= 1) {
    const next = before + step;
    if (next > group.size) continue;
    const count = load<f64>(nodeAt(model, group, next));
    if (count > sum) continue;
    sum -= count;
    before = next;
  }
  // Rounding may lead one beyond the last.
  return min(before, group.size - 1);
}

/** A token of a group drawn from p0, given its `total`, by 48 random bits. `uniforms`: four numbers, two of them used. */
// @ts-ignore: decorator
@inline export function drawToken(model: Model, group: Group, total: f64, uniforms: v128): i32 {
  const u = <f64>f32x4.extract_lane(uniforms, 0) + <f64>f32x4.extract_lane(uniforms, 1) * 5.9604644775390625e-8;
  const prior = PRIOR * <f64>group.size, x = u * (total + prior);
  return x < prior ? min(<i32>(x / PRIOR), group.size - 1) : tokenAt(model, group, x - prior);
}

/** `out` = `count` tokens drawn from p0. */
export function drawTokens(model: Model, index: i32, count: i32, out: usize, random: usize): void {
  const group = groupAt(model, index), total = totalCount(model, group);
  for (let i = 0; i < count; i++) {
    store<i32>(out + (<usize>i << 2), drawToken(model, group, total, uniform4(random)));
  }
}
