/**
 * When the model is saved while records keep coming: after so many of them, and so many seconds after the first one that
 * is not saved yet, also while the source is silent. Only what has been answered and has left for good is counted as
 * done, so whoever goes on from a checkpoint repeats nothing and leaves nothing out.
 */
import { CommandError } from './errors.ts'
import type { Reader } from './io/entry.ts'
import type { Pauses } from './io/flow.ts'
import type { Position } from './io/position.ts'
import type { Output } from './io/sink.ts'
import type { Source } from './io/source.ts'
import type { Kept } from './model.ts'

/** What is counted elsewhere and goes on with the stream. */
type Counts = Pick<Position, 'records' | 'rejected' | 'alarms' | 'features'>

export interface CheckpointOptions {
  /** Records at most between two checkpoints; undefined for any number. */
  readonly every: number | undefined
  /** Seconds that a record waits at most for being saved; 0 for any time. */
  readonly seconds: number
  readonly kept: Kept
  readonly source: Pick<Source, 'positionBefore'>
  readonly output: Pick<Output, 'flush' | 'position'>
  counts(): Counts
  /** Called when one failed while records keep coming; the next one tries again. */
  onFailure(error: CommandError): void
}

export class Checkpoints implements Pauses {
  readonly #options: CheckpointOptions
  /** Where the stream stands. */
  #standing: Position
  /** Lines settled at the last checkpoint; undefined before the first one. */
  #savedLine: number | undefined
  /** Records and rejected lines at the last attempt. */
  #counted: number
  /** When the first line was settled that is not saved; undefined while there is none. */
  #waitingSince: number | undefined

  /** @param from the checkpoint that the stream is gone on from */
  constructor(options: CheckpointOptions, from?: Position) {
    const { source, counts } = options
    this.#options = options
    this.#standing = from ?? {
      ...counts(),
      line: 0,
      input: source.positionBefore(0),
      reader: { format: 'auto' },
    }
    this.#savedLine = from?.line
    this.#counted = this.#answered
  }

  lines(): number {
    const { every, kept } = this.#options
    if (every === undefined || !kept.saves) return Number.POSITIVE_INFINITY
    return Math.max(1, every - (this.#answered - this.#counted))
  }

  async pause(reader: Reader, unread: number): Promise<void> {
    const { every = Number.POSITIVE_INFINITY, kept, source, counts } = this.#options
    if (!kept.saves) return
    const input = source.positionBefore(unread)
    this.#standing = { ...counts(), line: reader.line, input, reader: reader.state() }
    if (!this.#isNew) return
    this.#waitingSince ??= performance.now()
    if (this.#answered - this.#counted >= every || this.#remaining === 0) await this.#attempt()
  }

  async wait<T>(next: Promise<T>): Promise<T> {
    if (this.#remaining === Number.POSITIVE_INFINITY) return next
    let underWay: Promise<void> | undefined
    let timer: NodeJS.Timeout | undefined
    const failed = new Promise<never>((_, reject) => {
      const arm = () => {
        if (this.#remaining === Number.POSITIVE_INFINITY) return
        timer = setTimeout(() => {
          underWay = this.#attempt().then(arm, reject)
        }, this.#remaining)
      }
      arm()
    })
    try {
      return await Promise.race([next, failed])
    } finally {
      await underWay
      clearTimeout(timer)
    }
  }

  /** Whether there is anything to save, be it only that nothing has come. */
  get isDue(): boolean {
    return this.#options.kept.saves && (this.#savedLine === undefined || this.#isNew)
  }

  /**
   * Save now.
   * @param anyway also when the output has not left, for a stream that cannot be gone on with
   * @returns whether that was done: it is not where the output has not left
   * @throws CommandError (model) when the model cannot be written
   */
  async take(anyway = false): Promise<boolean> {
    const { kept, output } = this.#options
    const standing = this.#standing
    const hasLeft = await output.flush()
    if (!hasLeft && !anyway) return false
    const reached = output.position()
    await kept.save(reached ? { ...standing, output: reached } : standing)
    this.#savedLine = standing.line
    this.#counted = this.#answered
    this.#waitingSince = undefined
    return true
  }

  get #answered(): number {
    const { records, rejected } = this.#standing
    return records + rejected
  }

  get #isNew(): boolean {
    return this.#standing.line !== (this.#savedLine ?? 0)
  }

  /** Milliseconds until the next one by time. */
  get #remaining(): number {
    const { seconds } = this.#options
    if (seconds === 0 || this.#waitingSince === undefined) return Number.POSITIVE_INFINITY
    return Math.max(0, this.#waitingSince + seconds * 1000 - performance.now())
  }

  /** Save if it can be done; otherwise the next one is as far away as after a checkpoint. */
  async #attempt(): Promise<void> {
    this.#counted = this.#answered
    this.#waitingSince = performance.now()
    try {
      await this.take()
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      this.#options.onFailure(error)
    }
  }
}
