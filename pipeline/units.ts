/** Which units numbers get in the visible layer of a family that has several for them. */
import { show } from './errors.ts'
import type { Encoding, Family, FieldKind } from './experts/product.ts'

/**
 * `bins`: a softmax group over ranges of values. `gaussian`: one real unit. `binomial`: a count of events out of as many as
 * were ever seen, replicas of one binary unit.
 */
export type Unit = 'bins' | 'gaussian' | 'binomial'

/** One for all numbers, or by the names of fields, which are numbers then. */
export type Units = Unit | Readonly<Record<string, Unit>>

const encodingOf: Readonly<Record<Unit, Encoding>> = { bins: 'bins', gaussian: 'real', binomial: 'count' }

/** Every unit. */
export const unitNames = Object.keys(encodingOf) as readonly Unit[]

type WithUnits = Pick<Family, 'name' | 'encodings' | 'alternatives'>

/** The encodings of numbers that a family can have. */
const encodingsOfNumbers = ({ encodings, alternatives }: WithUnits): readonly Encoding[] => [
  ...[encodings.number ?? []].flat(),
  ...(alternatives?.number ?? []),
]

const has = (family: WithUnits, unit: Unit) => encodingsOfNumbers(family).includes(encodingOf[unit])

/** The unit that is asked for a field; undefined for none. */
function unitOf(units: Units, field: string): Unit | undefined {
  if (typeof units === 'string') return units
  return Object.hasOwn(units, field) ? units[field] : undefined
}

/** Fields by the units that are asked for: under '' for all of them. */
const entriesOf = (units: Units): readonly (readonly [field: string, unit: Unit])[] =>
  typeof units === 'string' ? [['', units]] : Object.entries(units)

/** Does everything stay as the families have it? */
export const areUsual = (units: Units): boolean => entriesOf(units).length === 0

/**
 * How a family wants a field laid out, with the unit that is asked for where it has that one: of several families that
 * work together each takes what it can.
 */
export function encodingsFor(
  family: WithUnits,
  { name, kind }: { readonly name: string; readonly kind: FieldKind },
  units: Units = {},
): readonly Encoding[] {
  const unit = kind === 'number' ? unitOf(units, name) : undefined
  const usual = [family.encodings[kind] ?? []].flat()
  return unit && usual.length > 0 && has(family, unit) ? [encodingOf[unit]] : usual
}

/** The kinds of fields that are given: a field with a unit of its own is a number. */
export function kindsGiven({
  kinds,
  units,
}: {
  readonly kinds: Readonly<Record<string, FieldKind>>
  readonly units: Units
}): Map<string, FieldKind> {
  const given = new Map<string, FieldKind>(Object.entries(kinds))
  if (typeof units !== 'string') for (const field of Object.keys(units)) given.set(field, 'number')
  return given
}

/**
 * Refuse what is no unit, units that none of the families has, and units of fields that are given as no numbers.
 * `families`: those that may look at numbers.
 */
export function checkUnits(
  units: unknown,
  families: readonly WithUnits[],
  kinds: Readonly<Record<string, FieldKind>>,
): void {
  const isMap = typeof units === 'object' && units !== null && !Array.isArray(units)
  if (typeof units !== 'string' && !isMap) {
    throw new TypeError(
      `Expected units as one of ${unitNames.join(', ')}, or an object of them by the names of fields, got ${show(units)}.`,
    )
  }
  for (const [field, unit] of entriesOf(units as Units)) {
    const where = field === '' ? '' : ` of field ${show(field)}`
    if (!unitNames.includes(unit))
      throw new RangeError(`Expected the unit${where} as ${unitNames.join(', ')}, got ${show(unit)}.`)
    if (!families.some(family => has(family, unit))) {
      const known = unitNames.filter(name => families.some(family => has(family, name)))
      const names = families.map(({ name }) => name).join(', ')
      throw new RangeError(
        `Expected the unit${where} as ${names} has them for numbers (${known.join(', ') || 'none'}), got '${unit}'; ` +
          'choose other experts or leave it out.',
      )
    }
    const kind = Object.hasOwn(kinds, field) ? kinds[field] : 'number'
    if (kind !== 'number')
      throw new RangeError(`Expected the unit${where}, '${unit}', with a number, got the kind ${kind}.`)
  }
}
