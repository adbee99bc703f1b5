/**
 * Numbers: a soft one-hot group over equal-width bins. A value lies between the centres of two bins and is shared
 * between them by linear interpolation. One state more on either side stands for everything beyond the range, so a
 * value can be as far out as it likes and the row stays in [0, 1]; how far out it is counts as a tail.
 *
 *     state      0      1      2     …      B     B+1
 *     centre   below   low   low+w   …   low+(B−1)w   above
 */
import { log1p } from '../elementary.ts'
import type { Row } from '../experts/product.ts'
import { fitRange, MOST_DIGITS, type Range } from './bin-range.ts'
import type { EncoderState, EncoderType, FieldEncoder, Outcome } from './field.ts'
import { areFewNumbers, nearest, whyNot } from './number.ts'
import { numberOf } from './values.ts'

/** B: bins within the range. */
export const BINS = 6
const STATES = BINS + 2
/** Beyond the outer states the density falls like that of Student's t with 3 degrees of freedom: distance^−4. */
const TAIL_EXPONENT = 4

class BinsEncoder implements FieldEncoder {
  readonly kind = 'number'
  readonly encoding = 'bins'
  readonly group = { kind: 'softmax', size: STATES } as const
  readonly #range: Range

  constructor(range: Range) {
    this.#range = range
  }

  encode(value: unknown, row: Row, at: number): Outcome {
    const number = typeof value === 'number' ? value : numberOf(value)
    const place = (number - this.#range.low) / this.#range.width + 1
    // Only a finite number makes a place that is a number and comes from one: 0/0 cannot be, the width is positive.
    if (!Number.isFinite(number)) return whyNot(value)
    const inside = Math.min(Math.max(place, 0), BINS + 1)
    const state = inside === BINS + 1 ? BINS : Math.floor(inside)
    for (let k = 0; k < STATES; k++) row[at + k] = 0
    row[at + state] = 1 - (inside - state)
    row[at + state + 1] = inside - state
    return 'present'
  }

  tail(value: unknown): number {
    const number = numberOf(value)
    const place = (number - this.#range.low) / this.#range.width + 1
    const beyond = place < 0 ? -place : place - (BINS + 1)
    // The quotient of a number near the largest and a narrow bin overflows; what is no number is not beyond anything.
    return beyond > 0 ? TAIL_EXPONENT * log1p(Math.min(beyond, Number.MAX_VALUE)) : 0
  }

  admit() {
    return 'unchanged' as const
  }

  read(value: unknown): number {
    return numberOf(value)
  }

  /**
   * The mean over the likeliest state and its neighbours, within what the sample had. Their centres are what linear
   * interpolation makes numbers of; the mean over all states lies between two likely numbers, where none may be.
   */
  expected(probabilities: Float32Array): number {
    let best = 0
    for (let k = 1; k < STATES; k++) if (probabilities[k] > probabilities[best]) best = k
    let sum = 0
    let mean = 0
    for (let k = Math.max(0, best - 1); k <= Math.min(STATES - 1, best + 1); k++) {
      sum += probabilities[k]
      mean += probabilities[k] * (k - 1)
    }
    return this.#numberAt(mean / sum)
  }

  /** The mean over the states: of a single one its centre, of two what lies between them; within what the sample had. */
  decode(row: Row, at: number): number {
    let sum = 0
    let mean = 0
    for (let k = 0; k < STATES; k++) {
      sum += row[at + k]
      mean += row[at + k] * (k - 1)
    }
    return this.#numberAt(mean / sum)
  }

  summary() {
    const { low, width, digits } = this.#range
    return { low: Number(low.toFixed(digits)), high: Number((low + (BINS - 1) * width).toFixed(digits)) }
  }

  state() {
    return { ...this.#range }
  }

  /** The number so many widths above the first centre, within the sample, with as many digits as it had. */
  #numberAt(place: number): number {
    const { low, width, digits, least, most, values } = this.#range
    const number = Math.min(Math.max(low + place * width, least), most)
    return values.length > 0 ? nearest(values, number) : Number(number.toFixed(digits))
  }
}

function restore({ low, width, digits, least, most, values }: EncoderState): FieldEncoder {
  const sound = [low, width, digits, least, most].every(Number.isFinite) && areFewNumbers(values)
  const range = { low, width, digits, least, most, values } as Range
  const decimals = Number.isInteger(digits) && range.digits >= 0 && range.digits <= MOST_DIGITS
  if (!sound || !decimals || !(range.width > 0) || range.least > range.most) {
    throw new RangeError(
      `Expected bins with finite numbers, a width above 0 and up to ${MOST_DIGITS} digits, got low ${low}, ` +
        `width ${width}, ${digits} digits, least ${least} and most ${most}.`,
    )
  }
  return new BinsEncoder(range)
}

export const bins: EncoderType = {
  encoding: 'bins',
  fit(values) {
    return new BinsEncoder(fitRange(values.map(numberOf).filter(Number.isFinite), BINS))
  },
  restore,
}
