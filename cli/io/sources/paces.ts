/** A chunk in pieces, such that none takes its consumer long: between two of them signals are heard. */
import { setImmediate as breath } from 'node:timers/promises'
import { CHUNK_BYTES } from './origin.ts'

const FIRST_BYTES = 1 << 12
const LEAST_BYTES = 1 << 9
/** Milliseconds. */
const LONG = 100
const SHORT = 25

export class Paces {
  #bytes = FIRST_BYTES
  readonly #now: () => number

  /** @param now the time in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The chunk's bytes, in order. The consumer is timed from one piece to the next. */
  async *piecesOf(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < chunk.length; ) {
      const piece = chunk.subarray(start, start + this.#bytes)
      const began = this.#now()
      yield piece
      const took = this.#now() - began
      if (took > LONG) this.#bytes = Math.max(LEAST_BYTES, this.#bytes / 2)
      else if (took < SHORT) this.#bytes = Math.min(CHUNK_BYTES, this.#bytes * 2)
      start += piece.length
      if (start < chunk.length) await breath()
    }
  }
}
