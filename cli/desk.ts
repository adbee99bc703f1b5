/** From entries to what is written of them, wherever that is done: in the process's own thread, or in another one. */
import { ModelFileError } from '../pipeline/index.ts'
import { modelError, usageError } from './errors.ts'
import { csvWriter } from './io/csv-writer.ts'
import type { Dialect, Entry, Remark } from './io/entry.ts'
import { featureColumns, featureLines, featureRows, withCells } from './io/features-writer.ts'
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
  /** Are features written without their records? */
  readonly only: boolean
}

/** What happens on the way. */
export interface DeskReport {
  alarms: number
  /** Columns of features that the header has; undefined before it was written. */
  features?: number
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
    this.#writer = this.#writerOfLines()
  }

  /**
   * The records come from CSV: the text of its header.
   * @throws CommandError (usage) when its columns are not known
   */
  header(dialect: Dialect): string {
    this.#writer = this.#writerOfRows()
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

  #writerOfLines(): Writer {
    const { as, work, only } = this.#assignment
    if (works[work].columns.length === 0) return silent
    return only ? featureLines : writeNdjson(as, remark => this.#report.remark(remark))
  }

  #writerOfRows(): Writer {
    const { as, work, only } = this.#assignment
    const remark = (each: Remark) => this.#report.remark(each)
    const { columns } = works[work]
    if (columns !== 'features') return columns.length === 0 ? silent : csvWriter(as, columns, remark)
    this.#report.features ??= this.#featureCount()
    const names = featureColumns(this.#report.features)
    const writer = only ? featureRows(as, names) : csvWriter(as, names, remark)
    return withCells(writer, names.length, remark)
  }

  /** How many there will be: nothing that is learned may change it. */
  #featureCount(): number {
    const { featureCount, isSettled } = this.#judge
    if (featureCount > 0 && (isSettled || this.#assignment.freeze)) return featureCount
    throw usageError(
      'expected a model whose fields are settled, because a header of CSV says how many features there are, got none; add ' +
        '--freeze to a model, learn more than a thousand records first (veto learn --model FILE), or give NDJSON',
    )
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
