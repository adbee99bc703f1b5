// Drawing one of many states exactly, p(k) = exp(a_k) / Σ_l exp(a_l), by the inverse of the distribution function:
// the first state at which the sum of exponentials comes above u times their total. No branch depends on u.
import { expFast4, max1, splat } from '../simd';
import { uniform4 } from '../random';

/** States whose exponentials are added up in float32. */
const BLOCK: i32 = 512;

/** `x` ← exp(x − max x) for `size` numbers, zeros up to the end of the last vector. Returns the sum of each lane. */
function exponentiate(x: usize, size: i32): v128 {
  const stop = x + (<usize>size << 2);
  // What fills up the last vector.
  v128.store(stop, splat(-Infinity));
  let most = splat(-Infinity), sum = splat(0);
  for (let at = x; at < stop; at += 16) most = f32x4.pmax(most, v128.load(at));
  const shift = splat(max1(most));
  for (let at = x; at < stop; at += 16) {
    const e = expFast4(f32x4.sub(v128.load(at), shift));
    sum = f32x4.add(sum, e);
    v128.store(at, e);
  }
  return sum;
}

/** The sums over every fourth of `size` numbers, filled up with zeros. */
function laneSums(x: usize, size: i32): v128 {
  let sum = splat(0);
  for (const stop = x + (<usize>size << 2); x < stop; x += 16) sum = f32x4.add(sum, v128.load(x));
  return sum;
}

/**
 * A state by masses that stand at `x` and add up to `sums` in each lane, u from [0, 1). They are added up lane by lane,
 * which is as good as any other fixed order: of the places whose sum is not above u × total those of a lane come all
 * before the next lane's, so that it is enough to count them.
 */
function drawWithin(x: usize, size: i32, sums: v128, u: f32): i32 {
  // The sums of all lanes before each, added one after the other, as the places are: a lane ends where the next begins.
  const zero = splat(0);
  const first = i32x4.shuffle(zero, sums, 0, 4, 4, 4), second = i32x4.shuffle(zero, sums, 0, 0, 5, 5);
  const below = f32x4.add(f32x4.add(first, second), i32x4.shuffle(zero, sums, 0, 0, 0, 6));
  // u is at most 1 − 2⁻²⁴, so the product is rounded to less than the total, and the last lane is never full.
  const target = splat(u * f32x4.extract_lane(f32x4.add(below, sums), 3));
  let sum = splat(0), passed = i32x4.splat(0);
  for (let at = x, stop = x + (<usize>size << 2); at < stop; at += 16) {
    sum = f32x4.add(sum, v128.load(at));
    passed = i32x4.sub(passed, f32x4.le(f32x4.add(below, sum), target));
  }
  const vectors = (size + 3) >> 2, full = popcnt(i32x4.bitmask(i32x4.eq(passed, i32x4.splat(vectors))));
  const halves = i32x4.add(passed, i32x4.shuffle(passed, passed, 2, 3, 0, 1));
  const count = i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
  return ((count - full * vectors) << 2) + full;
}

/** The block in which the sum comes above u × total; in float64, since there may be thousands of them. */
function drawBlock(x: usize, size: i32, u: f64): i32 {
  let total: f64 = 0;
  for (let from = 0; from < size; from += BLOCK) total += massOf(x, from, size);
  let rest = u * total, last = 0;
  for (let from = 0; from < size; from += BLOCK) {
    const mass = massOf(x, from, size);
    if (mass == 0) continue;
    last = from;
    rest -= mass;
    if (rest < 0) break;
  }
  return last;
}

function massOf(x: usize, from: i32, size: i32): f64 {
  const sums = laneSums(x + (<usize>from << 2), min(BLOCK, size - from));
  return <f64>f32x4.extract_lane(sums, 0) + <f64>f32x4.extract_lane(sums, 1) + <f64>f32x4.extract_lane(sums, 2)
    + <f64>f32x4.extract_lane(sums, 3);
}

/** A state drawn by the logits of `size` states, which are overwritten, as are four numbers behind them. */
export function drawState(logits: usize, size: i32, random: usize): i32 {
  const sums = exponentiate(logits, size), uniforms = uniform4(random), u = f32x4.extract_lane(uniforms, 0);
  if (size <= BLOCK) return drawWithin(logits, size, sums, u);
  const fine = <f64>u + <f64>f32x4.extract_lane(uniforms, 1) * 5.9604644775390625e-8;
  const from = drawBlock(logits, size, fine), block = logits + (<usize>from << 2), count = min(BLOCK, size - from);
  return from + drawWithin(block, count, laneSums(block, count), f32x4.extract_lane(uniforms, 2));
}
