/** Writers of the formats that records come in. */
import type { Answer } from '../../pipeline/ndjson/answer.ts'
import type { Dialect, Entry } from './entry.ts'

/** Writes records in the format in which they came. */
export interface Writer {
  /** The text that precedes all records; called when the reader has seen a CSV header. */
  header(dialect: Dialect): string
  /** The record's line or lines, with the line ending. */
  write(entry: Entry, answer: Answer): string
}
