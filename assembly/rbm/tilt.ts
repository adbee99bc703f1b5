// What the hidden units, summed out, add to the logit of a visible unit. With the input R_j from all other units, an input
// of x W_jk more gives
//
//   Σ_j log(1 + exp(R_j + x W_jk)) − max(R_j, 0) = log Π_j (off_j + on_j exp(x W_jk)),   on_j : off_j = exp R_j : 1,
//
// with the larger of on_j and off_j one, so that products of some factors stay in range. Cost: the exponential of a weight,
// one multiply-add and its share of a logarithm.
import { log4, madd, ones, softplus4, splat } from '../simd';
import { Model, scoringWeights } from './model';

/**
 * Constants that loops have a register for: 1.5 × 2^23, whose sum with n has n in its low bits; log2 e; 2^f for |f| <= 1/2,
 * the polynomial of `expFast4`; ln 2; the least exponent that matters beside one.
 */
// @ts-ignore: decorator
@inline const TABLE: usize = memory.data<f32>([
  12582912, 1.44269504088896341, 1.326472731307149e-3, 9.671512991189957e-3, 5.550733581185341e-2,
  0.24022242426872253, 0.6931470036506653, 0.69314718055994531, -86,
], 16);

// @ts-ignore: decorator
@inline function entry(index: usize): v128 {
  return v128.load32_splat(TABLE + (index << 2));
}

/**
 * Factors of a product between two looks at its exponent, and the largest exponent of 2 that a power may have: 8 factors of
 * at most 2 × 2^14.5 and what was there before, below 2, stay below 2^125.
 */
const FACTORS: usize = 8;
const LARGEST: i32 = 14;

/** Units whose exponentials stand in memory before they are multiplied: neither loop waits for results of its own. */
const UNITS: i32 = 64;
// @ts-ignore: decorator
@inline const POWERS: usize = memory.data(1088, 16);

/**
 * `on`, `off` = exp R and 1 for the inputs in `rest`, both divided by the larger one, with small relative errors; 0 and 1
 * behind the last hidden unit, where they leave a product as it is.
 */
export function weighStates(model: Model, rest: usize, on: usize, off: usize): void {
  const round = entry(0), scale = entry(1), one = ones(), zero = splat(0), least = entry(8);
  const c5 = entry(2), c4 = entry(3), c3 = entry(4), c2 = entry(5), c1 = entry(6);
  const units = <usize>model.hidden << 2;
  for (let at: usize = 0; at < units; at += 16) {
    const input = v128.load(rest + at), x = f32x4.pmax(f32x4.pmin(input, f32x4.sub(zero, input)), least);
    const t = madd(x, scale, round), f = madd(x, scale, f32x4.sub(round, t));
    let e = madd(f, c5, c4);
    e = madd(e, f, c3);
    e = madd(e, f, c2);
    e = madd(e, f, c1);
    e = i32x4.add(madd(e, f, one), i32x4.shl(t, 23));
    const negative = f32x4.lt(input, zero);
    v128.store(on + at, f32x4.pmax(e, v128.andnot(one, negative)));
    v128.store(off + at, f32x4.pmax(e, v128.and(one, negative)));
  }
  for (let at = units; at < model.hiddenBytes; at += 4) {
    store<f32>(on + at, 0);
    store<f32>(off + at, 1);
  }
}

/** exp(ln 2 × scale × W) of four columns for `count` units, into POWERS. Is every exponent of 2 within LARGEST? */
function raise(w: usize, stride: usize, count: i32, scale: v128): bool {
  const round = entry(0), one = ones(), end = POWERS + (<usize>count << 4);
  const c5 = entry(2), c4 = entry(3), c3 = entry(4), c2 = entry(5), c1 = entry(6);
  let highest = round, lowest = round, out = POWERS;
  do {
    const weight = v128.load(w), t = madd(weight, scale, round);
    highest = i32x4.max_s(highest, t);
    lowest = i32x4.min_s(lowest, t);
    const f = madd(weight, scale, f32x4.sub(round, t));
    let e = madd(f, c5, c4);
    e = madd(e, f, c3);
    e = madd(e, f, c2);
    e = madd(e, f, c1);
    v128.store(out, i32x4.add(madd(e, f, one), i32x4.shl(t, 23)));
    w += stride;
    out += 16;
  } while (out < end);
  // Four rows of eight may be none.
  for (let at: usize = 0; at < 64; at += 16) v128.store(out + at, splat(0));
  const limit = i32x4.splat(LARGEST);
  const above = i32x4.gt_s(i32x4.sub(highest, round), limit);
  return !v128.any_true(v128.or(above, i32x4.gt_s(i32x4.sub(round, lowest), limit)));
}

/** Π (off_j + on_j e_j) for eight units from `on`, `off` and their powers on. */
// @ts-ignore: decorator
@inline function eightMeans(on: usize, off: usize, power: usize): v128 {
  const a = madd(v128.load32_splat(on), v128.load(power), v128.load32_splat(off));
  const b = madd(v128.load32_splat(on, 4), v128.load(power, 16), v128.load32_splat(off, 4));
  const c = madd(v128.load32_splat(on, 8), v128.load(power, 32), v128.load32_splat(off, 8));
  const d = madd(v128.load32_splat(on, 12), v128.load(power, 48), v128.load32_splat(off, 12));
  const first = f32x4.mul(f32x4.mul(a, b), f32x4.mul(c, d));
  const e = madd(v128.load32_splat(on, 16), v128.load(power, 64), v128.load32_splat(off, 16));
  const f = madd(v128.load32_splat(on, 20), v128.load(power, 80), v128.load32_splat(off, 20));
  const g = madd(v128.load32_splat(on, 24), v128.load(power, 96), v128.load32_splat(off, 24));
  const h = madd(v128.load32_splat(on, 28), v128.load(power, 112), v128.load32_splat(off, 28));
  return f32x4.mul(first, f32x4.mul(f32x4.mul(e, f), f32x4.mul(g, h)));
}

/** What `tilted` gives, for any weights. */
function tiltedFar(model: Model, column: usize, rest: usize, x: v128): v128 {
  const zero = splat(0);
  let sum = zero, w = scoringWeights(model) + column;
  for (let j = 0; j < model.hidden; j++) {
    const input = v128.load32_splat(rest + (<usize>j << 2));
    const more = f32x4.add(input, f32x4.mul(x, v128.load(w)));
    sum = f32x4.add(sum, f32x4.sub(softplus4(more), f32x4.pmax(input, zero)));
    w += model.stride;
  }
  return sum;
}

/**
 * Σ_j log(off_j + on_j exp(x W_jk)) for the four columns from byte `column` on, with `rest`, `on` and `off` as
 * `weighStates` has them. A unit adds an error of at most 6e-7 + 8.5e-8 (|R_j| + |x W_jk|). Columns with weights beyond 10
 * take a slower path.
 */
export function tilted(model: Model, column: usize, rest: usize, on: usize, off: usize, x: v128): v128 {
  const scale = f32x4.mul(x, entry(1)), one = ones();
  let product = one, exponents = splat(0);
  let w = scoringWeights(model) + column, p = on, q = off;
  for (let from = 0; from < model.rows; from += UNITS) {
    const count = min(UNITS, model.rows - from);
    if (!raise(w, model.stride, count, scale)) return tiltedFar(model, column, rest, x);
    w += <usize>UNITS * model.stride;
    for (let power = POWERS, last = POWERS + (<usize>count << 4); power < last; power += FACTORS << 4) {
      product = f32x4.mul(product, eightMeans(p, q, power));
      // The product keeps its fraction, in [1, 2).
      const exponent = i32x4.shr_s(i32x4.sub(product, one), 23);
      exponents = i32x4.add(exponents, exponent);
      product = i32x4.sub(product, i32x4.shl(exponent, 23));
      p += FACTORS << 2;
      q += FACTORS << 2;
    }
  }
  return madd(f32x4.convert_i32x4_s(exponents), entry(7), log4(product));
}
