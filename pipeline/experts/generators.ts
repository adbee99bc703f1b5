/** The random generators of a kernel as a model file holds them. */
import type { Tensor } from './product.ts'

/** Refuse, with a RangeError, generators that stand still: a lane of zeros would give zeros for ever. */
export function checkGenerators(random: Tensor): void {
  // Word w of lane l of generator g stands at 16 g + 4 w + l: see assembly/random.ts.
  for (let lane = 0; lane < random.data.length / 4; lane++) {
    const words = [0, 4, 8, 12].map(word => random.data[(lane >> 2) * 16 + word + (lane & 3)])
    if (words.every(word => word === 0)) throw new RangeError('Expected the state of a generator, got zeros.')
  }
}
