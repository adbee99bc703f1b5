/** Which families look at which fields. docs/decisions.md has the measurements behind it. */
import { unmodelledNotice } from './encoders/notices.ts'
import type { Reported } from './encoders/reported.ts'
import type { FieldSample } from './encoders/schema.ts'
import { families, familyNamed } from './experts/index.ts'
import type { FieldKind } from './experts/product.ts'
import type { Part } from './member.ts'
import type { Notify } from './records.ts'

/** The choice that is made when nobody has made one. */
export const AUTO = 'auto'

/** Every name that `experts` may have. */
export const choices: readonly string[] = [AUTO, ...families.map(({ name }) => name)]

/** The experts for each kind of field, and how much their opinion counts: one list for all of a kind. */
const chosen: Readonly<Record<FieldKind, readonly { readonly name: string; readonly weight: number }[]>> = {
  number: [
    { name: 'prototype', weight: 1 },
    { name: 'rbm', weight: 0.5 },
  ],
  category: [{ name: 'frequency', weight: 1 }],
  boolean: [{ name: 'frequency', weight: 1 }],
  timestamp: [{ name: 'frequency', weight: 1 }],
  text: [{ name: 'frequency', weight: 1 }],
}

/** The parts of a model for these fields. A field that a given family cannot model is left out, and that is reported. */
export function partsFor(
  experts: string,
  fields: readonly FieldSample[],
  reported: Reported,
  notify?: Notify,
): Part[] {
  if (experts === AUTO) return automatic(fields)
  const family = familyNamed(experts)
  const modelled = fields.filter(({ name, kind }) => {
    if (family.encodings[kind]) return true
    reported.once(`unmodelled ${name}`, notify, () => unmodelledNotice(name, kind, experts))
    return false
  })
  return modelled.length > 0 ? [{ family, fields: modelled, weight: 1 }] : []
}

function automatic(fields: readonly FieldSample[]): Part[] {
  const parts = new Map<string, { fields: FieldSample[]; weight: number }>()
  for (const field of fields) {
    for (const { name, weight } of chosen[field.kind]) {
      const part = parts.get(name)
      if (part) part.fields.push(field)
      else parts.set(name, { fields: [field], weight })
    }
  }
  return [...parts].map(([name, part]) => ({ family: familyNamed(name), ...part }))
}
