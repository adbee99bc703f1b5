// One layer given the other:
//
//   hidden  A_j(v) = c_j + Σ_{k on} W_kj       p(h_j = 1 | v) = σ(A_j)
//   unit    a_k(h) = b_k + Σ_j W_kj h_j        a softmax over the states of a group, σ for each unit of a set
import { dot, madd, sigmoid4, splat } from '../simd';
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
    for (let entry = first; entry < end; entry += 4) {
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
  for (let at: usize = 0; at < stride; at += 16) v128.store(out + at, sigmoid4(v128.load(input + at)));
  memory.fill(out + filled, 0, stride - filled);
}

/** `out` = ones with these probabilities, else zeros. */
export function drawHidden(model: Model, probabilities: usize, out: usize, random: usize): void {
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(out + at, v128.and(f32x4.lt(uniform4(random), v128.load(probabilities + at)), splat(1)));
  }
}

/** a_k of one unit. */
export function supportOf(model: Model, unit: i32, hidden: usize): f32 {
  return load<f32>(biasAt(model, unit)) + <f32>model.scale * dot(weightsOf(model, unit), hidden, model.stride);
}

/** `out` = a_k of all units of a group, and up to seven numbers more. Cost: a multiply-add for each of its weights. */
export function supportsOf(model: Model, group: Group, hidden: usize, out: usize): void {
  const scale = splat(<f32>model.scale), size = group.size;
  dotRows(weightsOf(model, group.first), model.stride, size, hidden, out);
  let bias = biasAt(model, group.first);
  for (const stop = out + (<usize>size << 2); out < stop; out += 16) {
    v128.store(out, madd(scale, v128.load(out), v128.load(bias)));
    bias += 16;
  }
}
