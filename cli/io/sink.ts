/** Standard output with back-pressure: a write is over when the reader has made room for the next. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'

export class Sink {
  readonly #stream: Writable
  #closed = false

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader has gone, as `head` does: no more output is wanted, which is no error.
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error
      this.#closed = true
    })
    stream.on('close', () => {
      this.#closed = true
    })
  }

  /** Does nobody read any more? */
  get closed(): boolean {
    return this.#closed
  }

  async write(text: string): Promise<void> {
    if (this.#closed || text === '' || this.#stream.write(text)) return
    const settled = new AbortController()
    const { signal } = settled
    const ended = once(this.#stream, 'close', { signal })
    const failed = once(this.#stream, 'error', { signal })
    await Promise.race([once(this.#stream, 'drain', { signal }), ended, failed]).catch(() => undefined)
    for (const left of [ended, failed]) left.catch(() => undefined)
    settled.abort()
  }
}
