/** What is kept of the first records of a stream, from which its layout is found: bounded, whatever they hold. */
import type { DataRecord } from '../records.ts'
import { isMissing, isNested, isNonFinite, textOf } from './values.ts'

/** Longer texts are kept as what stands for them as a category, a beginning and a hash, */
const LONGEST = 4096
/** and so are all texts of a record beyond this many characters; fields that do not fit even then are left out. */
const ROOM = 1 << 16
/** A field with a longer name is left out: names are part of the model. */
const LONGEST_NAME = 1024
/** Names that a sample may have, or this many for each field that can be taken up: a stream may bring ever new ones. */
const NAMES = 2048
const NAMES_PER_FIELD = 2

/** The names of the fields in a sample, up to a limit. */
export class SampleNames {
  readonly #names = new Set<string>()
  readonly #most: number
  /** Was a name turned away? */
  overflown = false

  constructor(maxFields: number) {
    this.#most = Math.max(NAMES, NAMES_PER_FIELD * maxFields)
  }

  /** Most names. */
  get most(): number {
    return this.#most
  }

  /** Is it one of the sample's names, or is there room for it? */
  admit(name: string): boolean {
    if (this.#names.has(name)) return true
    if (this.#names.size >= this.#most || name.length > LONGEST_NAME) {
      this.overflown = true
      return false
    }
    this.#names.add(name)
    return true
  }

  /** Another sample begins, with these records. */
  restart(records: readonly DataRecord[] = []): void {
    this.#names.clear()
    this.overflown = false
    for (const record of records) for (const name of Object.keys(record)) this.admit(name)
  }
}

function isUsable(value: unknown): boolean {
  return !isMissing(value) && !isNested(value) && !isNonFinite(value) && textOf(value) !== undefined
}

/** The usable values of a record, in an object of its own: what has to be kept of it to learn it again. */
export function usableValues(
  record: DataRecord,
  ignored: ReadonlySet<string>,
  names?: SampleNames,
): DataRecord {
  // Without a prototype every name, `__proto__` too, is a name like any other.
  const kept: Record<string, unknown> = Object.create(null)
  let room = ROOM
  for (const name of Object.keys(record)) {
    const value = record[name]
    if (ignored.has(name) || !isUsable(value) || names?.admit(name) === false) continue
    const long = typeof value === 'string' && value.length > Math.min(LONGEST, room - name.length)
    const own = long ? textOf(value) : typeof value === 'bigint' ? Number(value) : value
    const size = name.length + (typeof own === 'string' ? own.length : 0)
    if (size > room) continue
    room -= size
    kept[name] = own
  }
  return kept
}
