// One layer given the other:
//
//   hidden  A_j(v) = c_j + Σ_{k on} W_kj       p(h_j = 1 | v) = σ(A_j)
//   unit    a_k(h) = b_k + Σ_j W_kj h_j        a softmax over the states of a group, σ for each unit of a set
import { madd, sigmoid4, sigmoids, splat } from '../simd';
import { uniform4 } from '../random';
import { dotRows } from './dots';
import { Group, Model, biasAt, weightsOf } from './model';
import { Visible, activeRows, countOf, membersOf, slotCount } from './workspace';

/** Enter the addresses of the rows of `count` units at `to`; returns the end. */
function enterRows(model: Model, units: usize, count: i32, to: usize): usize {
  for (const stop = units + (<usize>count << 2); units < stop; units += 4) {
    store<u32>(to, <u32>weightsOf(model, load<i32>(units)));
    to += 4;
  }
  return to;
}

/**
 * `out` = A(visible), H values, c in the places that only fill up, which is zero. Cost: H additions for every unit that
 * is on. A cache line of every row at a time: its four sums stay in registers.
 */
export function drive(model: Model, visible: Visible, out: usize): void {
  const stride = model.stride, bias = model.hiddenBias, scale = splat(<f32>model.scale), first = activeRows;
  let end = enterRows(model, visible.choices, slotCount, first);
  for (let s = 0; s < model.setCount; s++) end = enterRows(model, membersOf(visible, s), countOf(visible, s), end);
  for (let at: usize = 0; at < stride; at += 64) {
    let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
    let entry = first;
    for (; entry + 4 < end; entry += 8) {
      const row = <usize>load<u32>(entry) + at, next = <usize>load<u32>(entry, 4) + at;
      a = f32x4.add(a, f32x4.add(v128.load(row), v128.load(next)));
      b = f32x4.add(b, f32x4.add(v128.load(row, 16), v128.load(next, 16)));
      c = f32x4.add(c, f32x4.add(v128.load(row, 32), v128.load(next, 32)));
      d = f32x4.add(d, f32x4.add(v128.load(row, 48), v128.load(next, 48)));
    }
    if (entry < end) {
      const row = <usize>load<u32>(entry) + at;
      a = f32x4.add(a, v128.load(row));
      b = f32x4.add(b, v128.load(row, 16));
      c = f32x4.add(c, v128.load(row, 32));
      d = f32x4.add(d, v128.load(row, 48));
    }
    v128.store(out + at, madd(scale, a, v128.load(bias + at)));
    v128.store(out + at, madd(scale, b, v128.load(bias + at, 16)), 16);
    v128.store(out + at, madd(scale, c, v128.load(bias + at, 32)), 32);
    v128.store(out + at, madd(scale, d, v128.load(bias + at, 48)), 48);
  }
}

/** `out` = σ(input), exactly 0 in the places that only fill up. */
export function activate(model: Model, input: usize, out: usize): void {
  const stride = model.stride, filled = <usize>model.hidden << 2;
  sigmoids(input, out, stride);
  for (let at = filled; at < stride; at += 4) store<f32>(out + at, 0);
}

/**
 * `out` = σ(input), `drawn` = ones with these probabilities, else zeros. In one loop, in which random numbers, each of
 * which waits for the one before, are found while sigmoids are.
 */
export function activateAndDraw(model: Model, input: usize, out: usize, drawn: usize, random: usize): void {
  const stride = model.stride, filled = <usize>model.hidden << 2;
  for (let at: usize = 0; at < stride; at += 16) {
    const p = sigmoid4(v128.load(input + at));
    v128.store(out + at, p);
    v128.store(drawn + at, v128.and(f32x4.lt(uniform4(random), p), splat(1)));
  }
  for (let at = filled; at < stride; at += 4) store<f32>(out + at, 0);
}

/** `out` = a_k of all units of a group, and up to seven numbers more. Cost: a multiply-add for each of its weights. */
export function supportsOf(model: Model, group: Group, hidden: usize, out: usize): void {
  const scale = splat(<f32>model.scale), rows = weightsOf(model, group.first), bias = biasAt(model, group.first);
  dotRows(rows, model.stride, group.size, hidden, scale, bias, out);
}
