/** Which families look at which fields. docs/decisions.md has the measurements behind it. */
import { unmodelledNotice } from './encoders/notices.ts'
import type { Reported } from './encoders/reported.ts'
import type { FieldSample } from './encoders/schema.ts'
import { familyAmong } from './experts/among.ts'
import type { Family, FieldKind } from './experts/product.ts'
import type { Part } from './member.ts'
import type { Notify } from './records.ts'

/** The choice that is made when nobody has made one. */
export const AUTO = 'auto'

/**
 * The families that look at a field of each kind when they are chosen automatically: prototypes for numbers, counts for
 * what has states, and for what both of them miss, which values go together, a Boltzmann machine over all of them.
 */
const looksAt: Readonly<Record<FieldKind, readonly string[]>> = {
  number: ['prototype', 'rbm'],
  category: ['frequency', 'rbm'],
  boolean: ['frequency', 'rbm'],
  timestamp: ['frequency'],
  text: ['frequency', 'tokens'],
}

/** Those of the families that may look at a field of this kind when they are chosen automatically. */
export const automaticFor = (kind: FieldKind, families: readonly Family[]): Family[] =>
  families.filter(({ name }) => looksAt[kind].includes(name))

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
const isLight = (family: Family) => family.relativeTo === 'past'

/** Among which families is chosen, and for what. */
export interface Choice {
  /** `auto` or the name of a family. */
  readonly experts: string
  /** Those that there are. */
  readonly families: readonly Family[]
  /** Is it for one of many models, and to be small? */
  readonly light?: boolean
}

/** The parts of a model for these fields. A field that none of the families can model is left out, and that is reported. */
export function partsFor(
  choice: Choice,
  fields: readonly FieldSample[],
  reported: Reported,
  notify?: Notify,
): Part[] {
  const parts = choice.experts === AUTO ? automatic(choice, fields) : only(choice, fields)
  const modelled = new Set(parts.flatMap(part => part.fields))
  for (const field of fields) {
    if (modelled.has(field)) continue
    const { name, kind } = field
    const chosen = choice.experts === AUTO || choice.families.length === 1
    const names = chosen ? choice.families.map(family => family.name).join(', ') : choice.experts
    reported.once(`unmodelled ${name}`, notify, () => unmodelledNotice(name, kind, names, chosen))
    reported.covers(`new ${name}`)
  }
  return parts
}

/** The one family that was asked for. */
function only({ experts, families }: Choice, fields: readonly FieldSample[]): Part[] {
  const family = familyAmong(families, experts)
  const modelled = fields.filter(({ kind }) => family.encodings[kind])
  if (modelled.length === 0) return []
  return [{ family, fields: modelled, weight: exponentOf(experts, [experts], modelled.length) }]
}

function automatic({ families, light }: Choice, fields: readonly FieldSample[]): Part[] {
  const chosen = ORDER.flatMap(name => families.filter(family => family.name === name))
    .filter(family => !light || isLight(family))
    .map(family => ({ family, fields: fields.filter(({ kind }) => looksAt[kind].includes(family.name)) }))
    .filter(part => part.fields.length > 0)
  const names = chosen.map(({ family }) => family.name)
  const numbers = chosen.find(({ family }) => family.name === 'prototype')?.fields.length ?? 0
  return chosen.map(part => ({ ...part, weight: exponentOf(part.family.name, names, numbers) }))
}
