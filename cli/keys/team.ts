/** Several threads in place of a bank, from the record on with which every key has a model of its own. */
import type { Bank } from '../../pipeline/index.ts'
import type { Dialect, Entry } from '../io/entry.ts'
import type { Report } from '../io/report.ts'
import type { LmdbStore } from './lmdb-store.ts'
import type { WorkerTask } from './messages.ts'
import { Pool } from './pool.ts'

type TeamTask = Omit<WorkerTask, 'head' | 'counts' | 'dialect'>

export class Team {
  readonly #bank: Bank
  readonly #store: LmdbStore
  readonly #workers: number
  readonly #task: TeamTask
  #pool: Pool | undefined
  #learned = 0

  constructor(bank: Bank, store: LmdbStore, workers: number, task: TeamTask) {
    this.#bank = bank
    this.#store = store
    this.#workers = workers
    this.#task = task
  }

  /** Have the threads taken over? */
  get isAtWork(): boolean {
    return this.#pool !== undefined
  }

  /** Have them take over as soon as there are models of keys; whether they have. */
  takeOver(dialect: Dialect | undefined): boolean {
    if (this.#pool) return true
    if (!this.#bank.seedling) return false
    const counts = this.#bank.handOver()
    this.#store.prepare()
    this.#learned = this.#bank.learned
    const head = this.#bank.head({ counts, learned: this.#learned })
    this.#pool = new Pool(this.#workers, { ...this.#task, head, counts, dialect })
    return true
  }

  /** What is written of the entries, in their order. */
  async answer(entries: readonly Entry[], report: Report): Promise<string> {
    const text = await (this.#pool as Pool).answer(entries, report)
    if (!this.#task.assignment.freeze) this.#learned += entries.length
    return text
  }

  /** Commit everything, with the position of the bank. */
  async save(): Promise<void> {
    const pool = this.#pool as Pool
    const counts = await pool.flush()
    this.#store.commit(this.#bank.head({ counts, learned: this.#learned }))
    await pool.committed()
  }

  async end(): Promise<void> {
    await this.#pool?.end()
  }
}
