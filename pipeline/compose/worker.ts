/** The part of a bank's work that another thread does: the models of some of its keys, begun by the bank. */
import type { Kernels } from '../experts/product.ts'
import type { CompleteOptions } from '../options.ts'
import type { DataRecord, Notify } from '../records.ts'
import { readCheckpoint } from '../state/checkpoint.ts'
import { keyOf } from './bank.ts'
import type { KeyStore } from './key-store.ts'
import { Keys } from './keys.ts'
import { Seedling } from './seedling.ts'

export interface KeyedTask {
  /** The field whose value is the key. */
  readonly key: string
  /** Those of the bank. */
  readonly options: CompleteOptions
  /** What `Bank.head` gave once there were models of keys. */
  readonly head: Uint8Array
  /** Keys by shard. */
  readonly counts: readonly number[]
  readonly store: KeyStore
  readonly memory?: number
  readonly maxKeys?: number
  readonly kernels?: Kernels
  readonly onNotice?: Notify
}

/** Judges records by the models of their keys. `flush` puts what has changed into the store. */
export function judgeOfKeys(task: KeyedTask) {
  const { key, options, head, counts, store } = task
  const seedling = Seedling.restore(readCheckpoint(head), options, task.kernels)
  const ignored = new Set([...options.ignore, key])
  const keys = new Keys(seedling, store, { ...task, ignored, alpha: options.alpha }, counts)
  return {
    observe: (record: DataRecord) => keys.observe(keyOf(record, key), record),
    scoreOne: (record: DataRecord) => keys.scoreOne(keyOf(record, key), record),
    learnOne: (record: DataRecord) => keys.learnOne(keyOf(record, key), record),
    denoiseOne: (record: DataRecord) => keys.denoiseOne(keyOf(record, key), record),
    transformOne: (record: DataRecord) => keys.transformOne(keyOf(record, key), record),
    featureCount: seedling.model.featureCount,
    isSettled: true,
    flush: () => keys.flush(),
    /** Keys by shard. */
    get counts(): number[] {
      return [...keys.counts]
    },
  }
}

export type KeyedJudge = ReturnType<typeof judgeOfKeys>
