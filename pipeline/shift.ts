/**
 * Have numbers moved away for good? Ranges are placed once; when most values of a field have been beyond its range for
 * some time, the stream is no longer the one that the encoders were fitted to.
 */

/** Weight of the newest record in the share of values beyond the range: a window of about 512 records. */
const RATE = 1 / 512
/** The share at which a field has outgrown its range: reached after 355 values beyond in a row. */
const OUTGROWN = 0.5

export class ShiftWatch {
  /** For each field, the recent share of values with a tail. */
  readonly #beyond: Float64Array

  /** For G fields. */
  constructor(fields: number) {
    this.#beyond = new Float64Array(fields)
  }

  /** Take notice of a record's tails, G numbers: 0 within the range, or missing. */
  add(tails: Float64Array): void {
    for (let group = 0; group < tails.length; group++) {
      this.#beyond[group] += RATE * ((tails[group] > 0 ? 1 : 0) - this.#beyond[group])
    }
  }

  get outgrown(): boolean {
    return this.#beyond.some(share => share > OUTGROWN)
  }

  /** The share of each field, G numbers. */
  state(): Float64Array {
    return this.#beyond.slice()
  }

  /** Put back what `state` gave. Throws a RangeError when it cannot be that. */
  restore(beyond: Float64Array): void {
    if (beyond.length !== this.#beyond.length || !beyond.every(share => share >= 0 && share <= 1)) {
      throw new RangeError(
        `Expected ${this.#beyond.length} shares of values beyond the range, each from 0 to 1, got ${beyond}.`,
      )
    }
    this.#beyond.set(beyond)
  }
}
