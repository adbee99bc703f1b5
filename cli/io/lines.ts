/**
 * Bytes to physical lines. Memory stays bounded by the longest line allowed, whatever comes.
 *
 * The lines of a chunk are decoded together, which is what makes this as fast as `readline`; only a chunk with invalid
 * UTF-8 or NUL bytes is taken line by line, so that its other lines survive.
 */
import { isUtf8 } from 'node:buffer'
import type { ReaderStart, Rejection } from './entry.ts'
import { EXCERPT_BYTES, excerpt } from './excerpt.ts'
import type { ReaderState } from './position.ts'

const NEWLINE = 10
const RETURN = 13
/** A held line starts with this much room and doubles it as needed. */
const FIRST_CAPACITY = 4096
/** More room than this is given back once its line is done. */
const KEPT_CAPACITY = 1 << 16

/** Where the lines go. */
export interface LineIntake {
  /** `text` is without its `\n`; a `\r` before it is left on. `number` counts from 1. */
  line(text: string, number: number): void
  reject(rejection: Rejection): void
}

export class LineSplitter {
  readonly #limit: number
  readonly #intake: LineIntake
  #number = 0
  /** The beginning of a line whose end has not come yet: `#held` bytes of it, or only an excerpt once it is too long. */
  #carry = Buffer.allocUnsafe(FIRST_CAPACITY)
  #held = 0
  /** Length in bytes of the line so far, including what was not kept. */
  #length = 0
  #endsInReturn = false
  /** Whether the last line that was delivered had no line ending, so that what follows is the rest of it. */
  #unended: boolean

  /**
   * @param limit bytes of the longest line, without its line ending
   * @param start where a stream is gone on with
   */
  constructor(limit: number, intake: LineIntake, start?: ReaderStart) {
    this.#limit = limit
    this.#intake = intake
    this.#number = start?.line ?? 0
    this.#unended = start?.state.unended === true
  }

  /** Lines delivered or rejected. */
  get number(): number {
    return this.#number
  }

  /** Bytes of the line whose end has not come yet. */
  get held(): number {
    return this.#length
  }

  /** As a part of `ReaderState`. */
  get ending(): Pick<ReaderState, 'unended'> {
    return this.#unended ? { unended: true } : {}
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    if (this.#length > 0) {
      const end = bytes.indexOf(NEWLINE)
      if (end === -1) {
        this.#hold(bytes)
        return
      }
      this.#hold(bytes.subarray(0, end))
      this.#finish()
      start = end + 1
    }
    const last = bytes.lastIndexOf(NEWLINE)
    if (last >= start) {
      this.#block(bytes.subarray(start, last + 1))
      start = last + 1
    }
    this.#hold(bytes.subarray(start))
  }

  /** The stream has ended; a last line without a line ending is a line too. */
  end(): void {
    if (this.#length === 0) return
    this.#finish()
    this.#unended = true
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return
    this.#length += part.length
    this.#endsInReturn = part[part.length - 1] === RETURN
    // One byte more than the limit may still be the `\r` of a line that is just short enough.
    const tooLong = this.#length > this.#limit + 1
    const kept = tooLong ? Math.min(this.#length, EXCERPT_BYTES) : this.#length
    if (kept > this.#held) {
      this.#reserve(kept)
      part.copy(this.#carry, this.#held, 0, kept - this.#held)
    }
    this.#held = kept
  }

  #reserve(size: number): void {
    if (size <= this.#carry.length) return
    const larger = Buffer.allocUnsafe(Math.max(size, 2 * this.#carry.length))
    this.#carry.copy(larger, 0, 0, this.#held)
    this.#carry = larger
  }

  /** The held line is complete. */
  #finish(): void {
    const bytes = this.#carry.subarray(0, this.#held)
    if (this.#length > this.#held) this.#tooLong(bytes, this.#length - (this.#endsInReturn ? 1 : 0))
    else this.#bytes(bytes)
    this.#held = 0
    this.#length = 0
    if (this.#carry.length > KEPT_CAPACITY) this.#carry = Buffer.allocUnsafe(FIRST_CAPACITY)
  }

  /** Whole lines, each with its line ending. */
  #block(bytes: Buffer): void {
    if (!isUtf8(bytes) || bytes.includes(0)) {
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(NEWLINE, start)
        this.#bytes(bytes.subarray(start, end))
        start = end + 1
      }
      return
    }
    const text = bytes.toString('utf8')
    // A UTF-16 code unit stands for one to three bytes of UTF-8; only in doubt are the bytes of a line counted.
    const certain = text.length === bytes.length ? this.#limit : Math.floor(this.#limit / 3)
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\n', start)
      const line = text.slice(start, end)
      if (line.length > certain) this.#bytes(Buffer.from(line))
      else this.#deliver(line)
      start = end + 1
    }
  }

  /** One line about which nothing is known yet. */
  #bytes(bytes: Buffer): void {
    const length = bytes.length - (bytes[bytes.length - 1] === RETURN ? 1 : 0)
    if (length > this.#limit) this.#tooLong(bytes, length)
    else if (!isUtf8(bytes)) this.#reject(`expected UTF-8 text, got other bytes${remedy(bytes)}`, bytes)
    else if (bytes.includes(0))
      this.#reject(`expected text, got a NUL byte at byte ${bytes.indexOf(0) + 1}`, bytes)
    else this.#deliver(bytes.toString('utf8'))
  }

  #deliver(line: string): void {
    if (this.#unended) {
      this.#rest(line)
      return
    }
    this.#number++
    // The byte-order mark that some editors put before the first line is not part of it.
    const text = this.#number === 1 && line.charCodeAt(0) === 0xfeff ? line.slice(1) : line
    this.#intake.line(text, this.#number)
  }

  #tooLong(bytes: Buffer, length: number): void {
    this.#reject(`expected at most ${this.#limit} bytes, got ${length} (--max-line allows more)`, bytes)
  }

  #reject(reason: string, bytes: Buffer): void {
    const beginning = bytes.toString('utf8', 0, EXCERPT_BYTES)
    if (this.#unended) {
      this.#rest(beginning)
      return
    }
    this.#number++
    this.#intake.reject({ line: this.#number, reason, excerpt: excerpt(beginning) })
  }

  /** What came behind a line that was taken for the last one: as a rule nothing but its line ending. */
  #rest(text: string): void {
    this.#unended = false
    if (text.trim() === '') return
    const reason = 'expected a line ending behind what was the last line of the input, got more of it'
    this.#intake.reject({ line: this.#number, reason, excerpt: excerpt(text) })
  }
}

/** What to do about two kinds of files that people pipe in by mistake, known by their first bytes. */
function remedy(bytes: Buffer): string {
  const start = bytes.length < 2 ? 0 : bytes.readUInt16BE(0)
  if (start === 0xfffe || start === 0xfeff) return ' (UTF-16? convert it: iconv -f UTF-16 -t UTF-8)'
  if (start === 0x1f8b) return ' (gzip? unpack it: gzip -dc)'
  return ''
}
