/** Who decides about a field that several members of a model look at. */
import type { EncodedField } from './encoders/record.ts'
import type { Member } from './member.ts'

/** A field as the member sees it that decides about it. */
export interface Witness {
  readonly member: Member
  readonly field: EncodedField
}

/**
 * For each field the member that has the most other fields to go by; of two the later one, which knows probabilities
 * where prototypes know distances. Fields of which no value can be made have none.
 */
export function witnessesOf(members: readonly Member[]): Witness[] {
  const witnesses = new Map<string, Witness>()
  for (const member of members) {
    for (const field of member.encoder.fields) {
      const other = witnesses.get(field.name)?.member
      if (field.encoder.partial || (other && other.encoder.fields.length > member.encoder.fields.length))
        continue
      witnesses.set(field.name, { member, field })
    }
  }
  return [...witnesses.values()]
}
