/** From the first records of a stream to its fields: which there are, and of which kind. */
import type { FieldKind } from '../experts/product.ts'
import type { DataRecord, Notify } from '../records.ts'
import { clockOf, isTimestamp } from './clock.ts'
import { nestedNotice, nonFiniteNotice } from './notices.ts'
import { isText } from './tokens.ts'
import { booleanOf, isMissing, isNested, isNonFinite, numberOf, textOf } from './values.ts'

/** Least share of numeric values among the present ones for a field of numbers; the others count as missing. */
const NUMERIC_SHARE = 0.95
/** A field with fewer values in the sample is not taken up yet: they say too little about it. */
const LEAST_VALUES = 4
/** Most fields; of more, those with the most values are taken. */
const MOST_FIELDS = 1024

/** A field and its usable values in the sample. */
export interface FieldSample {
  readonly name: string
  readonly kind: FieldKind
  readonly values: readonly unknown[]
}

function isUsable(value: unknown): boolean {
  return !isMissing(value) && !isNested(value) && !isNonFinite(value) && textOf(value) !== undefined
}

/** Of longer texts only what stands for them as a category is kept: a beginning and a hash. */
const LONGEST = 4096

/** The usable values of a record, in an object of its own: what has to be kept of it to learn it again. */
export function usableValues(record: DataRecord, ignored: ReadonlySet<string>): DataRecord {
  // Without a prototype every name, `__proto__` too, is a name like any other.
  const kept: Record<string, unknown> = Object.create(null)
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (ignored.has(name) || !isUsable(value)) continue
    const long = typeof value === 'string' && value.length > LONGEST
    kept[name] = long ? textOf(value) : typeof value === 'bigint' ? Number(value) : value
  }
  return kept
}

/** Report the values of a record that `usableValues` leaves out although they are not missing. */
export function reportUnusable(record: DataRecord, ignored: ReadonlySet<string>, notify: Notify): void {
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (ignored.has(name)) continue
    if (isNested(value)) notify(nestedNotice(name, value))
    else if (isNonFinite(value)) notify(nonFiniteNotice(name, value))
  }
}

/** Most different values, and least number of values for each of them, of a field of codes. */
const MOST_CODES = 16
const LEAST_FOR_EACH = 8
/** Codes have three digits at least; smaller whole numbers are counts, grades, yes and no. */
const LEAST_CODE = 100

/** Are the numbers codes, such as those of HTTP: few whole ones of three digits or more, between which nothing lies? */
function areCodes(numbers: readonly number[]): boolean {
  const distinct = new Set(numbers)
  if (distinct.size > MOST_CODES || distinct.size * LEAST_FOR_EACH > numbers.length) return false
  if (distinct.size < 2) return false
  return [...distinct].every(number => Number.isInteger(number) && number >= LEAST_CODE)
}

/** The kind of a field with these values. */
export function kindOf(values: readonly unknown[]): FieldKind {
  const numbers = values.map(numberOf).filter(Number.isFinite)
  if (numbers.length > 0 && numbers.length >= NUMERIC_SHARE * values.length)
    return areCodes(numbers) ? 'category' : 'number'
  if (isTimestamp(values)) return 'timestamp'
  if (isText(values)) return 'text'
  return values.every(value => typeof value !== 'number' && booleanOf(value) !== undefined)
    ? 'boolean'
    : 'category'
}

/** Does the encoding of this kind understand any of the values? */
function fits(kind: FieldKind, values: readonly unknown[]): boolean {
  if (kind === 'number') return values.some(value => Number.isFinite(numberOf(value)))
  if (kind === 'timestamp') return values.some(value => clockOf(value) !== undefined)
  return kind === 'category' || kind === 'text' || values.some(value => booleanOf(value) !== undefined)
}

/** Least number of values that make a counter of a field. */
const LEAST_COUNTED = 16

/**
 * Do the numbers only grow, or only fall, from record to record? Those of counters, identifiers and clocks do: every
 * later one lies beyond all before it, which says nothing about its record. Among values in random order that is next
 * to impossible: one chance in n! for n different ones.
 */
function isCounter(values: readonly unknown[]): boolean {
  const numbers = values.map(numberOf).filter(Number.isFinite)
  if (numbers.length < LEAST_COUNTED || 2 * new Set(numbers).size < numbers.length) return false
  const steps = numbers.slice(1).map((number, i) => Math.sign(number - numbers[i]))
  return steps.every(step => step >= 0) || steps.every(step => step <= 0)
}

/** The values of every field, in order of first appearance. */
function columnsOf(records: readonly DataRecord[]): Map<string, unknown[]> {
  const columns = new Map<string, unknown[]>()
  for (const record of records) {
    for (const name of Object.keys(record)) {
      const column = columns.get(name)
      if (column) column.push(record[name])
      else columns.set(name, [record[name]])
    }
  }
  return columns
}

/** At most MOST_FIELDS of the fields, those with the most values. */
function withinLimit(fields: readonly FieldSample[]): readonly FieldSample[] {
  if (fields.length <= MOST_FIELDS) return fields
  const ranked = fields.toSorted((a, b) => b.values.length - a.values.length)
  const taken = new Set(ranked.slice(0, MOST_FIELDS))
  return fields.filter(field => taken.has(field))
}

/** The fields of a sample of records as `usableValues` gives them, in order of first appearance, without counters. */
export function fieldsOf(
  records: readonly DataRecord[],
  kinds: ReadonlyMap<string, FieldKind>,
): readonly FieldSample[] {
  const least = Math.min(LEAST_VALUES, records.length)
  const fields = [...columnsOf(records)]
    .filter(([, values]) => values.length >= least)
    .map(([name, values]) => ({ name, kind: kinds.get(name) ?? kindOf(values), values }))
    .filter(({ kind, values }) => fits(kind, values))
  const varied = fields.filter(
    ({ name, kind, values }) => kind !== 'number' || kinds.has(name) || !isCounter(values),
  )
  // A stream of counters alone is one that somebody wants to have looked at.
  return withinLimit(varied.length > 0 ? varied : fields)
}
