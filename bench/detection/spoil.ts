/** What a run can do to every record before any detector sees it; the label is left as it is. */
import { uniforms } from '../../fixtures/random.ts'
import type { DataRecord } from '../../pipeline/index.ts'

/** Called once for each record of a file, in order. */
export type Change = (record: DataRecord, label: string) => DataRecord

/** Something to do to records, with the name under which its figures are printed. */
export interface Spoiler {
  readonly name: string
  /** A new change for each pass: it may remember what it chose at the first record. */
  change(seed: number): Change
}

/** Each value is missing with this probability, independently of all others. */
export const mask = (probability: number): Spoiler => ({
  name: `${100 * probability} % of the values missing`,
  change(seed) {
    const uniform = uniforms(seed)
    return (record, label) =>
      Object.fromEntries(
        Object.entries(record).filter(([field]) => field === label || uniform() >= probability),
      )
  },
})

/** The fields in a random order, the same in all records. */
export const permute: Spoiler = {
  name: 'columns in another order',
  change(seed) {
    let order: string[] | undefined
    return record => {
      order ??= shuffled(Object.keys(record), uniforms(seed))
      const known = order.filter(field => Object.hasOwn(record, field))
      const late = Object.keys(record).filter(field => !order!.includes(field))
      return Object.fromEntries([...known, ...late].map(field => [field, record[field]]))
    }
  },
}

/** One field, chosen at random among those with a number in the first record, is so many times as large. */
export const rescale = (factor: number): Spoiler => ({
  name: `one column times ${factor}`,
  change(seed) {
    let chosen: string | undefined
    return (record, label) => {
      chosen ??= numeric(record, label)[Math.floor(uniforms(seed)() * numeric(record, label).length)]
      const value = chosen === undefined ? undefined : record[chosen]
      if (chosen === undefined || !isNumber(value)) return record
      const scaled = Number(value) * factor
      return { ...record, [chosen]: typeof value === 'string' ? String(scaled) : scaled }
    }
  },
})

const numeric = (record: DataRecord, label: string) =>
  Object.keys(record).filter(field => field !== label && isNumber(record[field]))

/** A finite number, or the text of one. */
export const isNumber = (value: unknown): boolean =>
  typeof value === 'string' ? value.trim() !== '' && Number.isFinite(Number(value)) : Number.isFinite(value)

/** In another order (Fisher and Yates). */
function shuffled(fields: string[], uniform: () => number): string[] {
  for (let i = fields.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[fields[i], fields[j]] = [fields[j], fields[i]]
  }
  return fields
}
