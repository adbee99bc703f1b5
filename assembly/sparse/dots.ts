// Rows of weights times a vector of the hidden layer: the inner loops of every reconstruction.
import { madd, splat, sum4 } from '../simd';

/**
 * Eight rows times x over `bytes`, a positive multiple of 16; eight results at `out`. One vector of each row at a time:
 * of a longer body V8 moves the loads to the front, and the accumulators to the stack.
 */
// @ts-ignore: decorator
@inline function eightDots(
  p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize, p6: usize, p7: usize,
  x: usize, bytes: usize, out: usize,
): void {
  let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
  let e = splat(0), f = splat(0), g = splat(0), h = splat(0);
  let at: usize = 0;
  do {
    const y = v128.load(x + at);
    a = madd(v128.load(p0 + at), y, a);
    b = madd(v128.load(p1 + at), y, b);
    c = madd(v128.load(p2 + at), y, c);
    d = madd(v128.load(p3 + at), y, d);
    e = madd(v128.load(p4 + at), y, e);
    f = madd(v128.load(p5 + at), y, f);
    g = madd(v128.load(p6 + at), y, g);
    h = madd(v128.load(p7 + at), y, h);
    at += 16;
  } while (at < bytes);
  v128.store(out, sum4(a, b, c, d));
  v128.store(out, sum4(e, f, g, h), 16);
}

/** `out` = `count` consecutive rows from `w` times x, and up to seven results more. Rows take `stride` bytes, as x does. */
export function dotRows(w: usize, stride: usize, count: i32, x: usize, out: usize): void {
  const stop = out + (<usize>count << 2);
  for (; out < stop; out += 32) {
    const middle = w + 4 * stride;
    eightDots(
      w, w + stride, w + 2 * stride, w + 3 * stride,
      middle, middle + stride, middle + 2 * stride, middle + 3 * stride, x, stride, out,
    );
    w = middle + 4 * stride;
  }
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
