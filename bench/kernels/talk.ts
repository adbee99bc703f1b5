/** A process that answers lines: one line in, one line out. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

// One thread, as for everyone else.
const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }

export class Talk {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #lines: Interface
  readonly #answers: AsyncIterator<string>
  /** Why it could not be started. */
  #failure = ''

  /** Start `program`; `name` is what errors call it. */
  constructor(name: string, program: string, args: readonly string[]) {
    this.#name = name
    this.#child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout as Readable })
    this.#answers = this.#lines[Symbol.asyncIterator]()
    // Whoever has ended says so by not answering.
    this.#child.stdin?.on('error', () => {})
    this.#child.on('error', ({ message }) => {
      this.#failure = `: ${message}`
      this.#lines.close()
    })
  }

  async ask(line: string): Promise<string> {
    ;(this.#child.stdin as Writable).write(`${line}\n`)
    const { value, done } = await this.#answers.next()
    if (done)
      throw new Error(`Expected an answer of ${this.#name} to '${line}', but it ended${this.#failure}.`)
    return value
  }

  end(): void {
    this.#child.stdin?.end()
  }
}
