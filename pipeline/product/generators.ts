/** Random numbers of a product of products: those that members draw latent variables with, and its own. */
import { Random } from '../random.ts'

/** Words of a kernel's generator, and of one here. */
const WORDS = 16
export const STATE = WORDS + 4

export class Generators {
  /** For members. */
  readonly words: Uint32Array
  readonly own: Random

  private constructor(words: Uint32Array, own: Random) {
    this.words = words
    this.own = own
  }

  static seeded(seed: number): Generators {
    const random = new Random(seed)
    return new Generators(
      Uint32Array.from({ length: WORDS }, () => random.next()),
      random,
    )
  }

  /** From the 16 words that a caller lends. */
  static from(words: Uint32Array): Generators {
    return new Generators(words, Random.from(words))
  }

  /** 20 words. */
  get state(): Uint32Array {
    return Uint32Array.of(...this.words, ...this.own.state)
  }

  restore(state: Uint32Array): void {
    this.words.set(state.subarray(0, WORDS))
    this.own.state.set(state.subarray(WORDS, STATE))
  }
}

/** Refuse, with a RangeError, states that stand still. */
export function checkGenerators(state: ArrayLike<number>): void {
  const words = Array.from(state)
  const lanes = Array.from({ length: 4 }, (_, lane) => [0, 4, 8, 12].map(word => words[word + lane]))
  for (const lane of [...lanes, words.slice(WORDS, STATE)]) {
    if (lane.every(word => word === 0)) throw new RangeError('Expected the state of a generator, got zeros.')
  }
}
