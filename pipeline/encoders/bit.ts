/** Booleans: one Bernoulli unit, 1 for true. */
import type { Row } from '../experts/product.ts'
import type { EncoderType, FieldEncoder, Outcome } from './field.ts'
import { booleanOf, isMissing, isNested, isNonFinite } from './values.ts'

class BitEncoder implements FieldEncoder {
  readonly kind = 'boolean'
  readonly encoding = 'bit'
  readonly group = { kind: 'bernoulli', size: 1 } as const

  encode(value: unknown, row: Row, at: number): Outcome {
    if (isMissing(value)) return 'missing'
    if (isNested(value)) return 'nested'
    const bit = booleanOf(value)
    if (bit === undefined) return isNonFinite(value) ? 'non-finite' : 'kind'
    row[at] = bit ? 1 : 0
    return 'present'
  }

  tail() {
    return 0
  }

  admit() {
    return 'unchanged' as const
  }

  read(value: unknown): boolean | null {
    return booleanOf(value) ?? null
  }

  expected(probabilities: Float32Array): boolean {
    return probabilities[0] >= 0.5
  }

  decode(row: Row, at: number): boolean {
    return row[at] >= 0.5
  }

  summary() {
    return {}
  }

  state() {
    return {}
  }
}

export const bit: EncoderType = {
  encoding: 'bit',
  fit: () => new BitEncoder(),
  restore: () => new BitEncoder(),
}
