/**
 * Bytes to physical lines. Memory stays bounded by the longest line allowed, whatever comes.
 *
 * The lines of a chunk are decoded together, which is what makes this as fast as `readline`; only a chunk with invalid
 * UTF-8 or NUL bytes is taken line by line, so that its other lines survive.
 */
import type { Limit, Rejection } from './entry.ts'
import { EXCERPT_BYTES, excerpt } from './excerpt.ts'

const NEWLINE = 10
const RETURN = 13
/** A held line starts with this much room and doubles it as needed. */
const FIRST_CAPACITY = 4096
/** More room than this is given back once its line is done. */
const KEPT_CAPACITY = 1 << 16

/** A byte-order mark is a character like any other, but at the very beginning: that is seen to below. */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** Where the lines go. */
export interface LineIntake {
  /** `text` is without its `\n`; a `\r` before it is left on. `number` counts from 1. */
  line(text: string, number: number): void
  reject(rejection: Rejection): void
}

/** Where a stream is gone on with. */
export interface LineStart {
  /** Physical lines before. */
  readonly line: number
  /** Whether the last of them was delivered without a line ending, so that what follows is the rest of it. */
  readonly isUnended: boolean
}

export class LineSplitter {
  readonly #limit: Limit
  readonly #intake: LineIntake
  #number: number
  /** The beginning of a line whose end has not come yet: `#held` bytes of it, or only an excerpt once it is too long. */
  #carry = new Uint8Array(FIRST_CAPACITY)
  #held = 0
  /** Length in bytes of the line so far, including what was not kept. */
  #length = 0
  #endsInReturn = false
  #isUnended: boolean

  /** @param limit bytes of the longest line, without its line ending */
  constructor(limit: Limit, intake: LineIntake, start: LineStart = { line: 0, isUnended: false }) {
    this.#limit = limit
    this.#intake = intake
    this.#number = start.line
    this.#isUnended = start.isUnended
  }

  /** Lines delivered or rejected. */
  get number(): number {
    return this.#number
  }

  /** Bytes of the line whose end has not come yet. */
  get held(): number {
    return this.#length
  }

  /** Whether the last line that was delivered had no line ending, so that what follows is the rest of it. */
  get isUnended(): boolean {
    return this.#isUnended
  }

  push(chunk: Uint8Array): void {
    let start = 0
    if (this.#length > 0) {
      const end = chunk.indexOf(NEWLINE)
      if (end === -1) {
        this.#hold(chunk)
        return
      }
      this.#hold(chunk.subarray(0, end))
      this.#finish()
      start = end + 1
    }
    const last = chunk.lastIndexOf(NEWLINE)
    if (last >= start) {
      this.#block(chunk.subarray(start, last + 1))
      start = last + 1
    }
    this.#hold(chunk.subarray(start))
  }

  /** The stream has ended; a last line without a line ending is a line too. */
  end(): void {
    if (this.#length === 0) return
    this.#finish()
    this.#isUnended = true
  }

  #hold(part: Uint8Array): void {
    if (part.length === 0) return
    this.#length += part.length
    this.#endsInReturn = part[part.length - 1] === RETURN
    // One byte more than the limit may still be the `\r` of a line that is just short enough.
    const tooLong = this.#length > this.#limit.most + 1
    const kept = tooLong ? Math.min(this.#length, EXCERPT_BYTES) : this.#length
    if (kept > this.#held) {
      this.#reserve(kept)
      this.#carry.set(part.subarray(0, kept - this.#held), this.#held)
    }
    this.#held = kept
  }

  #reserve(size: number): void {
    if (size <= this.#carry.length) return
    const larger = new Uint8Array(Math.max(size, 2 * this.#carry.length))
    larger.set(this.#carry.subarray(0, this.#held))
    this.#carry = larger
  }

  /** The held line is complete. */
  #finish(): void {
    const bytes = this.#carry.subarray(0, this.#held)
    if (this.#length > this.#held) this.#tooLong(bytes, this.#length - (this.#endsInReturn ? 1 : 0))
    else this.#bytes(bytes)
    this.#held = 0
    this.#length = 0
    if (this.#carry.length > KEPT_CAPACITY) this.#carry = new Uint8Array(FIRST_CAPACITY)
  }

  /** Whole lines, each with its line ending. */
  #block(bytes: Uint8Array): void {
    const text = decoded(bytes)
    if (text === undefined || text.includes('\0')) {
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(NEWLINE, start)
        this.#bytes(bytes.subarray(start, end))
        start = end + 1
      }
      return
    }
    // A UTF-16 code unit stands for one to three bytes of UTF-8; only in doubt are the bytes of a line counted.
    const { most } = this.#limit
    const certain = text.length === bytes.length ? most : Math.floor(most / 3)
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\n', start)
      const line = text.slice(start, end)
      if (line.length > certain) this.#bytes(encoder.encode(line))
      else this.#deliver(line)
      start = end + 1
    }
  }

  /** One line about which nothing is known yet. */
  #bytes(bytes: Uint8Array): void {
    const length = bytes.length - (bytes[bytes.length - 1] === RETURN ? 1 : 0)
    if (length > this.#limit.most) {
      this.#tooLong(bytes, length)
      return
    }
    const text = decoded(bytes)
    if (text === undefined) this.#reject(`expected UTF-8 text, got other bytes${remedy(bytes)}`, bytes)
    else if (text.includes('\0'))
      this.#reject(`expected text, got a NUL byte at byte ${bytes.indexOf(0) + 1}`, bytes)
    else this.#deliver(text)
  }

  #deliver(line: string): void {
    if (this.#isUnended) {
      this.#rest(line)
      return
    }
    this.#number++
    // The byte-order mark that some editors put before the first line is not part of it.
    const text = this.#number === 1 && line.charCodeAt(0) === 0xfeff ? line.slice(1) : line
    this.#intake.line(text, this.#number)
  }

  #tooLong(bytes: Uint8Array, length: number): void {
    const { most, remedy } = this.#limit
    this.#reject(`expected at most ${most} bytes, got ${length} (${remedy})`, bytes)
  }

  #reject(reason: string, bytes: Uint8Array): void {
    const beginning = lenient.decode(bytes.subarray(0, EXCERPT_BYTES))
    if (this.#isUnended) {
      this.#rest(beginning)
      return
    }
    this.#number++
    this.#intake.reject({ line: this.#number, reason, excerpt: excerpt(beginning) })
  }

  /** What came behind a line that was taken for the last one: as a rule nothing but its line ending. */
  #rest(text: string): void {
    this.#isUnended = false
    if (text.trim() === '') return
    const reason = 'expected a line ending behind what was the last line of the input, got more of it'
    this.#intake.reject({ line: this.#number, reason, excerpt: excerpt(text) })
  }
}

/** The text; undefined for what is no UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** What to do about two kinds of files that people send by mistake, known by their first bytes. */
function remedy(bytes: Uint8Array): string {
  const start = bytes.length < 2 ? 0 : (bytes[0] << 8) | bytes[1]
  if (start === 0xfffe || start === 0xfeff) return ' (UTF-16? convert it: iconv -f UTF-16 -t UTF-8)'
  if (start === 0x1f8b) return ' (gzip? unpack it: gzip -dc)'
  return ''
}
