/** What passes between reader and writer. */

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

/** Where a reader delivers; called synchronously, in the order of the input. */
export interface EntryIntake {
  entry(entry: Entry): void
  reject(rejection: Rejection): void
}

/** How much of something a line may have, and what a person can do who needs more. */
export interface Limit {
  readonly most: number
  /** As it stands in a message, such as `maxLine allows more`. */
  readonly remedy: string
}
