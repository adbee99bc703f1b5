// Drawing a set exactly: every one of its units in turn, given the hidden units and all other units of the set.
//
// A set has 1 to MOST units, which is what a row can tell. Within these bounds p(unit k is on | h, others) = σ(a_k); at
// them it is certain: the only unit that is on stays, and none enters beside MOST others. A draw of each unit from that
// is a Gibbs sweep, and leaves p(set | h) as it is.
import { sigmoid4 } from '../simd';
import { uniform4 } from '../random';
import { MOST } from './model';

/** Four bits, those of the units that come out on. */
// @ts-ignore: decorator
@inline function drawFour(logits: usize, random: usize): i32 {
  return i32x4.bitmask(f32x4.lt(uniform4(random), sigmoid4(v128.load(logits))));
}

/** One bit after the other where a bound is near: `others` are on outside of these units. */
function withinBounds(bits: i32, old: i32, count: i32): i32 {
  let out = 0;
  for (let k = 0; k < 4; k++) {
    const others = count - ((old >> k) & 1);
    const on = others == 0 ? 1 : others == MOST ? 0 : (bits >> k) & 1;
    out |= on << k;
    count = others + on;
  }
  return out;
}

/**
 * Draw anew which of `size` units from `first` on are on. `members`: those that are, `count` of them, ascending; the
 * new ones are written to `out`, ascending, with room for MOST. Returns how many they are.
 */
export function drawSet(
  logits: usize, first: i32, size: i32, members: usize, count: i32, out: usize, random: usize,
): i32 {
  const stop = members + (<usize>count << 2);
  let drawn = 0;
  for (let k = 0; k < size; k += 4) {
    let bits = drawFour(logits + (<usize>k << 2), random);
    if (k + 4 > size) bits &= (1 << (size - k)) - 1;
    const unit = first + k;
    let old = 0;
    for (; members < stop && load<i32>(members) < unit + 4; members += 4) old |= 1 << (load<i32>(members) - unit);
    // Nothing is on in most vectors, before and after.
    if ((bits | old) == 0) continue;
    const others = count - popcnt(old);
    if (others == 0 || count + popcnt(bits) > MOST) bits = withinBounds(bits, old, count);
    count = others + popcnt(bits);
    for (; bits != 0; bits &= bits - 1) {
      store<i32>(out + (<usize>drawn << 2), unit + ctz(bits));
      drawn++;
    }
  }
  return drawn;
}
