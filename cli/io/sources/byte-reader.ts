/** So many bytes at a time, however the chunks were cut. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Exactly `length` bytes; nothing when the stream ends before. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = []
    for (let missing = length; missing > 0; ) {
      if (!(await this.#fill())) return undefined
      const part = this.#rest.subarray(0, missing)
      this.#rest = this.#rest.subarray(part.length)
      missing -= part.length
      parts.push(part)
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts)
  }

  /** Whether there were `length` bytes to leave out. */
  async skip(length: number): Promise<boolean> {
    for (let missing = length; missing > 0; ) {
      if (!(await this.#fill())) return false
      const passed = Math.min(missing, this.#rest.length)
      this.#rest = this.#rest.subarray(passed)
      missing -= passed
    }
    return true
  }

  /** Whether nothing follows. */
  async ended(): Promise<boolean> {
    return !(await this.#fill())
  }

  /** Give the stream back. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  /** Whether there is at least one byte. */
  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next()
      if (next.done) return false
      this.#rest = next.value
    }
    return true
  }
}
