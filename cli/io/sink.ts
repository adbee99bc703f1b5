/** Text to a stream, waiting when its reader is slow and noticing when its reader is gone. */
import type { Writable } from 'node:stream'
import type { OutputPosition } from './position.ts'
import { spelledOut } from './terminal.ts'

/** Where the records go: a stream, or a file (file-sink.ts). */
export interface Output {
  /** Whether nothing more can be written: the reader closed its end (`| head`), or writing failed. */
  readonly closed: boolean
  /** What failed, unless it was only the reader going away. */
  readonly failure: Error | undefined
  /** Called once, when it closes. */
  onClose: () => void
  /** Hand the text over. */
  send(text: string): void
  /** Resolves when it wants more, or never will. */
  ready(): Promise<void>
  /** Wait for the reader no longer: what was handed over stays queued. */
  hurry(): void
  /**
   * Resolves when everything is where the end of this process cannot undo it, or never will be; after `hurry`, at the
   * latest after `patience` ms.
   * @returns whether it is
   */
  flush(patience?: number): Promise<boolean>
  /** How far a file reaches by now; undefined for what cannot be cut back. */
  position(): OutputPosition | undefined
}

/** A sink for data: on a terminal, what could act on it is spelled out. */
export const dataSink = (stream: Writable & { isTTY?: boolean }): Sink =>
  new Sink(stream, stream.isTTY ? spelledOut : undefined)

export class Sink implements Output {
  readonly #stream: Writable
  readonly #spell: (text: string) => string
  closed = false
  failure: Error | undefined
  onClose: () => void = () => {}
  #patient = true
  #used = false
  #wake: () => void = () => {}

  /** @param spell what the text becomes on its way */
  constructor(stream: Writable, spell = (text: string) => text) {
    this.#stream = stream
    this.#spell = spell
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

  send(text: string): void {
    if (text === '' || this.closed) return
    this.#used = true
    this.#stream.write(this.#spell(text))
  }

  async ready(): Promise<void> {
    if (this.closed || !this.#patient || !this.#stream.writableNeedDrain) return
    await new Promise<void>(resolve => {
      this.#wake = resolve
    })
  }

  hurry(): void {
    this.#patient = false
    this.#wake()
  }

  async flush(patience = 1000): Promise<boolean> {
    if (this.closed) return false
    if (!this.#used) return true
    const timer = this.#patient ? undefined : setTimeout(() => this.#wake(), patience)
    const left = await new Promise<boolean>(resolve => {
      this.#wake = () => resolve(false)
      this.#stream.write('', error => resolve(!error))
    })
    clearTimeout(timer)
    return left && !this.closed
  }

  position(): undefined {
    return undefined
  }
}
