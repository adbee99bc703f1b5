/**
 * Whole arrays, four values at a time. Sizes are bytes, positive multiples of 16; arrays are 4-byte aligned at least.
 *
 * Written as loops: `memory.copy` and `memory.fill` leave the kernel for a function of the engine, which costs more than
 * the few hundred bytes that a row usually has.
 */
import { splat } from './simd';

/** out = x. */
// @ts-ignore: decorator
@inline export function copy(x: usize, out: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, v128.load(x + at));
}

/** out = 0. */
// @ts-ignore: decorator
@inline export function clear(out: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, splat(0));
}

/** out = x · factor, value by value. */
// @ts-ignore: decorator
@inline export function multiply(x: usize, factor: usize, out: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(out + at, f32x4.mul(v128.load(x + at), v128.load(factor + at)));
  }
}

/** x = factor · x. */
// @ts-ignore: decorator
@inline export function scale(x: usize, bytes: usize, factor: f32): void {
  const f = splat(factor);
  for (let at: usize = 0; at < bytes; at += 16) v128.store(x + at, f32x4.mul(f, v128.load(x + at)));
}

/** y = y + x. */
// @ts-ignore: decorator
@inline export function add(x: usize, y: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) v128.store(y + at, f32x4.add(v128.load(y + at), v128.load(x + at)));
}
