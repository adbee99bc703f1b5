/** From the surprises of rows back to the fields of their record. */
import type { EncodedField } from './encoders/record.ts'
import { likewise } from './likewise.ts'
import type { Member } from './member.ts'
import type { DataRecord, Reason, Value } from './records.ts'

/** Indices of the `count` largest values, the largest first; NaN is none. */
export function largest(values: ArrayLike<number>, count: number): number[] {
  const top: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue
    if (top.length === count && !(values[i] > values[top[count - 1]])) continue
    let place = top.length < count ? top.length : count - 1
    for (; place > 0 && values[i] > values[top[place - 1]]; place--) top[place] = top[place - 1]
    top[place] = i
  }
  return top
}

/** What every field of a member costs beyond the usual, in nats; NaN where it is missing. */
function excessOf(member: Member): Float32Array {
  if (!member.isText) return member.excess()
  // Of the only text it is the score of the member; of several ones nobody knows which it was.
  const { fields } = member.encoder
  return new Float32Array(fields.length).fill(fields.length === 1 ? member.score() : Number.NaN)
}

/** The reason that a field is for a member, its group's surprise being known. */
export function reasonFor(
  { product, encoded }: Member,
  { name, encoder, group }: EncodedField,
  record: DataRecord,
  surprise: number,
): Reason {
  const own = Object.hasOwn(record, name) ? record[name] : undefined
  const value = encoder.read(own)
  // No text can be expected, and the probabilities of thousands of words are not worth computing for that.
  const isText = encoder.group.kind === 'tokens'
  const expected = isText ? null : encoder.expected(product.conditional(encoded.row, group))
  if (encoder.kind === 'number')
    return { field: name, value, expected, surprise, ...directionOf(value, expected) }
  // Codes are categories for experts, and remain numbers for people.
  const alike = (each: Value) => (typeof own === 'number' ? likewise(each, own) : each)
  return { field: name, value: alike(value), expected: alike(expected), surprise }
}

function directionOf(value: Value, expected: Value): Pick<Reason, 'direction'> {
  if (typeof value !== 'number' || typeof expected !== 'number' || value === expected) return {}
  return { direction: value > expected ? 'above' : 'below' }
}

/**
 * The `count` most surprising fields of a record, given all its others, the most surprising first. A field that several
 * members look at, or one member in several ways, has the sum of its surprises; the most surprised of them says what it
 * expected.
 */
export function explain(members: readonly Member[], record: DataRecord, count: number): Reason[] {
  if (count === 0) return []
  const surprises = new Float64Array(members.reduce((sum, { encoder }) => sum + encoder.fields.length, 0))
  const views: { member: Member; field: EncodedField }[] = []
  for (const member of members) {
    const own = excessOf(member)
    for (const field of member.encoder.fields) {
      surprises[views.length] = own[field.group]
      views.push({ member, field })
    }
  }
  const merged = mergedByName(views, surprises)
  return largest(merged, count).map(view => {
    const { member, field } = views[view]
    return reasonFor(member, field, record, merged[view])
  })
}

/** The surprises of views of one field added up at the most surprised one; NaN at the others. */
function mergedByName(views: readonly { field: EncodedField }[], surprises: Float64Array): Float64Array {
  const merged = surprises.slice()
  const best = new Map<string, number>()
  for (const [view, { field }] of views.entries()) {
    if (Number.isNaN(surprises[view])) continue
    const other = best.get(field.name)
    if (other === undefined) best.set(field.name, view)
    else {
      const [winner, loser] = surprises[view] > surprises[other] ? [view, other] : [other, view]
      merged[winner] = merged[other] + surprises[view]
      merged[loser] = Number.NaN
      best.set(field.name, winner)
    }
  }
  return merged
}
