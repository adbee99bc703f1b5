/** Text to a stream, waiting when its reader is slow and noticing when its reader is gone. */
import type { Writable } from 'node:stream'

export class Sink {
  readonly #stream: Writable
  /** Whether nothing more can be written: the reader closed its end (`| head`), or writing failed. */
  closed = false
  /** What failed, unless it was only the reader going away. */
  failure: Error | undefined
  /** Called once, when it closes. */
  onClose: () => void = () => {}
  #patient = true
  #wake: () => void = () => {}

  constructor(stream: Writable) {
    this.#stream = stream
    stream.on('drain', () => this.#wake())
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') this.failure = error
      this.#close()
    })
    stream.on('close', () => this.#close())
  }

  #close(): void {
    if (this.closed) return
    this.closed = true
    this.onClose()
    this.#wake()
  }

  /** Hand the text over. */
  send(text: string): void {
    if (text !== '' && !this.closed) this.#stream.write(text)
  }

  /** Resolves when the stream wants more, or never will. */
  async ready(): Promise<void> {
    if (this.closed || !this.#patient || !this.#stream.writableNeedDrain) return
    await new Promise<void>(resolve => {
      this.#wake = resolve
    })
  }

  /** Wait for the reader no longer: what was handed over stays queued. */
  hurry(): void {
    this.#patient = false
    this.#wake()
  }

  /** Resolves when everything has left this process or never will; after `hurry`, at the latest after `patience` ms. */
  async flush(patience = 1000): Promise<void> {
    if (this.closed) return
    const timer = this.#patient ? undefined : setTimeout(() => this.#wake(), patience)
    await new Promise<void>(resolve => {
      this.#wake = resolve
      this.#stream.write('', () => resolve())
    })
    clearTimeout(timer)
  }
}
