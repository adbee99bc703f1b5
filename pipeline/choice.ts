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

/**
 * The families that look at a field of each kind when they are chosen automatically: prototypes for numbers, counts for
 * what has states, and for what both of them miss, which values go together, a Boltzmann machine over all of them.
 */
const chosen: Readonly<Record<FieldKind, readonly string[]>> = {
  number: ['prototype', 'rbm'],
  category: ['frequency', 'rbm'],
  boolean: ['frequency', 'rbm'],
  timestamp: ['frequency'],
  text: ['frequency', 'tokens'],
}

/** The most important first. */
const ORDER = ['prototype', 'frequency', 'tokens', 'rbm']

/** A density over m numbers falls with the power m + 1 of the distance, where prototypes have the first. */
const prototypeExponent = (numbers: number) => numbers + 1
/**
 * The exponents of other families beside prototypes: fixed, because one that follows the scores makes them drift. The
 * Boltzmann machine has a whole vote where nobody else sees how categories and numbers go together.
 */
const RBM = 0.4
const COUNTS = 0.15
/** Of tokens beside the counts of whole templates, which find more in the lines of logs. */
const TOKENS = 0.05

/** How much a family's opinion counts among those of `families`, `numbers` being the fields that prototypes look at. */
function exponentOf(name: string, families: readonly string[], numbers: number): number {
  if (name === 'prototype') return prototypeExponent(numbers)
  if (families.length === 1) return 1
  if (name === 'rbm') return families.includes('frequency') ? 1 : RBM
  // Never less than their own nats.
  const counts = Math.max(1, COUNTS * prototypeExponent(numbers))
  return name === 'tokens' ? TOKENS * counts : counts
}

/**
 * The families that one of many models is made of: those that keep no rows of the stream to compare others with, which
 * is most of what a model takes up.
 */
const isLight = (name: string) => familyNamed(name).relativeTo === 'past'

/**
 * The parts of a model for these fields; `light`: of one of many. A field that a given family cannot model is left out,
 * and that is reported.
 */
export function partsFor(
  experts: string,
  fields: readonly FieldSample[],
  reported: Reported,
  notify?: Notify,
  light = false,
): Part[] {
  if (experts === AUTO) return automatic(fields, light)
  const family = familyNamed(experts)
  const modelled = fields.filter(({ name, kind }) => {
    if (family.encodings[kind]) return true
    reported.once(`unmodelled ${name}`, notify, () => unmodelledNotice(name, kind, experts))
    reported.covers(`new ${name}`)
    return false
  })
  if (modelled.length === 0) return []
  return [{ family, fields: modelled, weight: exponentOf(experts, [experts], modelled.length) }]
}

function automatic(fields: readonly FieldSample[], light: boolean): Part[] {
  const parts = new Map<string, FieldSample[]>()
  for (const field of fields) {
    for (const name of chosen[field.kind]) {
      if (light && !isLight(name)) continue
      const part = parts.get(name)
      if (part) part.push(field)
      else parts.set(name, [field])
    }
  }
  const names = ORDER.filter(name => parts.has(name))
  const numbers = parts.get('prototype')?.length ?? 0
  return names.map(name => ({
    family: familyNamed(name),
    fields: parts.get(name) ?? [],
    weight: exponentOf(name, names, numbers),
  }))
}
