/**
 * Mean and variance of all numbers so far; of very many with an exponential weight. A shorter memory would move under
 * scores that are compared with each other: on a stream of bursts that halves the average precision.
 */

import { areWithin, LARGEST_SCORE } from './bounds.ts'

/** Numbers that the weight of the newest one corresponds to, in the long run. */
const HORIZON = 2 ** 20

export class TrailingMoments {
  #count = 0
  #mean = 0
  #variance = 0

  /** 0 while there is none. */
  get mean(): number {
    return this.#mean
  }

  /** Standard deviation; 0 while there are fewer than two. */
  get deviation(): number {
    return Math.sqrt(this.#variance)
  }

  add(value: number): void {
    this.#count = Math.min(this.#count + 1, HORIZON)
    const rate = 1 / this.#count
    const difference = value - this.#mean
    this.#mean += rate * difference
    this.#variance = (1 - rate) * (this.#variance + rate * difference * difference)
  }

  /** Count, mean and variance. */
  state(): Float64Array {
    return Float64Array.of(this.#count, this.#mean, this.#variance)
  }

  /** Put back what `state` gave. Throws a RangeError when it cannot be that. */
  restore(state: Float64Array): void {
    const [count, mean, variance] = state
    const counted = Number.isInteger(count) && count >= 0 && count <= HORIZON
    // Of numbers up to the largest no variance is larger than the square of their range.
    const spread = variance >= 0 && variance <= 4 * LARGEST_SCORE ** 2
    if (state.length !== 3 || !counted || !areWithin([mean], LARGEST_SCORE) || !spread) {
      throw new RangeError(
        `Expected a count up to ${HORIZON}, a mean up to ${LARGEST_SCORE} and a variance, got ${state}.`,
      )
    }
    this.#count = count
    this.#mean = mean
    this.#variance = variance
  }
}
