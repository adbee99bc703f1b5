/** Every function of assembly/simd.ts over arrays, so that a test can sweep it: y[i] = f(x[i]). */
import { axpy, dot, dot4 } from '../../../assembly/products';
import {
  exp4, expFast4, log1, log4, madd, max1, min1, min4, nmadd, sigmoid1, sigmoid4, softplus4, splat, sum1, sum4,
} from '../../../assembly/simd';
import { FACTORS, logSumExp, softmax, softplusFactor, softplusSum } from '../../../assembly/logsum';


export { log1, sigmoid1, logSumExp, softmax, softplusSum };
export const factors: i32 = FACTORS;

export function reserve(bytes: usize): usize {
  const start = (__heap_base + 255) & ~255;
  const missing = <i32>((start + bytes + 0xffff) >> 16) - memory.size();
  if (missing > 0) memory.grow(missing);
  return start;
}

/** Bit patterns first, first + step, ... as float32. */
export function fillPatterns(x: usize, count: i32, first: u32, step: u32): void {
  for (let i = 0; i < count; i++) store<u32>(x + (<usize>i << 2), first + <u32>i * step);
}

export function expMany(x: usize, y: usize, count: i32): void {
  for (let o: usize = 0, n = <usize>count << 2; o < n; o += 16) v128.store(y + o, exp4(v128.load(x + o)));
}

export function expFastMany(x: usize, y: usize, count: i32): void {
  for (let o: usize = 0, n = <usize>count << 2; o < n; o += 16) v128.store(y + o, expFast4(v128.load(x + o)));
}

export function sigmoidMany(x: usize, y: usize, count: i32): void {
  for (let o: usize = 0, n = <usize>count << 2; o < n; o += 16) v128.store(y + o, sigmoid4(v128.load(x + o)));
}

export function softplusMany(x: usize, y: usize, count: i32): void {
  for (let o: usize = 0, n = <usize>count << 2; o < n; o += 16) v128.store(y + o, softplus4(v128.load(x + o)));
}

export function logMany(x: usize, y: usize, count: i32): void {
  for (let o: usize = 0, n = <usize>count << 2; o < n; o += 16) v128.store(y + o, log4(v128.load(x + o)));
}

export function dotOf(x: usize, y: usize, bytes: usize): f32 {
  return dot(x, y, bytes);
}

export function dot4Of(w: usize, stride: usize, x: usize, bytes: usize, result: usize): void {
  v128.store(result, dot4(w, stride, x, bytes));
}

export function axpyOf(alpha: f32, x: usize, y: usize, bytes: usize): void {
  axpy(alpha, x, y, bytes);
}

export function maddOf(x: usize): void {
  v128.store(x, madd(v128.load(x), v128.load(x, 16), v128.load(x, 32)));
}

export function nmaddOf(x: usize): void {
  v128.store(x, nmadd(v128.load(x), v128.load(x, 16), v128.load(x, 32)));
}

/** min4 of the four vectors at x, into the fifth. */
export function min4Of(x: usize): void {
  v128.store(x, min4(v128.load(x), v128.load(x, 16), v128.load(x, 32), v128.load(x, 48)), 64);
}

export function min1Of(x: usize): f32 {
  return min1(v128.load(x));
}

/** sum4 of the four vectors at x, into the fifth. */
export function sum4Of(x: usize): void {
  v128.store(x, sum4(v128.load(x), v128.load(x, 16), v128.load(x, 32), v128.load(x, 48)), 64);
}

export function sum1Of(x: usize): f32 {
  return sum1(v128.load(x));
}

export function max1Of(x: usize): f32 {
  return max1(v128.load(x));
}

/** The running product of `count` factors in all four lanes, from the first element. */
export function factorsOf(x: usize, count: i32): f32 {
  let product = splat(1);
  for (let i = 0; i < count; i++) product = softplusFactor(product, splat(load<f32>(x + (<usize>i << 2))));
  return f32x4.extract_lane(product, 0);
}
