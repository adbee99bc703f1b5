/** Who decides about a field that several members of a model look at. */
import type { FieldEncoder } from './encoders/field.ts'
import type { EncodedField } from './encoders/record.ts'
import type { Member } from './member.ts'

/** A field as the member sees it that decides about it. */
export interface Witness {
  readonly member: Member
  readonly field: EncodedField
}

/**
 * For each field the member that has the most other fields to go by; of two the later one, which knows probabilities
 * where prototypes know distances. `canDecide`: can a way of looking at a field say what its value is?
 */
export function witnessesOf(
  members: readonly Member[],
  canDecide: (encoder: FieldEncoder) => boolean,
): Witness[] {
  const witnesses = new Map<string, Witness>()
  for (const member of members) {
    for (const field of member.encoder.fields) {
      const other = witnesses.get(field.name)?.member
      const knowsLess = other && other.encoder.fields.length > member.encoder.fields.length
      if (!canDecide(field.encoder) || knowsLess) continue
      witnesses.set(field.name, { member, field })
    }
  }
  return [...witnesses.values()]
}
