// Distributions over a few outcomes, as logarithms, one in each of four lanes: outcome i stands at `at` + i × `stride`.
import { exp4, log4, splat } from '../simd';

/** Below this a logarithm does not fall: e^-30 is 1e-13, so that nothing that is computed from it underflows. */
// @ts-ignore: decorator
@inline const LEAST: f32 = -30;

/** x_i ← max(x_i − log Σ_j exp x_j, LEAST). */
export function normalise(at: usize, count: i32, stride: usize): void {
  const end = at + <usize>count * stride;
  let most = v128.load(at);
  for (let x = at + stride; x < end; x += stride) most = f32x4.pmax(most, v128.load(x));
  let sum = splat(0);
  for (let x = at; x < end; x += stride) sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(x), most)));
  const shift = f32x4.add(most, log4(sum)), least = splat(LEAST);
  for (let x = at; x < end; x += stride) v128.store(x, f32x4.pmax(f32x4.sub(v128.load(x), shift), least));
}

/**
 * One step along a gradient that is given as counts, g: x_i += rate · (g_i − Σ_j g_j · exp x_i), then normalised. `gradient`
 * is where the counts stand, laid out as x; they are cleared. `mask`: zero in lanes that are to stay.
 */
export function stepAlong(at: usize, gradient: usize, count: i32, stride: usize, rate: v128): void {
  const end = at + <usize>count * stride, offset = gradient - at;
  let total = splat(0);
  for (let x = at; x < end; x += stride) total = f32x4.add(total, v128.load(x + offset));
  for (let x = at; x < end; x += stride) {
    const value = v128.load(x);
    const direction = f32x4.sub(v128.load(x + offset), f32x4.mul(total, exp4(value)));
    v128.store(x, f32x4.add(value, f32x4.mul(rate, direction)));
    v128.store(x + offset, splat(0));
  }
  normalise(at, count, stride);
}
