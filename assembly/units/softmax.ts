// Softmax groups: one of `size` states is on, p(state k) = exp(a_k) / Σ_l exp(a_l).
import { softmax } from '../logsum';
import { uniform1 } from '../random';

/** `out` = softmax(input) over `size` states. */
export function softmaxMean(input: usize, out: usize, size: i32): void {
  memory.copy(out, input, <usize>size << 2);
  softmax(out, size);
}

/** `out` = one state drawn with probability softmax(input), one-hot: the inverse of the distribution function. */
export function softmaxSample(input: usize, out: usize, size: i32, random: usize): void {
  softmaxMean(input, out, size);
  let left = uniform1(random);
  let chosen = 0;
  // The last state takes what rounding leaves over.
  while (chosen < size - 1) {
    left -= load<f32>(out + (<usize>chosen << 2));
    if (left < 0) break;
    chosen++;
  }
  memory.fill(out, 0, <usize>size << 2);
  store<f32>(out + (<usize>chosen << 2), 1);
}
