/** From entries to what is written of them, wherever that is done: in the process's own thread, or in another one. */
import { ModelFileError } from '../pipeline/index.ts'
import { modelError } from './errors.ts'
import { csvWriter } from './io/csv-writer.ts'
import type { Dialect, Entry, Remark } from './io/entry.ts'
import { writeNdjson } from './io/ndjson.ts'
import type { Writer } from './io/writer.ts'
import { type Judge, type WorkName, works } from './works.ts'

/** What a desk has to know about its command. */
export interface Assignment {
  readonly work: WorkName
  /** Is nothing learned? */
  readonly freeze: boolean
  /** The key, or the prefix of the columns, that is added. */
  readonly as: string
}

/** What happens on the way. */
export interface DeskReport {
  alarms: number
  remark(remark: Remark): void
}

export class Desk {
  readonly #assignment: Assignment
  readonly #judge: Judge
  readonly #report: DeskReport
  #writer: Writer

  constructor(assignment: Assignment, judge: Judge, report: DeskReport) {
    this.#assignment = assignment
    this.#judge = judge
    this.#report = report
    this.#writer = this.#writes ? writeNdjson(assignment.as, remark => report.remark(remark)) : silent
  }

  /** The records come from CSV: the text of its header. */
  header(dialect: Dialect): string {
    const { as, work } = this.#assignment
    if (this.#writes) this.#writer = csvWriter(as, works[work].columns, remark => this.#report.remark(remark))
    return this.#writer.header(dialect)
  }

  /**
   * Do the work on an entry; what is written of it.
   * @throws CommandError (model) when the model is beyond use
   */
  answer(entry: Entry): string {
    const { work, freeze } = this.#assignment
    const answer = guarded(entry, () => works[work].work(freeze)(this.#judge, entry.record, this.#report))
    return answer ? this.#writer.write(entry, answer) : ''
  }

  get #writes(): boolean {
    return works[this.#assignment.work].columns.length > 0
  }
}

const silent: Writer = { header: () => '', write: () => '' }

/**
 * A detector refuses a record only when its own numbers are beyond use: damaged in the file, or grown without bounds. So
 * does the store of a key's model.
 */
function guarded<T>({ line }: Entry, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError || error instanceof ModelFileError)
      throw modelError(`line ${line}: ${error.message}`, error)
    throw error
  }
}
