/** Expected values in place of noise, and in place of nothing. */
import { log } from './elementary.ts'
import type { EncodedField } from './encoders/record.ts'
import { reasonFor } from './explain.ts'
import { likewise } from './likewise.ts'
import type { Member } from './member.ts'
import type { DataRecord, Reason, Value } from './records.ts'
import { type Witness, witnessesOf } from './witnesses.ts'

/** What came out of a record, and what was changed and why; a field that was filled had the value null. */
export interface Denoised {
  readonly record: Record<string, unknown>
  readonly changed: Reason[]
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

const isReal = ({ encoder }: Pick<EncodedField, 'encoder'>) => encoder.group.kind === 'real'

/** log of the odds of the likeliest state of a group against the one it is in. */
function logOdds(
  { member: { product, encoded }, field: { group, encoder } }: Witness,
  surprise: number,
): number {
  // That of a number is relative to its likeliest value already.
  if (isReal({ encoder })) return surprise
  const probabilities = product.conditional(encoded.row, group)
  let most = probabilities.length === 1 ? Math.max(probabilities[0], 1 - probabilities[0]) : 0
  for (const probability of probabilities) most = Math.max(most, probability)
  return log(most) + surprise
}

/** The fields whose values have the highest odds against them, above `threshold` nats, and what should stand there. */
function noisiest(
  witnesses: readonly Witness[],
  record: DataRecord,
  threshold: number,
  most: number,
): Reason[] {
  const own = new Map<Member, Float32Array>()
  const surprises = witnesses.map(({ member, field }) => {
    // Prototypes know how much worse a value is than the likeliest one, to which it is hardly ever equal.
    const known = own.get(member) ?? (isReal(field) ? member.excess() : member.surprises())
    own.set(member, known)
    return known[field.group]
  })
  // The odds are at most e^surprise: fields below the threshold need not be asked.
  const asked = [...surprises.keys()].filter(index => surprises[index] > threshold)
  const reasons: Reason[] = []
  for (const index of asked.sort((a, b) => surprises[b] - surprises[a])) {
    const { member, field } = witnesses[index]
    if (logOdds(witnesses[index], surprises[index]) <= threshold) continue
    const reason = reasonFor(member, field, record, surprises[index])
    if (reason.expected !== null && reason.expected !== reason.value) reasons.push(reason)
    if (reasons.length === most) break
  }
  return reasons
}

/** Fields that are replaced, and that are filled, one by one; of what is beyond, all at once: a record has thousands of fields. */
const SINGLY = 32

/** What should stand in fields that are missing. */
function fillings(missing: readonly Witness[]): Reason[] {
  return missing.flatMap(({ member: { product, encoded }, field: { name, encoder, group } }) => {
    const expected = encoder.expected(product.conditional(encoded.row, group))
    return expected === null ? [] : [{ field: name, value: null, expected, surprise: 0 }]
  })
}

/**
 * Replace the noisiest field, look at the record that results, and so on: a wrong value makes right ones look wrong,
 * and no longer does once it is gone. A field is replaced when the odds of its likeliest state against its own exceed
 * 1 / alpha. What is missing is then filled with what all other fields suggest. `encode` has the members look at a
 * record; they look at `record` now, and will at what came out. Of many noisy or missing fields the first are looked at
 * one after the other and all others together.
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
  const take = (reasons: readonly Reason[]) => {
    changed.push(...reasons)
    for (const { field, expected } of reasons) values.set(field, expected)
    current = withValues(record, values)
    encode(current)
  }
  const witnesses = witnessesOf(members, ({ partial }) => partial !== true)
  const missing = witnesses.filter(({ member, field }) => Number.isNaN(member.encoded.row[field.at]))
  for (;;) {
    const most = changed.length < SINGLY ? 1 : Number.POSITIVE_INFINITY
    const noise = noisiest(witnesses, current, -log(alpha), most)
    const fresh = noise.filter(({ field }) => !values.has(field))
    if (fresh.length === 0) break
    take(fresh)
  }
  const unfilled = missing.filter(({ field }) => !values.has(field.name))
  for (const witness of unfilled.slice(0, SINGLY)) take(fillings([witness]))
  if (unfilled.length > SINGLY) take(fillings(unfilled.slice(SINGLY)))
  return { record: withValues(record, values), changed }
}
