/**
 * From a record and what is to be said of it to a line of output. The record's own text is kept and added to, so that
 * whatever JSON.parse would lose (big integers, the spelling of numbers, the order of keys) comes out as it went in.
 */
import Papa from 'papaparse'
import type { DataRecord, Reason, Verdict } from '../../pipeline/index.ts'
import type { CsvReader } from './csv.ts'
import type { NdjsonReader } from './ndjson.ts'
import type { InputRecord, Warn } from './reader.ts'

/** What a command adds to a record. */
export type Addition = Readonly<Record<string, unknown>>

/** Significant digits of scores, p-values and surprises in output: single precision has no more than seven. */
const DIGITS = 6

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(DIGITS))
}

/** Reasons as they are written: surprises rounded. */
export function reasonsOut(reasons: readonly Reason[]): Reason[] {
  return reasons.map(reason => ({ ...reason, surprise: Number(reason.surprise.toPrecision(DIGITS)) }))
}

/** A verdict as it is written. */
export function verdictOut({ score, p, anomaly, why }: Verdict): Addition {
  return { score: rounded(score), p: rounded(p), anomaly, why: reasonsOut(why) }
}

export interface RecordWriter {
  /** The input record with the addition, with its line ending; `changed`: with these fields in place of its own. */
  line(input: InputRecord, addition: Addition, changed?: DataRecord): string
}

class NdjsonWriter implements RecordWriter {
  readonly #key: string
  readonly #warn: Warn

  constructor(key: string, warn: Warn) {
    this.#key = key
    this.#warn = warn
  }

  line({ line, text, record }: InputRecord, addition: Addition, changed?: DataRecord): string {
    const whole = changed ? JSON.stringify(changed) : text
    const body = whole.slice(0, whole.lastIndexOf('}'))
    const comma = Object.keys(record).length > 0 ? ',' : ''
    return `${body}${comma}${JSON.stringify(this.#freeKey(line, record))}:${JSON.stringify(addition)}}\n`
  }

  /** The key, with underscores behind it while the record has one of that name. */
  #freeKey(line: number, record: DataRecord): string {
    let key = this.#key
    while (Object.hasOwn(record, key)) key += '_'
    if (key !== this.#key) {
      this.#warn(
        line,
        'key',
        `expected a record without ${this.#key}, got one; written as ${key}, --as renames it`,
      )
    }
    return key
  }
}

class CsvWriter implements RecordWriter {
  readonly #reader: CsvReader
  readonly #key: string
  #begun = false

  constructor(reader: CsvReader, key: string) {
    this.#reader = reader
    this.#key = key
  }

  line({ text }: InputRecord, addition: Addition, changed?: DataRecord): string {
    const { delimiter, columns } = this.#reader
    const own = changed ? this.#row(columns.map(name => changed[name])) : text
    const added = this.#row(
      Object.values(addition).map(value => (isNested(value) ? JSON.stringify(value) : value)),
    )
    return `${this.#header(addition)}${own}${delimiter}${added}\n`
  }

  #header(addition: Addition): string {
    if (this.#begun) return ''
    this.#begun = true
    const names = Object.keys(addition).map(name => `${this.#freeKey()}_${name}`)
    return `${this.#reader.headerText}${this.#reader.delimiter}${this.#row(names)}\n`
  }

  #freeKey(): string {
    let key = this.#key
    while (this.#reader.columns.some(name => name.startsWith(`${key}_`))) key += '_'
    return key
  }

  #row(cells: readonly unknown[]): string {
    return Papa.unparse([cells], { delimiter: this.#reader.delimiter, newline: '\n' })
  }
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** The writer that answers in the format of the reader, under `key`. */
export function openWriter(reader: CsvReader | NdjsonReader, key: string, warn: Warn): RecordWriter {
  return reader.format === 'csv' ? new CsvWriter(reader, key) : new NdjsonWriter(key, warn)
}
