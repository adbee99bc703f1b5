/** Random choices of the fuzzer, all from one seeded generator. */
import { Random } from '../../pipeline/random.ts'

export class Choice {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  /** From 0 to `count` − 1. */
  below(count: number): number {
    return Math.floor(this.#random.uniform() * count)
  }

  /** From 1 to `most`, small numbers mostly. */
  few(most: number): number {
    return 1 + Math.floor(most * this.#random.uniform() ** 3)
  }

  chance(probability: number): boolean {
    return this.#random.uniform() < probability
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]
  }
}
