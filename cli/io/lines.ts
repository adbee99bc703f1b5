/**
 * Bytes to physical lines. Memory stays bounded by the longest line allowed, whatever comes.
 *
 * The lines of a chunk are decoded together, which is what makes this as fast as `readline`; only a chunk with invalid
 * UTF-8 or NUL bytes is taken line by line, so that its other lines survive.
 */
import { isUtf8 } from 'node:buffer'
import type { Rejection } from './entry.ts'
import { EXCERPT_BYTES, excerpt } from './excerpt.ts'

const NEWLINE = 10
const RETURN = 13
/** A held line starts with this much room and doubles it as needed. */
const FIRST_CAPACITY = 4096

/** Where the lines go. */
export interface LineIntake {
  /** `text` is without its `\n`; a `\r` before it is left on. `number` counts from 1. */
  line(text: string, number: number): void
  reject(rejection: Rejection): void
}

export class LineSplitter {
  readonly #limit: number
  readonly #strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  readonly #lenient = new TextDecoder('utf-8', { ignoreBOM: true })
  /** The beginning of a line whose end has not come yet, in the pieces in which it came. */
  #pieces: Uint8Array[] = []
  #pendingBytes = 0
  /** The beginning of a line that grew beyond the limit: everything up to its end is dropped. */
  #tooLong: string | undefined
  /** Lines so far. */
  #count = 0

  /** A line of more than `limit` bytes is given with a reason, and never held in memory as a whole. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The lines that `chunk` completes, blank ones too. */
  push(chunk: Uint8Array): Line[] {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    const lines = end > 0 ? this.#linesOf(chunk.subarray(0, end)) : []
    this.#keep(chunk.subarray(end))
    return lines
  }

  /** The last line, when no newline ended it. */
  end(): Line[] {
    return this.#linesOf(new Uint8Array(0))
  }

  #keep(rest: Uint8Array): void {
    if (rest.length === 0 || this.#tooLong !== undefined) return
    // A copy: the chunk belongs to the stream that gave it.
    this.#pieces.push(rest.slice())
    this.#pendingBytes += rest.length
    if (this.#pendingBytes > this.#limit) this.#tooLong = this.#beginning(this.#takePending())
  }

  #takePending(): Uint8Array {
    const whole = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#pendingBytes = 0
    return whole
  }

  #linesOf(bytes: Uint8Array): Line[] {
    const lines: Line[] = []
    let block = bytes
    if (this.#tooLong !== undefined) {
      lines.push(this.#long(this.#tooLong))
      this.#tooLong = undefined
      block = bytes.subarray(bytes.indexOf(NEWLINE) + 1)
    } else if (this.#pieces.length > 0) {
      this.#pieces.push(bytes)
      block = this.#takePending()
    }
    if (block.length > 0) this.#split(block, lines)
    return lines
  }

  /** All lines of a block at once, or one by one when the block is not valid UTF-8 or could hold a line too long. */
  #split(block: Uint8Array, lines: Line[]): void {
    const text = block.length > this.#limit ? undefined : this.#decode(block)
    if (text === undefined) return this.#splitBytes(block, lines)
    const parts = text.split('\n')
    // The empty string behind the last newline is no line.
    if (parts.at(-1) === '') parts.pop()
    for (const part of parts) lines.push(this.#line(part))
  }

  #splitBytes(block: Uint8Array, lines: Line[]): void {
    for (let from = 0; from < block.length; ) {
      const newline = block.indexOf(NEWLINE, from)
      const to = newline < 0 ? block.length : newline
      lines.push(this.#lineOfBytes(block.subarray(from, to)))
      from = to + 1
    }
  }

  #lineOfBytes(bytes: Uint8Array): Line {
    if (bytes.length > this.#limit) return this.#long(this.#beginning(bytes))
    const text = this.#decode(bytes)
    if (text !== undefined) return this.#line(text)
    const reason = 'expected UTF-8, got other bytes; convert the input first'
    return { number: ++this.#count, text: this.#beginning(bytes), reason }
  }

  #line(part: string): Line {
    const number = ++this.#count
    const unmarked = number === 1 && part.startsWith('\ufeff') ? part.slice(1) : part
    return { number, text: unmarked.endsWith('\r') ? unmarked.slice(0, -1) : unmarked }
  }

  #long(text: string): Line {
    const reason = `expected at most ${this.#limit} bytes a line, got more; raise --max-line if that is meant`
    return { number: ++this.#count, text, reason }
  }

  #decode(bytes: Uint8Array): string | undefined {
    try {
      return this.#strict.decode(bytes)
    } catch {
      return undefined
    }
  }

  #beginning(bytes: Uint8Array): string {
    return this.#lenient.decode(bytes.subarray(0, SHOWN_BYTES))
  }
}
