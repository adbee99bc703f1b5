/** What a command adds to a record, and how numbers are rounded in it. */
import type { Reason, Value } from '../../pipeline/index.ts'
import type { Dialect, Entry } from './entry.ts'

/** The answer to one record: fields whose values change, and named values that are added to it. */
export interface Answer {
  readonly changed?: readonly { readonly field: string; readonly value: Value }[]
  readonly added: Readonly<Record<string, number | boolean | null | readonly unknown[]>>
}

/** Writes records in the format in which they came. */
export interface Writer {
  /** The text that precedes all records; called when the reader has seen a CSV header. */
  header(dialect: Dialect): string
  /** The record's line or lines, with the line ending. */
  write(entry: Entry, answer: Answer): string
}

/** Digits that mean something in a score: parameters are single precision, good for about seven. */
const DIGITS = 6

/** The number with at most six significant digits, so that output is short and reads the same everywhere. */
export const rounded = (value: number): number => Number(value.toPrecision(DIGITS))

/** Reasons as they are printed. The record's own value is left as it is. */
export const roundedReasons = (reasons: readonly Reason[]): Reason[] =>
  reasons.map(reason => ({
    ...reason,
    expected: typeof reason.expected === 'number' ? rounded(reason.expected) : reason.expected,
    surprise: rounded(reason.surprise),
  }))

/** `wanted`, or with as many underscores behind it as it takes to be free. */
export function freeName(wanted: string, isTaken: (name: string) => boolean): string {
  let name = wanted
  while (isTaken(name)) name += '_'
  return name
}
