/** Expected values in place of noise, and in place of nothing. */
import type { EncodedField } from './encoders/record.ts'
import { largest, reasonFor, surprisesOf } from './explain.ts'
import type { Member } from './member.ts'
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
function logOdds({ product, encoded }: Member, { group, encoder }: EncodedField, surprise: number): number {
  // That of a number is relative to its likeliest value already.
  if (encoder.group.kind === 'real') return surprise
  const probabilities = product.conditional(encoded.row, group)
  let most = probabilities.length === 1 ? Math.max(probabilities[0], 1 - probabilities[0]) : 0
  for (const probability of probabilities) most = Math.max(most, probability)
  return Math.log(most) + surprise
}

/** The field whose value a member has the highest odds against, above `threshold` nats, and what should stand there. */
function noisiest(member: Member, record: DataRecord, threshold: number): Reason | null {
  const surprises = surprisesOf(member)
  // The odds are at most e^surprise: fields below the threshold need not be asked.
  for (const group of largest(surprises, surprises.length)) {
    if (surprises[group] <= threshold) return null
    const field = member.encoder.fields[group]
    if (field.encoder.partial || logOdds(member, field, surprises[group]) <= threshold) continue
    const reason = reasonFor(member, field, record, surprises[group])
    if (reason.expected !== null && reason.expected !== reason.value) return reason
  }
  return null
}

/** The noisiest field of all members. */
function noisiestOf(members: readonly Member[], record: DataRecord, threshold: number): Reason | null {
  const reasons = members.map(member => noisiest(member, record, threshold)).filter(reason => reason !== null)
  return reasons.reduce<Reason | null>(
    (most, reason) => (most && most.surprise >= reason.surprise ? most : reason),
    null,
  )
}

/**
 * Replace the noisiest field, look at the record that results, and so on: a wrong value makes right ones look wrong,
 * and no longer does once it is gone. A field is replaced when the odds of its likeliest state against its own exceed
 * 1 / alpha. What is missing is then filled with what all other fields suggest. `encode` has the members look at a
 * record; they look at `record` now, and will at what came out.
 */
export function denoise(
  members: readonly Member[],
  record: DataRecord,
  alpha: number,
  encode: (record: DataRecord) => void,
): Denoised {
  const values = new Map<string, Value>()
  const changed: Reason[] = []
  let current: DataRecord = record
  const take = (name: string, value: Value) => {
    values.set(name, value)
    current = withValues(record, values)
    encode(current)
  }
  const missing = missingFields(members)
  for (;;) {
    const reason = noisiestOf(members, current, -Math.log(alpha))
    if (reason === null || values.has(reason.field)) break
    changed.push(reason)
    take(reason.field, reason.expected)
  }
  for (const { member, field } of missing) {
    if (values.has(field.name)) continue
    const expected = field.encoder.expected(member.product.conditional(member.encoded.row, field.group))
    if (expected === null) continue
    changed.push({ field: field.name, value: null, expected, surprise: 0 })
    take(field.name, expected)
  }
  return { record: withValues(record, values), changed }
}

/** The fields that a member can fill. */
function missingFields(members: readonly Member[]): { member: Member; field: EncodedField }[] {
  return members.flatMap(member =>
    member.encoder.fields
      .filter(({ encoder, at }) => !encoder.partial && Number.isNaN(member.encoded.row[at]))
      .map(field => ({ member, field })),
  )
}
