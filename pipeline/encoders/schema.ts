/** From the first records of a stream to its fields: which there are, and of which kind. */
import type { FieldKind } from '../experts/product.ts'
import type { DataRecord, Notify } from '../records.ts'
import { clockOf, isTimestamp } from './clock.ts'
import { nestedNotice, nonFiniteNotice } from './notices.ts'
import { isText } from './tokens.ts'
import { booleanOf, isNested, isNonFinite, numberOf } from './values.ts'

/** Least share of numeric values among the present ones for a field of numbers; the others count as missing. */
const NUMERIC_SHARE = 0.95
/** A field with fewer values in the sample is not taken up yet: they say too little about it. */
const LEAST_VALUES = 4
/** A field and its usable values in the sample. */
export interface FieldSample {
  readonly name: string
  readonly kind: FieldKind
  readonly values: readonly unknown[]
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

/** The values of every field that has enough of them, in order of first appearance. */
function columnsOf(records: readonly DataRecord[]): Map<string, unknown[]> {
  const least = Math.min(LEAST_VALUES, records.length)
  // Counted first: most of ever new names have one value, which is not worth a list.
  const counts = new Map<string, number>()
  for (const record of records)
    for (const name of Object.keys(record)) counts.set(name, (counts.get(name) ?? 0) + 1)
  const columns = new Map<string, unknown[]>()
  for (const [name, count] of counts) if (count >= least) columns.set(name, [])
  for (const record of records) for (const name of Object.keys(record)) columns.get(name)?.push(record[name])
  return columns
}

/** At most `most` of the fields, those with the most values. */
export function withinLimit(fields: readonly FieldSample[], most: number): readonly FieldSample[] {
  if (fields.length <= most) return fields
  const ranked = fields.toSorted((a, b) => b.values.length - a.values.length)
  const taken = new Set(ranked.slice(0, most))
  return fields.filter(field => taken.has(field))
}

/** The fields of a sample of records as `usableValues` gives them, in order of first appearance, without counters. */
export function fieldsOf(
  records: readonly DataRecord[],
  kinds: ReadonlyMap<string, FieldKind>,
): readonly FieldSample[] {
  const fields = [...columnsOf(records)]
    .map(([name, values]) => ({ name, kind: kinds.get(name) ?? kindOf(values), values }))
    .filter(({ kind, values }) => fits(kind, values))
  const varied = fields.filter(
    ({ name, kind, values }) => kind !== 'number' || kinds.has(name) || !isCounter(values),
  )
  // A stream of counters alone is one that somebody wants to have looked at.
  return varied.length > 0 ? varied : fields
}
