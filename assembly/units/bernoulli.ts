// Bernoulli units: p(x = 1) = σ(a), one unit independent of the next given its input a.
import { ones, sigmoid4, sigmoids } from '../simd';
import { uniforms } from '../random';

/** `out` = σ(input) for `count` units. */
export function bernoulliMean(input: usize, out: usize, count: i32): void {
  const whole = <usize>(count & ~3) << 2;
  if (whole > 0) sigmoids(input, out, whole);
  if (count & 3) storeFirst(out + whole, sigmoid4(v128.load(input + whole)), count & 3);
}

/** Numbers are drawn for this many units at once: see `uniforms`. */
const DRAWN_UNITS: i32 = 64;
// @ts-ignore: decorator
@inline const DRAWN: usize = memory.data(256, 16);

/** `out` = 1 with probability σ(input), else 0, for `count` units; uniform numbers are drawn four at a time. */
export function bernoulliSample(input: usize, out: usize, count: i32, random: usize): void {
  for (; count > 0; count -= DRAWN_UNITS) {
    const units = min(count, DRAWN_UNITS), whole = <usize>(units & ~3) << 2;
    uniforms(random, DRAWN, (<usize>units << 2) + 15 & ~15);
    for (let at: usize = 0; at < whole; at += 16) v128.store(out + at, compare(DRAWN + at, input + at));
    if (units & 3) storeFirst(out + whole, compare(DRAWN + whole, input + whole), units & 3);
    input += <usize>units << 2;
    out += <usize>units << 2;
  }
}

// @ts-ignore: decorator
@inline function compare(drawn: usize, input: usize): v128 {
  return v128.and(f32x4.lt(v128.load(drawn), sigmoid4(v128.load(input))), ones());
}

/** The first `count` of four values, 1 to 3: what stands behind them is not ours. */
// @ts-ignore: decorator
@inline function storeFirst(out: usize, values: v128, count: i32): void {
  v128.store32_lane(out, values, 0);
  if (count > 1) v128.store32_lane(out, values, 1, 4);
  if (count > 2) v128.store32_lane(out, values, 2, 8);
}

/**
 * Append to `list` the numbers of the units in [from, to) that come out on, given their probabilities.
 * Returns the new length. `from` and the padded `to` are multiples of 4; a probability of exactly 0 is never on.
 */
export function listActive(probabilities: usize, from: i32, to: i32, list: usize, length: i32, random: usize): i32 {
  while (from < to) {
    const end = min(from + DRAWN_UNITS, to);
    uniforms(random, DRAWN, <usize>(end - from) << 2);
    for (let drawn = DRAWN; from < end; from += 4) {
      const on = i32x4.bitmask(f32x4.lt(v128.load(drawn), v128.load(probabilities + (<usize>from << 2))));
      // Write every number and advance past those that are on: no branch to mispredict.
      for (let k = 0; k < 4; k++) {
        store<i32>(list + (<usize>length << 2), from + k);
        length += (on >> k) & 1;
      }
      drawn += 16;
    }
  }
  return length;
}
