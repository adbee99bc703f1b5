/** Makes whole lines of what one client sends, in bounded memory, so that nothing of another one comes between. */

const NEWLINE = 10
const FIRST_CAPACITY = 256
const nothing: Uint8Array = new Uint8Array(0)

export class LineJoiner {
  /** Bytes kept of a line: two more than may be, so that whoever reads it sees that it is too long. */
  readonly #most: number
  /** The beginning of a line whose end has not come yet. */
  #carry: Uint8Array = nothing
  #held = 0

  /** @param limit bytes of the longest line that is read */
  constructor(limit: number) {
    this.#most = limit + 2
  }

  /** Bytes held back. */
  get held(): number {
    return this.#held
  }

  /** The lines that this completes, as they came; of one that is too long, only the beginning. */
  push(bytes: Uint8Array): Uint8Array {
    const end = bytes.lastIndexOf(NEWLINE) + 1
    if (end === 0) {
      this.#hold(bytes)
      return nothing
    }
    if (this.#held === 0) {
      this.#hold(bytes.subarray(end))
      return bytes.subarray(0, end)
    }
    const first = bytes.indexOf(NEWLINE)
    this.#hold(bytes.subarray(0, first))
    const lines = Buffer.concat([this.#carry.subarray(0, this.#held), bytes.subarray(first, end)])
    this.#empty()
    this.#hold(bytes.subarray(end))
    return lines
  }

  /** The last line, if it did not end, as if it had. */
  end(): Uint8Array {
    if (this.#held === 0) return nothing
    const line = Buffer.concat([this.#carry.subarray(0, this.#held), Uint8Array.of(NEWLINE)])
    this.#empty()
    return line
  }

  #empty(): void {
    this.#carry = nothing
    this.#held = 0
  }

  #hold(part: Uint8Array): void {
    const kept = part.subarray(0, this.#most - this.#held)
    this.#reserve(this.#held + kept.length)
    this.#carry.set(kept, this.#held)
    this.#held += kept.length
  }

  #reserve(size: number): void {
    if (size <= this.#carry.length) return
    const larger = Buffer.allocUnsafeSlow(
      Math.min(Math.max(size, 2 * this.#carry.length, FIRST_CAPACITY), this.#most),
    )
    larger.set(this.#carry.subarray(0, this.#held))
    this.#carry = larger
  }
}
