/**
 * Numbers that count something, as one replicated unit: 0 to N events, with room above what the sample had. A range that is
 * wide is counted in steps, so that its unit keeps a size that is cheap. What lies beyond either end shares its state and
 * counts as a tail, as in `bins`.
 */
import { log1p } from '../elementary.ts'
import type { Row } from '../experts/product.ts'
import { fitRange, MOST_DIGITS } from './bin-range.ts'
import type { EncoderState, EncoderType, FieldEncoder, Outcome } from './field.ts'
import { areFewNumbers, nearest, whyNot } from './number.ts'
import { numberOf } from './values.ts'

/** Most states above the first one, and the share of the sample's range that is left free above it. */
const MOST_STEPS = 128
const ROOM = 0.5
/** As in `bins`: the density beyond falls like distance^−4, in sixths of the range. */
const TAIL_EXPONENT = 4
const TAIL_SHARE = 6

interface Scale {
  /** What 0 stands for. */
  readonly origin: number
  /** From one state to the next, above 0. */
  readonly step: number
  /** N. */
  readonly size: number
  readonly digits: number
  /** The numbers of the sample when they were few, in ascending order. */
  readonly values: readonly number[]
}

class CountEncoder implements FieldEncoder {
  readonly kind = 'number'
  readonly encoding = 'count'
  readonly group: { readonly kind: 'count'; readonly size: number }
  readonly #scale: Scale

  constructor(scale: Scale) {
    this.#scale = scale
    this.group = { kind: 'count', size: scale.size }
  }

  encode(value: unknown, row: Row, at: number): Outcome {
    const number = typeof value === 'number' ? value : numberOf(value)
    if (!Number.isFinite(number)) return whyNot(value)
    row[at] = Math.min(Math.max(Math.round(this.#placeOf(number)), 0), this.#scale.size)
    return 'present'
  }

  tail(value: unknown): number {
    const { size } = this.#scale
    const place = this.#placeOf(numberOf(value))
    const beyond = (place < 0 ? -place : place - size) - 0.5
    const distance = (TAIL_SHARE * beyond) / Math.max(size, TAIL_SHARE)
    return distance > 0 ? TAIL_EXPONENT * log1p(Math.min(distance, Number.MAX_VALUE)) : 0
  }

  admit() {
    return 'unchanged' as const
  }

  read(value: unknown): number {
    return numberOf(value)
  }

  /** The likeliest state's number. */
  expected(probabilities: Float32Array): number {
    let best = 0
    for (let n = 1; n < probabilities.length; n++) if (probabilities[n] > probabilities[best]) best = n
    return this.#numberAt(best)
  }

  decode(row: Row, at: number): number {
    return this.#numberAt(Math.round(row[at]))
  }

  summary() {
    const { origin, step, size, digits } = this.#scale
    return { low: origin, high: Number((origin + size * step).toFixed(digits)), step }
  }

  state() {
    return { ...this.#scale }
  }

  #placeOf(number: number): number {
    return (number - this.#scale.origin) / this.#scale.step
  }

  #numberAt(n: number): number {
    const { origin, step, digits, values } = this.#scale
    const number = origin + n * step
    return values.length > 0 ? nearest(values, number) : Number(number.toFixed(digits))
  }
}

/** Beyond this, differences of two numbers would overflow. */
const LARGEST = Number.MAX_VALUE / 4

function fit(values: readonly unknown[]): FieldEncoder {
  const numbers = values.map(numberOf).filter(Number.isFinite)
  const { least, most, digits, values: few } = fitRange(numbers, MOST_STEPS)
  const low = Math.max(Math.floor(Math.min(least, 0)), -LARGEST)
  const high = Math.min(Math.max(most, low + 1), LARGEST)
  const range = Math.max(1, Math.ceil((high - low) * (1 + ROOM)))
  // Whole steps of whole numbers, so that states are numbers that occur.
  const step = range <= MOST_STEPS ? 1 : Math.ceil(range / MOST_STEPS)
  return new CountEncoder({ origin: low, step, size: Math.ceil(range / step), digits, values: few })
}

function restore({ origin, step, size, digits, values }: EncoderState): FieldEncoder {
  const sound = [origin, step].every(Number.isFinite) && areFewNumbers(values) && Number(step) > 0
  const decimals = Number.isInteger(digits) && Number(digits) >= 0 && Number(digits) <= MOST_DIGITS
  const counts = Number.isInteger(size) && Number(size) >= 1 && Number(size) <= MOST_STEPS
  if (!sound || !decimals || !counts) {
    throw new RangeError(
      `Expected counts from a finite origin in steps above 0, 1 to ${MOST_STEPS} of them, and up to ${MOST_DIGITS} digits, ` +
        `got origin ${origin}, step ${step}, size ${size} and ${digits} digits.`,
    )
  }
  return new CountEncoder({ origin, step, size, digits, values } as Scale)
}

export const count: EncoderType = { encoding: 'count', fit, restore }
