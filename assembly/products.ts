/**
 * Products of rows of a matrix with vectors: what takes the time of learning and scoring. Addresses and strides are bytes.
 *
 * A loop carries its sums in registers; a store-free body unrolled by hand makes V8 fetch everything first and run out of
 * them, so bodies stay short.
 */
import { madd, splat, sum1, sum4 } from './simd';

/**
 * x . y over `bytes`, a positive multiple of 32. Two accumulators hide the latency of the addition.
 * Error at most (bytes / 32 + 4) 2^-24 sum |x_i y_i|.
 */
// @ts-ignore: decorator
@inline export function dot(x: usize, y: usize, bytes: usize): f32 {
  let even = splat(0), odd = splat(0), p = x, q = y;
  const end = x + bytes;
  do {
    even = madd(v128.load(p), v128.load(q), even);
    odd = madd(v128.load(p, 16), v128.load(q, 16), odd);
    p += 32;
    q += 32;
  } while (p < end);
  return sum1(f32x4.add(even, odd));
}

/**
 * Four consecutive rows (`stride` bytes apart) times x over `bytes`, a positive multiple of 32.
 * x is loaded once for four rows: the loop is bound by loads, 5 for 4 multiply-adds. Error as `dot`.
 */
// @ts-ignore: decorator
@inline export function dot4(w: usize, stride: usize, x: usize, bytes: usize): v128 {
  let p0 = w, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride, q = x;
  const end = x + bytes;
  let a = splat(0), b = splat(0), c = splat(0), d = splat(0);
  let e = splat(0), f = splat(0), g = splat(0), h = splat(0);
  do {
    const even = v128.load(q);
    a = madd(v128.load(p0), even, a);
    b = madd(v128.load(p1), even, b);
    c = madd(v128.load(p2), even, c);
    d = madd(v128.load(p3), even, d);
    const odd = v128.load(q, 16);
    e = madd(v128.load(p0, 16), odd, e);
    f = madd(v128.load(p1, 16), odd, f);
    g = madd(v128.load(p2, 16), odd, g);
    h = madd(v128.load(p3, 16), odd, h);
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
    q += 32;
  } while (q < end);
  return sum4(f32x4.add(a, e), f32x4.add(b, f), f32x4.add(c, g), f32x4.add(d, h));
}

/**
 * Four consecutive rows times x and times y over `bytes` (a positive multiple of 16): `outX`, `outY`, four values each.
 * A row is loaded once for both. Error at most (bytes / 16 + 2) 2^-24 sum |x_i w_i|.
 */
// @ts-ignore: decorator
@inline export function dotTwo4(w: usize, bytes: usize, x: usize, y: usize, outX: usize, outY: usize): void {
  let p0 = w, p1 = p0 + bytes, p2 = p1 + bytes, p3 = p2 + bytes, p = x, q = y;
  const end = x + bytes;
  let a0 = splat(0), a1 = splat(0), a2 = splat(0), a3 = splat(0);
  let b0 = splat(0), b1 = splat(0), b2 = splat(0), b3 = splat(0);
  do {
    const u = v128.load(p), v = v128.load(q);
    let row = v128.load(p0);
    a0 = madd(row, u, a0);
    b0 = madd(row, v, b0);
    row = v128.load(p1);
    a1 = madd(row, u, a1);
    b1 = madd(row, v, b1);
    row = v128.load(p2);
    a2 = madd(row, u, a2);
    b2 = madd(row, v, b2);
    row = v128.load(p3);
    a3 = madd(row, u, a3);
    b3 = madd(row, v, b3);
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    p += 16;
    q += 16;
  } while (p < end);
  v128.store(outX, sum4(a0, a1, a2, a3));
  v128.store(outY, sum4(b0, b1, b2, b3));
}

/**
 * The same for six rows: twelve sums in flight, so that no multiply-add waits for the one before it (a latency of four
 * cycles, two a cycle). Takes all registers there are.
 */
// @ts-ignore: decorator
@inline export function dotTwo6(w: usize, bytes: usize, x: usize, y: usize, outX: usize, outY: usize): void {
  let p0 = w, p1 = p0 + bytes, p2 = p1 + bytes, p3 = p2 + bytes, p4 = p3 + bytes, p5 = p4 + bytes, p = x, q = y;
  const end = x + bytes;
  let a0 = splat(0), a1 = splat(0), a2 = splat(0), a3 = splat(0), a4 = splat(0), a5 = splat(0);
  let b0 = splat(0), b1 = splat(0), b2 = splat(0), b3 = splat(0), b4 = splat(0), b5 = splat(0);
  do {
    const u = v128.load(p), v = v128.load(q);
    let row = v128.load(p0);
    a0 = madd(row, u, a0);
    b0 = madd(row, v, b0);
    row = v128.load(p1);
    a1 = madd(row, u, a1);
    b1 = madd(row, v, b1);
    row = v128.load(p2);
    a2 = madd(row, u, a2);
    b2 = madd(row, v, b2);
    row = v128.load(p3);
    a3 = madd(row, u, a3);
    b3 = madd(row, v, b3);
    row = v128.load(p4);
    a4 = madd(row, u, a4);
    b4 = madd(row, v, b4);
    row = v128.load(p5);
    a5 = madd(row, u, a5);
    b5 = madd(row, v, b5);
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
    p4 += 16;
    p5 += 16;
    p += 16;
    q += 16;
  } while (p < end);
  v128.store(outX, sum4(a0, a1, a2, a3));
  v128.store(outY, sum4(b0, b1, b2, b3));
  const last = sum4(a4, a5, b4, b5);
  v128.store64_lane(outX, last, 0, 16);
  v128.store64_lane(outY, last, 1, 16);
}

/** y += alpha x over `bytes`, a positive multiple of 32. */
// @ts-ignore: decorator
@inline export function axpy(alpha: f32, x: usize, y: usize, bytes: usize): void {
  const a = splat(alpha), end = x + bytes;
  let p = x, q = y;
  do {
    v128.store(q, madd(a, v128.load(p), v128.load(q)));
    v128.store(q, madd(a, v128.load(p, 16), v128.load(q, 16)), 16);
    p += 32;
    q += 32;
  } while (p < end);
}

/** y += a p + b q + c r + d s over `bytes`, a positive multiple of 16: y is stored once for four rows. */
// @ts-ignore: decorator
@inline export function axpy4(
  a: f32, b: f32, c: f32, d: f32, p: usize, q: usize, r: usize, s: usize, y: usize, bytes: usize,
): void {
  const fa = splat(a), fb = splat(b), fc = splat(c), fd = splat(d);
  for (let at: usize = 0; at < bytes; at += 16) {
    let sum = madd(fa, v128.load(p + at), v128.load(y + at));
    sum = madd(fb, v128.load(q + at), sum);
    sum = madd(fc, v128.load(r + at), sum);
    v128.store(y + at, madd(fd, v128.load(s + at), sum));
  }
}
