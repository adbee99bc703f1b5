// Normally distributed numbers.
import { log1 } from './simd';
import { uniform1 } from './random';

/**
 * `count` independent draws from N(0, scale²) at `out`, by the polar method of Marsaglia and Bray (1964):
 * a point that falls evenly into the unit disc, at distance √s, gives two normal numbers x·√(−2 ln s / s).
 */
export function gaussians(random: usize, out: usize, count: i32, scale: f32): void {
  for (let i = 0; i < count; i += 2) {
    let x: f32, y: f32, s: f32;
    do {
      x = 2 * uniform1(random) - 1;
      y = 2 * uniform1(random) - 1;
      s = x * x + y * y;
    } while (s >= 1 || s == 0);
    const radius = scale * Mathf.sqrt(-2 * log1(s) / s);
    store<f32>(out + (<usize>i << 2), x * radius);
    if (i + 1 < count) store<f32>(out + (<usize>i << 2), y * radius, 4);
  }
}
