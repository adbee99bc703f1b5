// Rows of weights times a vector of the hidden layer: the inner loops of every reconstruction.
import { madd, splat, sum4 } from '../simd';

/**
 * `out` = bias + scale · (row times x) for `count` consecutive rows from `w`, and for up to seven rows more. Rows take
 * `stride` bytes, as x does. One vector of each of eight rows at a time: eight sums hide the latency of the addition,
 * and of a longer body V8 moves the loads to the front, and sums to the stack.
 */
export function dotRows(w: usize, stride: usize, count: i32, x: usize, scale: v128, bias: usize, out: usize): void {
  const two = 2 * stride, three = 3 * stride, four = 4 * stride, end = x + stride;
  for (const stop = out + (<usize>count << 2); out < stop; out += 32) {
    let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
    let e = splat(0), f = splat(0), g = splat(0), h = splat(0);
    let p = w, q = w + four, at = x;
    do {
      const y = v128.load(at);
      a = madd(v128.load(p), y, a);
      b = madd(v128.load(p + stride), y, b);
      c = madd(v128.load(p + two), y, c);
      d = madd(v128.load(p + three), y, d);
      e = madd(v128.load(q), y, e);
      f = madd(v128.load(q + stride), y, f);
      g = madd(v128.load(q + two), y, g);
      h = madd(v128.load(q + three), y, h);
      p += 16;
      q += 16;
      at += 16;
    } while (at < end);
    v128.store(out, madd(scale, sum4(a, b, c, d), v128.load(bias)));
    v128.store(out, madd(scale, sum4(e, f, g, h), v128.load(bias, 16)), 16);
    w += 2 * four;
    bias += 32;
  }
}

/** Four rows anywhere less four others, times x, over `bytes`, a positive multiple of 32. */
// @ts-ignore: decorator
@inline export function fourDifferences(
  p0: usize, p1: usize, p2: usize, p3: usize, q0: usize, q1: usize, q2: usize, q3: usize, x: usize, bytes: usize,
): v128 {
  let a = splat(0), b = splat(0), c = splat(0), d = splat(0), at: usize = 0;
  do {
    const y = v128.load(x + at);
    a = madd(f32x4.sub(v128.load(p0 + at), v128.load(q0 + at)), y, a);
    b = madd(f32x4.sub(v128.load(p1 + at), v128.load(q1 + at)), y, b);
    c = madd(f32x4.sub(v128.load(p2 + at), v128.load(q2 + at)), y, c);
    d = madd(f32x4.sub(v128.load(p3 + at), v128.load(q3 + at)), y, d);
    at += 16;
  } while (at < bytes);
  return sum4(a, b, c, d);
}

/** Four rows anywhere times x over `bytes`, a positive multiple of 32. */
// @ts-ignore: decorator
@inline export function fourDots(p0: usize, p1: usize, p2: usize, p3: usize, x: usize, bytes: usize): v128 {
  let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
  let e = splat(0), f = splat(0), g = splat(0), h = splat(0);
  let at: usize = 0;
  do {
    const even = v128.load(x + at), odd = v128.load(x + at, 16);
    a = madd(v128.load(p0 + at), even, a);
    b = madd(v128.load(p1 + at), even, b);
    c = madd(v128.load(p2 + at), even, c);
    d = madd(v128.load(p3 + at), even, d);
    e = madd(v128.load(p0 + at, 16), odd, e);
    f = madd(v128.load(p1 + at, 16), odd, f);
    g = madd(v128.load(p2 + at, 16), odd, g);
    h = madd(v128.load(p3 + at, 16), odd, h);
    at += 32;
  } while (at < bytes);
  return sum4(f32x4.add(a, e), f32x4.add(b, f), f32x4.add(c, g), f32x4.add(d, h));
}
