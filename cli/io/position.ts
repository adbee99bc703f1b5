/** Where a stream stands between two records: everything before it has been answered for. Kept with the model, as JSON. */
import { DELIMITERS } from './csv-reader.ts'
import type { Dialect } from './entry.ts'
import type { Format } from './format.ts'
import type { SourcePosition } from './source.ts'

/** What a reader has to know to go on behind the lines that it has settled. */
export interface ReaderState {
  /** `auto` until the beginning of the stream has decided. */
  readonly format: Format | 'auto'
  /** The header of a CSV stream, once it was read; it is neither read nor written a second time. */
  readonly dialect?: Omit<Dialect, 'names'>
  /** The input ended in a line without a line ending, which was answered for: what follows is the rest of that line. */
  readonly unended?: true
}

/** How far the output file reaches. */
export interface OutputPosition {
  readonly bytes: number
  /** Checksum of the last ≤ 1 KB of them. */
  readonly tail: string
}

export interface Position {
  /** Records answered, and lines rejected, so far. */
  readonly records: number
  readonly rejected: number
  readonly alarms: number
  /** Columns of features in the header that was written. */
  readonly features?: number
  /** Physical lines before it. */
  readonly line: number
  readonly input: SourcePosition
  readonly reader: ReaderState
  /** Of a file given by --output. */
  readonly output?: OutputPosition
}

/** Of one model; what is more is damage. */
const MOST_FEATURES = 2 ** 24

type Check = (value: unknown) => boolean

const isText: Check = value => typeof value === 'string'
const isCount: Check = value => Number.isSafeInteger(value) && Number(value) >= 0
/** An inode may be beyond the whole numbers that are exact. */
const isNumber: Check = value => Number.isFinite(value)
const isTrue: Check = value => value === true
const oneOf =
  (...choices: readonly unknown[]): Check =>
  value =>
    choices.includes(value)
const maybe =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)
/** An object whose members pass these checks. Members that nobody knows are for later versions. */
const objectOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  value =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(([name, check]) =>
      check(Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined),
    )

const isPosition = objectOf({
  records: isCount,
  rejected: isCount,
  alarms: isCount,
  features: maybe(value => isCount(value) && Number(value) <= MOST_FEATURES),
  line: isCount,
  input: objectOf({ name: isText, bytes: isCount, tail: maybe(isText), inode: maybe(isNumber) }),
  reader: objectOf({
    format: oneOf('ndjson', 'csv', 'auto'),
    dialect: maybe(
      objectOf({ delimiter: oneOf(...DELIMITERS), text: isText, ending: oneOf('\n', '\r\n'), line: isCount }),
    ),
    unended: maybe(isTrue),
  }),
  output: maybe(objectOf({ bytes: isCount, tail: isText })),
})

/** The value as a position; undefined when it is something else, which a program may keep with its model. */
export const positionFrom = (value: unknown): Position | undefined =>
  isPosition(value) ? (value as Position) : undefined
