/**
 * Numbers as they are, for experts that find the scale themselves: moved to the median of the first values and divided
 * by their spread, so that single precision tells apart what the stream does, however large its numbers are.
 */
import type { Row } from '../experts/product.ts'
import { fitRange, MOST_DIGITS } from './bin-range.ts'
import type { EncoderState, EncoderType, FieldEncoder, Outcome } from './field.ts'
import { areFewNumbers, nearest, whyNot } from './number.ts'
import { booleanOf, numberOf } from './values.ts'

/** What stands for 0 and 1 in a row, how numbers are shown, and whether they stand for true and false. */
interface Frame {
  readonly origin: number
  /** Above 0. */
  readonly unit: number
  readonly digits: number
  /** The numbers of the sample when they were few, in ascending order. */
  readonly values: readonly number[]
  readonly truth: boolean
}

/** Beyond this single precision has no finite numbers. */
const LARGEST = 3e38

class RealEncoder implements FieldEncoder {
  readonly encoding = 'real'
  readonly group = { kind: 'real', size: 1 } as const
  readonly #frame: Frame

  constructor(frame: Frame) {
    this.#frame = frame
  }

  get kind() {
    return this.#frame.truth ? 'boolean' : 'number'
  }

  encode(value: unknown, row: Row, at: number): Outcome {
    const number = typeof value === 'number' ? value : this.#numberOf(value)
    if (!Number.isFinite(number)) return whyNot(value)
    const place = (number - this.#frame.origin) / this.#frame.unit
    row[at] = Math.min(Math.max(place, -LARGEST), LARGEST)
    return 'present'
  }

  tail() {
    return 0
  }

  admit() {
    return 'unchanged' as const
  }

  read(value: unknown): number | boolean {
    const number = this.#numberOf(value)
    return this.#frame.truth ? number === 1 : number
  }

  expected(numbers: Float32Array): number | boolean {
    return this.decode(numbers, 0)
  }

  /** The number with as many digits as the sample had, or of few numbers the nearest. */
  decode(row: Row, at: number): number | boolean {
    const { origin, unit, digits, values, truth } = this.#frame
    const number = Math.min(Math.max(origin + row[at] * unit, -Number.MAX_VALUE), Number.MAX_VALUE)
    if (truth) return number >= 0.5
    return values.length > 0 ? nearest(values, number) : Number(number.toFixed(digits))
  }

  summary() {
    const { origin, unit, digits } = this.#frame
    return { median: Number(origin.toFixed(digits)), spread: Number(unit.toPrecision(3)) }
  }

  state() {
    const { truth, ...frame } = this.#frame
    return { ...frame, truth: Number(truth) }
  }

  #numberOf(value: unknown): number {
    if (!this.#frame.truth) return numberOf(value)
    const truth = booleanOf(value)
    return truth === undefined ? Number.NaN : Number(truth)
  }
}

/** Middle of the sorted sample, and the distance between its quartiles; of a sample that hardly varies, its range. */
function place(sorted: Float64Array): { origin: number; unit: number } {
  const last = sorted.length - 1
  const origin = sorted[last >> 1] ?? 0
  const quartiles = sorted[Math.ceil(0.75 * last)] - sorted[Math.floor(0.25 * last)]
  const range = sorted[last] - sorted[0]
  const unit = [quartiles, range, Math.abs(origin)].find(width => width > 0 && Number.isFinite(width))
  return { origin, unit: unit ?? 1 }
}

function fit(values: readonly unknown[]): FieldEncoder {
  const truth = values.some(value => typeof value === 'boolean' || /^(true|false)$/i.test(String(value)))
  if (truth) return new RealEncoder({ origin: 0, unit: 1, digits: 0, values: [], truth })
  const numbers = values.map(numberOf).filter(Number.isFinite)
  const { digits, values: few } = fitRange(numbers, 8)
  return new RealEncoder({ ...place(Float64Array.from(numbers).sort()), digits, values: few, truth })
}

function restore({ origin, unit, digits, values, truth }: EncoderState): FieldEncoder {
  const sound = [origin, unit, digits].every(Number.isFinite) && areFewNumbers(values) && Number(unit) > 0
  const decimals = Number.isInteger(digits) && Number(digits) >= 0 && Number(digits) <= MOST_DIGITS
  if (!sound || !decimals || (truth !== 0 && truth !== 1)) {
    throw new RangeError(
      `Expected a finite origin, a unit above 0 and up to ${MOST_DIGITS} digits, got origin ${origin}, unit ${unit} ` +
        `and ${digits} digits.`,
    )
  }
  const frame = { origin, unit, digits, values } as Omit<Frame, 'truth'>
  return new RealEncoder({ ...frame, truth: truth === 1 })
}

export const real: EncoderType = { encoding: 'real', fit, restore }
