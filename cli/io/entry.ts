/** What passes between readers, operators and writers. */
import type { ReaderState } from './position.ts'

/** One record of the input with what is needed to write it out again as it came. */
export interface Entry {
  /** The physical line on which the record begins, from 1; blank and rejected lines count. */
  readonly line: number
  /** The record's own text without its line ending. */
  readonly text: string
  /** `\n` or `\r\n`: the line's own, and in CSV that of the header. */
  readonly ending: string
  readonly record: Readonly<Record<string, unknown>>
}

/** A line that is not a record, and why. */
export interface Rejection {
  readonly line: number
  /** `expected …, got …` and, where there is one, the remedy. */
  readonly reason: string
  /** The beginning of the line, still with its control characters. */
  readonly excerpt: string
}

/** Something about a record that its reader could put right. */
export interface Remark {
  /** Remarks of one key are printed a few times and then only counted. */
  readonly key: string
  readonly line: number
  readonly message: string
}

/** How a CSV stream is written. */
export interface Dialect {
  readonly delimiter: string
  /** The column names, made unique. */
  readonly names: readonly string[]
  /** The header's own text and line ending. */
  readonly text: string
  readonly ending: string
  readonly line: number
}

/** Where a reader delivers; called synchronously, in the order of the input. */
export interface Intake {
  entry(entry: Entry): void
  reject(rejection: Rejection): void
  remark(remark: Remark): void
  /** Before the first entry of a CSV stream, also when there is none. */
  header(dialect: Dialect): void
}

/**
 * Turns bytes into entries. What it delivers does not depend on where the chunks were cut.
 * @throws CommandError when nothing that follows could be read (a CSV stream without a usable header)
 */
export interface Reader {
  push(chunk: Uint8Array): void
  /** The input has ended: a last line without a line ending is a line too. */
  end(): void
  /** Bytes of what was pushed, at its end, that are not settled: not yet delivered, rejected or skipped as blank. */
  unread(): number
  /** Physical lines that are settled, those before a resumed position included. */
  readonly line: number
  /** What it takes to go on behind the settled lines. */
  state(): ReaderState
}

/** Where a reader begins that goes on with a stream. */
export interface ReaderStart {
  readonly state: ReaderState
  /** Physical lines before. */
  readonly line: number
  /** Whether what comes is from a producer that may have begun anew, with the header that was read before. */
  readonly isAnew?: boolean
}
