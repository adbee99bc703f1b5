/** Expected values in place of noise, and in place of nothing. */
import type { Encoded, EncodedField, RecordEncoder } from './encoders/record.ts'
import type { Product } from './experts/product.ts'
import { largest, reasonFor, surprisesOf } from './explain.ts'
import type { DataRecord, Reason, Value } from './records.ts'

/** What came out of a record, and what was changed and why; a field that was filled had the value null. */
export interface Denoised {
  readonly record: Record<string, unknown>
  readonly changed: Reason[]
}

/** A value of the same type as the one it stands for: CSV fields stay texts. */
function likewise(value: Value, old: unknown): unknown {
  if (typeof old === 'string') return String(value)
  if (typeof old === 'number' && typeof value === 'boolean') return value ? 1 : 0
  if (typeof old === 'number' && typeof value === 'string' && String(Number(value)) === value)
    return Number(value)
  return value
}

/** A copy that keeps the order of the fields and takes every name as data, `__proto__` too. */
function withValues(record: DataRecord, values: ReadonlyMap<string, Value>): Record<string, unknown> {
  const out = Object.fromEntries(Object.entries(record))
  for (const [name, value] of values) {
    const old = Object.hasOwn(record, name) ? record[name] : undefined
    Object.defineProperty(out, name, {
      value: likewise(value, old),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return out
}

/** log of the odds of the likeliest state of a group against the one it is in. */
function logOdds(probabilities: Float32Array, surprise: number): number {
  let most = probabilities.length === 1 ? Math.max(probabilities[0], 1 - probabilities[0]) : 0
  for (const probability of probabilities) most = Math.max(most, probability)
  return Math.log(most) + surprise
}

/** The field whose value has the highest odds against it, above `threshold` in nats, and what should stand there. */
function noisiest(
  product: Product,
  encoder: RecordEncoder,
  record: DataRecord,
  encoded: Encoded,
  threshold: number,
): Reason | null {
  const { row } = encoded
  const surprises = surprisesOf(product, encoded)
  // The odds are at most e^surprise: fields below the threshold need not be asked.
  for (const group of largest(surprises, surprises.length)) {
    if (surprises[group] <= threshold) return null
    if (logOdds(product.conditional(row, group), surprises[group]) <= threshold) continue
    const reason = reasonFor(product, encoder, record, row, group, surprises[group])
    if (reason.expected !== null && reason.expected !== reason.value) return reason
  }
  return null
}

/**
 * Replace the noisiest field, look at the row that results, and so on: a wrong value makes right ones look wrong, and
 * no longer does once it is gone. A field is replaced when the odds of its likeliest state against its own exceed
 * 1 / alpha. What is missing is then filled with what all other fields suggest. `encoded` is `record` as the encoder
 * wrote it, and is changed.
 */
export function denoise(
  product: Product,
  encoder: RecordEncoder,
  record: DataRecord,
  encoded: Encoded,
  alpha: number,
): Denoised {
  const { row, tails } = encoded
  const values = new Map<string, Value>()
  const changed: Reason[] = []
  const missing = encoder.fields.filter(({ at }) => Number.isNaN(row[at]))
  const take = ({ name, encoder, at, group }: EncodedField, value: Value) => {
    values.set(name, value)
    encoder.encode(value, row, at)
    tails[group] = encoder.tail(value)
  }
  for (let round = 0; round < encoder.fields.length; round++) {
    const reason = noisiest(product, encoder, record, encoded, -Math.log(alpha))
    if (reason === null || values.has(reason.field)) break
    changed.push(reason)
    take(encoder.fields.find(({ name }) => name === reason.field) as EncodedField, reason.expected)
  }
  for (const field of missing) {
    const expected = field.encoder.expected(product.conditional(row, field.group))
    if (expected === null) continue
    changed.push({ field: field.name, value: null, expected, surprise: 0 })
    take(field, expected)
  }
  return { record: withValues(record, values), changed }
}
