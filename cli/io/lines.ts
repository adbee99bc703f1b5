/** From chunks of bytes to numbered lines of text: bounded memory, any chunk boundaries, and no input that throws. */

/** A line, or a CSV record that spans several, without its line ending. */
export interface Line {
  /** Counted from 1 over all lines of the input, blank ones too; of a record of several lines, the first. */
  readonly number: number
  readonly text: string
}

/** Told about every line that cannot be used; `text` is its beginning. */
export type Reject = (number: number, reason: string, text: string) => void

const NEWLINE = 0x0a
/** What is kept of a rejected line. */
const SHOWN_BYTES = 200

export class LineSplitter {
  readonly #limit: number
  readonly #reject: Reject
  readonly #strict = new TextDecoder('utf-8', { fatal: true })
  readonly #lenient = new TextDecoder('utf-8')
  /** The beginning of a line whose end has not come yet, in the pieces in which it came. */
  #pieces: Uint8Array[] = []
  #pendingBytes = 0
  /** Within a line that was rejected for its length: everything up to its end is dropped. */
  #skipping = false
  /** Lines so far. */
  #count = 0

  /** Lines of more than `limit` bytes are rejected, and never held in memory as a whole. */
  constructor(limit: number, reject: Reject) {
    this.#limit = limit
    this.#reject = reject
  }

  /** The lines that `chunk` completes. Blank lines are counted and left out. */
  push(chunk: Uint8Array): Line[] {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    const lines = end > 0 ? this.#linesOf(this.#withPending(chunk.subarray(0, end))) : []
    this.#keep(chunk.subarray(end))
    return lines
  }

  /** The last line, when no newline ended it. */
  end(): Line[] {
    return this.#skipping ? [] : this.#linesOf(this.#withPending(new Uint8Array(0)))
  }

  #withPending(bytes: Uint8Array): Uint8Array {
    if (this.#pieces.length === 0) return bytes
    const whole = Buffer.concat([...this.#pieces, bytes])
    this.#pieces = []
    this.#pendingBytes = 0
    return whole
  }

  #keep(rest: Uint8Array): void {
    if (rest.length === 0 || this.#skipping) return
    // A copy: the chunk belongs to the stream that gave it.
    this.#pieces.push(rest.slice())
    this.#pendingBytes += rest.length
    if (this.#pendingBytes <= this.#limit) return
    this.#rejectLong(this.#withPending(new Uint8Array(0)))
    this.#skipping = true
  }

  #linesOf(bytes: Uint8Array): Line[] {
    const block = this.#skipping ? this.#afterSkipped(bytes) : bytes
    if (block.length === 0) return []
    try {
      return this.#split(this.#strict.decode(block), block.length > this.#limit)
    } catch {
      return this.#splitBytes(block)
    }
  }

  /** What follows the end of the line that is being skipped. */
  #afterSkipped(bytes: Uint8Array): Uint8Array {
    this.#skipping = false
    return bytes.subarray(bytes.indexOf(NEWLINE) + 1)
  }

  /** Lines of a block of valid text; `mayBeLong` when the block could hold a line beyond the limit. */
  #split(text: string, mayBeLong: boolean): Line[] {
    const lines: Line[] = []
    const parts = text.split('\n')
    // The empty string behind the last newline is no line.
    if (parts.at(-1) === '') parts.pop()
    for (const part of parts) {
      if (mayBeLong && Buffer.byteLength(part) > this.#limit)
        this.#rejectLong(Buffer.from(part.slice(0, SHOWN_BYTES)))
      else this.#add(part, lines)
    }
    return lines
  }

  /** Line by line, for a block that is not valid UTF-8 somewhere. */
  #splitBytes(block: Uint8Array): Line[] {
    const lines: Line[] = []
    for (let from = 0; from < block.length; ) {
      const newline = block.indexOf(NEWLINE, from)
      const to = newline < 0 ? block.length : newline
      this.#addBytes(block.subarray(from, to), lines)
      from = to + 1
    }
    return lines
  }

  #addBytes(bytes: Uint8Array, lines: Line[]): void {
    if (bytes.length > this.#limit) return this.#rejectLong(bytes)
    let text: string
    try {
      text = this.#strict.decode(bytes)
    } catch {
      this.#reject(
        ++this.#count,
        'expected UTF-8, got other bytes; convert the input first',
        this.#beginning(bytes),
      )
      return
    }
    this.#add(text, lines)
  }

  #add(part: string, lines: Line[]): void {
    const number = ++this.#count
    const unmarked = number === 1 && part.startsWith('\ufeff') ? part.slice(1) : part
    const text = unmarked.endsWith('\r') ? unmarked.slice(0, -1) : unmarked
    if (text.trim() !== '') lines.push({ number, text })
  }

  #rejectLong(bytes: Uint8Array): void {
    const reason = `expected at most ${this.#limit} bytes a line, got more; raise --max-line if that is meant`
    this.#reject(++this.#count, reason, this.#beginning(bytes))
  }

  #beginning(bytes: Uint8Array): string {
    return this.#lenient.decode(bytes.subarray(0, SHOWN_BYTES))
  }
}
