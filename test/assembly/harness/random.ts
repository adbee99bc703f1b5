/** assembly/random.ts, and four numbers at a time into memory. */
import { seed, uniform1, uniform4 } from '../../../assembly/random';
import { reserve } from './simd';

export { reserve, seed, uniform1 };

/** `count` numbers, a multiple of four, at x. */
export function uniforms(state: usize, x: usize, count: i32): void {
  for (let o: usize = 0, n = <usize>count << 2; o < n; o += 16) v128.store(x + o, uniform4(state));
}
