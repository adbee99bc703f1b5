// Reconstruction by Metropolis and Hastings (Hastings 1970): p(visible | h) is left as it is, at the cost of the rows
// of the units that are on and of those that are proposed, whatever the number of units is.
//
//   group of states     another state is proposed in place of the own one, taken with min(1, exp(a_other − a_own))
//   set, exchange       the same for each of its units in turn; a unit that is on already is not taken
//   set, entering       a unit, all S equally likely, joins the n that are on: min(1, exp(a_k) S / (n + 1))
//   set, leaving        one of the n, all equally likely, leaves: min(1, exp(−a_k) n / S)
//
// The other state is (r − own) mod S with r from 0 to S − 1: from it the same r leads back, so that proposals there and
// back are equally likely whatever the distribution of r is. Entering is as likely to be tried as leaving. How many
// moves there are must not depend on what they change: an exchange leaves n as it is.
import { dot } from '../products';
import { exp4, madd, splat } from '../simd';
import { uniform4 } from '../random';
import { fourDifferences, fourDots } from './dots';
import { Group, MOST, Model, biasAt, weightsOf } from './model';
import { contains } from './row';
import { Visible, offered, slotCount, slotFirsts, slotSizes, supports } from './workspace';

/** How often a unit is offered to enter or to leave a set in each round. */
const CHANGES: i32 = 4;

// @ts-ignore: decorator
@inline function fourBiases(bias: usize, i: usize, j: usize, k: usize, l: usize): v128 {
  let biases = v128.load32_zero(bias + (i << 2));
  biases = v128.load32_lane(bias + (j << 2), biases, 1);
  biases = v128.load32_lane(bias + (k << 2), biases, 2);
  return v128.load32_lane(bias + (l << 2), biases, 3);
}

/** a_k(h) of four units. */
// @ts-ignore: decorator
@inline function fourSupports(model: Model, units: v128, hidden: usize): v128 {
  const stride = model.stride, weights = model.weights, bias = model.visibleBias;
  const i = <usize>i32x4.extract_lane(units, 0), j = <usize>i32x4.extract_lane(units, 1);
  const k = <usize>i32x4.extract_lane(units, 2), l = <usize>i32x4.extract_lane(units, 3);
  const dots = fourDots(
    weights + i * stride, weights + j * stride, weights + k * stride, weights + l * stride, hidden, stride,
  );
  return madd(splat(<f32>model.scale), dots, fourBiases(bias, i, j, k, l));
}

/** a_other − a_own of four pairs of units. */
// @ts-ignore: decorator
@inline function fourGains(model: Model, others: v128, owns: v128, hidden: usize): v128 {
  const stride = model.stride, weights = model.weights, bias = model.visibleBias;
  const i = <usize>i32x4.extract_lane(others, 0), j = <usize>i32x4.extract_lane(others, 1);
  const k = <usize>i32x4.extract_lane(others, 2), l = <usize>i32x4.extract_lane(others, 3);
  const m = <usize>i32x4.extract_lane(owns, 0), n = <usize>i32x4.extract_lane(owns, 1);
  const o = <usize>i32x4.extract_lane(owns, 2), p = <usize>i32x4.extract_lane(owns, 3);
  const dots = fourDifferences(
    weights + i * stride, weights + j * stride, weights + k * stride, weights + l * stride,
    weights + m * stride, weights + n * stride, weights + o * stride, weights + p * stride, hidden, stride,
  );
  return madd(splat(<f32>model.scale), dots, f32x4.sub(fourBiases(bias, i, j, k, l), fourBiases(bias, m, n, o, p)));
}

/** Other states for four units, whose groups begin at `firsts` and have `sizes` states, by four numbers from [0, 1). */
// @ts-ignore: decorator
@inline function propose(own: v128, firsts: v128, sizes: v128, uniforms: v128): v128 {
  const size = i32x4.trunc_sat_f32x4_s(sizes);
  const drawn = i32x4.trunc_sat_f32x4_s(f32x4.mul(uniforms, sizes));
  const sum = i32x4.min_s(drawn, i32x4.sub(size, i32x4.splat(1)));
  const other = i32x4.sub(sum, i32x4.sub(own, firsts));
  // Negative ones have all bits of the shifted sign.
  return i32x4.add(firsts, i32x4.add(other, v128.and(i32x4.shr_s(other, 31), size)));
}

/** Weights of more bytes are not all in the second-level cache. */
const NEAR: usize = 1 << 19;

/** Where sums end up that nobody reads: loads whose result is not used would be left out. */
const unread: usize = memory.data(4);

/** Load the biases of these units and all cache lines of their rows: what is far away is waited for together. */
function fetchRows(model: Model, units: usize, count: i32): void {
  const stride = model.stride;
  if (<usize>model.units * stride < NEAR) return;
  let sum = 0;
  for (const stop = units + (<usize>count << 2); units < stop; units += 4) {
    const unit = load<i32>(units), row = weightsOf(model, unit);
    sum += load<i32>(biasAt(model, unit));
    for (let at: usize = 0; at < stride; at += 64) sum += load<i32>(row + at);
  }
  store<i32>(unread, sum);
}

/** Propose another state for every slot. Its row and that of the own state are what is looked at next. */
export function offerChoices(model: Model, visible: Visible, random: usize): void {
  const choices = visible.choices, bytes = <usize>slotCount << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const own = v128.load(choices + at), firsts = v128.load(slotFirsts + at), sizes = v128.load(slotSizes + at);
    v128.store(offered + at, propose(own, firsts, sizes, uniform4(random)));
  }
  fetchRows(model, choices, slotCount);
  fetchRows(model, offered, slotCount);
}

/** Take the states that were offered or not, four slots at a time; then offer others, `proposals` times in all. */
export function moveChoices(model: Model, visible: Visible, hidden: usize, random: usize): void {
  const choices = visible.choices, bytes = <usize>slotCount << 2;
  for (let round = 1; ; round++) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const own = v128.load(choices + at), other = v128.load(offered + at);
      const taken = f32x4.lt(uniform4(random), exp4(fourGains(model, other, own, hidden)));
      v128.store(choices + at, v128.bitselect(other, own, taken));
    }
    if (round == <i32>model.proposals) return;
    offerChoices(model, visible, random);
  }
}

/** Fill up the last vector of the members with a unit of their group. */
function pad(members: usize, count: i32, unit: i32): void {
  for (let i = count; (i & 3) != 0; i++) store<i32>(members + (<usize>i << 2), unit);
}

/** a_k of four units that are offered. */
const gains: usize = memory.data(16, 16);

/** Offer each of the units that are on another one in its place. Their supports follow them. */
function exchange(model: Model, group: Group, members: usize, count: i32, hidden: usize, random: usize): void {
  const firsts = i32x4.splat(group.first), sizes = splat(<f32>group.size), bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(offered + at, propose(v128.load(members + at), firsts, sizes, uniform4(random)));
  }
  fetchRows(model, offered, count);
  for (let at: usize = 0; at < bytes; at += 16) {
    const supported = fourSupports(model, v128.load(offered + at), hidden);
    const odds = exp4(f32x4.sub(supported, v128.load(supports + at)));
    v128.store(gains, supported);
    let taken = i32x4.bitmask(f32x4.lt(uniform4(random), odds));
    // One after the other: what was taken just now is on already.
    for (let place = at; taken != 0 && place < bytes; place += 4) {
      const unit = load<i32>(offered + place), isTaken = taken & 1;
      taken >>= 1;
      if (!isTaken || contains(members, count, unit)) continue;
      store<i32>(members + place, unit);
      store<f32>(supports + place, load<f32>(gains + place - at));
    }
  }
}

/** A unit may enter or one may leave; returns how many there are then. */
function change(model: Model, group: Group, members: usize, count: i32, hidden: usize, random: usize): i32 {
  const uniforms = uniform4(random), size = group.size;
  const u = f32x4.extract_lane(uniforms, 1), chance = f32x4.extract_lane(uniforms, 3);
  if (f32x4.extract_lane(uniforms, 0) < 0.5) {
    // 48 bits: units of a large set have to be equally likely.
    const fine = <f64>u + <f64>f32x4.extract_lane(uniforms, 2) * 5.9604644775390625e-8;
    const unit = group.first + min(<i32>(fine * <f64>size), size - 1);
    if (count == MOST || contains(members, count, unit)) return count;
    const drive = dot(weightsOf(model, unit), hidden, model.stride);
    const support = load<f32>(biasAt(model, unit)) + <f32>model.scale * drive;
    const odds = f32x4.extract_lane(exp4(splat(support)), 0) * <f32>size / <f32>(count + 1);
    if (!(chance < odds)) return count;
    store<i32>(members + (<usize>count << 2), unit);
    store<f32>(supports + (<usize>count << 2), support);
    return count + 1;
  }
  if (count == 1) return count;
  const leaver = <usize>min(<i32>(u * <f32>count), count - 1) << 2, last = <usize>(count - 1) << 2;
  const odds = f32x4.extract_lane(exp4(splat(-load<f32>(supports + leaver))), 0) * <f32>count / <f32>size;
  if (!(chance < odds)) return count;
  store<i32>(members + leaver, load<i32>(members + last));
  store<f32>(supports + leaver, load<f32>(supports + last));
  return count - 1;
}

/** `proposals` rounds of moves of one set; returns how many units are on then. */
export function moveSet(model: Model, group: Group, members: usize, count: i32, hidden: usize, random: usize): i32 {
  pad(members, count, group.first);
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    v128.store(supports + at, fourSupports(model, v128.load(members + at), hidden));
  }
  for (let round = 0; round < <i32>model.proposals; round++) {
    pad(members, count, group.first);
    exchange(model, group, members, count, hidden, random);
    for (let i = 0; i < CHANGES; i++) count = change(model, group, members, count, hidden, random);
  }
  return count;
}
