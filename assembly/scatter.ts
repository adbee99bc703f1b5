// Small random numbers at which many weights start.
import { uniform4 } from './random';
import { splat } from './simd';

/**
 * `count` independent draws of mean 0 and standard deviation `deviation` at `out`, all equally likely within √3 of it;
 * up to three zeros behind them. Normally distributed ones cost some ten times as much, and there may be 2²⁰ rows.
 */
export function scatter(random: usize, out: usize, count: i32, deviation: f32): void {
  const range = deviation * Mathf.sqrt(12), bytes = <usize>count << 2;
  if (range == 0) return;
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(out + at, f32x4.mul(f32x4.sub(uniform4(random), splat(0.5)), splat(range)));
  }
  memory.fill(out + bytes, 0, (16 - (bytes & 15)) & 15);
}
