/** What passes between readers, operators and writers. */
import type { EntryIntake } from '../../pipeline/ndjson/entry.ts'
import type { NdjsonReader } from '../../pipeline/ndjson/reader.ts'
import type { ReaderState } from './position.ts'

export type { Entry, Rejection } from '../../pipeline/ndjson/entry.ts'

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
export interface Intake extends EntryIntake {
  remark(remark: Remark): void
  /** Before the first entry of a CSV stream, also when there is none. */
  header(dialect: Dialect): void
}

/**
 * Turns bytes into entries. What it delivers does not depend on where the chunks were cut.
 * @throws CommandError when nothing that follows could be read (a CSV stream without a usable header)
 */
export interface Reader extends Omit<NdjsonReader, 'isUnended'> {
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
