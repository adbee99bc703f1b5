/**
 * What streams are drawn from. Only sums, products and quotients are made of the uniform numbers, which IEEE 754 rounds in
 * one way: every engine draws the same.
 */
import { uniforms } from '../../../fixtures/random.ts'

export class Draws {
  /** Uniform in [0, 1). */
  readonly uniform: () => number

  constructor(seed: number) {
    this.uniform = uniforms(seed)
  }

  /** A whole number from 0 to count − 1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count)
  }

  /** True once in `count` times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]
  }

  /** From −2 to 2, most of it near 0: the sum of four uniform numbers. */
  bell(): number {
    return this.uniform() + this.uniform() + this.uniform() + this.uniform() - 2
  }
}
