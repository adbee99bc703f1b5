/** The last bytes of a stream, in a ring. */

/** The longest line by default, a chunk, and more than a tail. */
const CAPACITY = 2 << 20

export class Recent {
  readonly #ring = Buffer.allocUnsafe(CAPACITY)
  /** Bytes that ever came. */
  #total = 0

  push(bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - CAPACITY))
    this.#total += bytes.length
    const start = (this.#total - kept.length) % CAPACITY
    const first = kept.subarray(0, CAPACITY - start)
    this.#ring.set(first, start)
    this.#ring.set(kept.subarray(first.length), 0)
  }

  /** `length` bytes, those before the last `skipped`; nothing when they are no longer remembered. */
  before(skipped: number, length: number): Uint8Array | undefined {
    if (length === 0) return new Uint8Array(0)
    if (skipped + length > Math.min(this.#total, CAPACITY)) return undefined
    const start = (this.#total - skipped - length) % CAPACITY
    const first = this.#ring.subarray(start, Math.min(start + length, CAPACITY))
    return Buffer.concat([first, this.#ring.subarray(0, length - first.length)])
  }
}
