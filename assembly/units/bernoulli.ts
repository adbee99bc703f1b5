// Bernoulli units: p(x = 1) = σ(a), one unit independent of the next given its input a.
import { sigmoid4, splat } from '../simd';
import { uniform4 } from '../random';

/** `out` = σ(input) for `count` units. */
export function bernoulliMean(input: usize, out: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(out, sigmoid4(v128.load(input)));
    input += 16;
    out += 16;
  }
  if (count > 0) storeFirst(out, sigmoid4(v128.load(input)), count);
}

/** `out` = 1 with probability σ(input), else 0, for `count` units; uniform numbers are drawn four at a time. */
export function bernoulliSample(input: usize, out: usize, count: i32, random: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(out, draw(v128.load(input), random));
    input += 16;
    out += 16;
  }
  if (count > 0) storeFirst(out, draw(v128.load(input), random), count);
}

// @ts-ignore: decorator
@inline function draw(input: v128, random: usize): v128 {
  return v128.and(f32x4.lt(uniform4(random), sigmoid4(input)), splat(1));
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
  for (let j = from; j < to; j += 4) {
    const on = i32x4.bitmask(f32x4.lt(uniform4(random), v128.load(probabilities + (<usize>j << 2))));
    // Write every number and advance past those that are on: no branch to mispredict.
    for (let k = 0; k < 4; k++) {
      store<i32>(list + (<usize>length << 2), j + k);
      length += (on >> k) & 1;
    }
  }
  return length;
}
