/**
 * What each field usually costs, in nats. A user name is never likely, and a number hardly ever its likeliest value: what
 * makes a field a reason is what it costs beyond that.
 */

import { areWithin, isRowCount, LARGEST_ENERGY } from './bounds.ts'

/** Rows of which each is looked at, and after that one of this many. */
const FIRST = 64
const EVERY = 16
/** Looks that the weight of the newest one corresponds to in the long run. */
const HORIZON = 256

export class TypicalSurprise {
  readonly #means: Float64Array
  readonly #counts: Float64Array
  /** Rows so far. */
  #rows = 0

  /** For G groups. */
  constructor(groups: number) {
    this.#means = new Float64Array(groups)
    this.#counts = new Float64Array(groups)
  }

  /** Count a row; is it one to be looked at? */
  isNextDue(): boolean {
    this.#rows++
    return this.#rows <= FIRST || this.#rows % EVERY === 0
  }

  /** Take in the surprises of a row that is about to be learned, G numbers, NaN where a group is missing. */
  add(surprises: Float32Array): void {
    for (let group = 0; group < surprises.length; group++) {
      // Missing, or beyond all bounds.
      if (!(Math.abs(surprises[group]) <= LARGEST_ENERGY)) continue
      this.#counts[group] = Math.min(this.#counts[group] + 1, HORIZON)
      this.#means[group] += (surprises[group] - this.#means[group]) / this.#counts[group]
    }
  }

  /** The surprises less what is usual, in place. */
  excessOf(surprises: Float32Array): Float32Array {
    for (let group = 0; group < surprises.length; group++) surprises[group] -= this.#means[group]
    return surprises
  }

  /** Means, counts, and the number of rows: 2 G + 1 numbers. */
  state(): Float64Array {
    return Float64Array.of(...this.#means, ...this.#counts, this.#rows)
  }

  /** Put back what `state` gave. Throws a RangeError when it cannot be that. */
  restore(state: Float64Array): void {
    const groups = this.#means.length
    const counts = state.subarray(groups, 2 * groups)
    const whole = counts.every(count => Number.isInteger(count) && count >= 0 && count <= HORIZON)
    const sound =
      whole && isRowCount(state[2 * groups]) && areWithin(state.subarray(0, groups), LARGEST_ENERGY)
    if (state.length !== 2 * groups + 1 || !sound) {
      throw new RangeError(
        `Expected ${groups} usual surprises with as many counts and the number of rows, got ${state.length} numbers.`,
      )
    }
    this.#means.set(state.subarray(0, groups))
    this.#counts.set(state.subarray(groups, 2 * groups))
    this.#rows = state[2 * groups]
  }
}
