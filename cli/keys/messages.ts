/** What passes between the process and its workers. Each message is answered, in the order of asking. */
import type { CompleteOptions } from '../../pipeline/options.ts'
import type { Notice } from '../../pipeline/records.ts'
import type { Assignment } from '../desk.ts'
import type { Dialect, Entry, Remark } from '../io/entry.ts'

/** What a worker is made with. */
export interface WorkerTask {
  readonly assignment: Assignment
  /** The folder of the models. */
  readonly folder: string
  /** Whether the folder is only looked at. */
  readonly readOnly: boolean
  /** The field whose value is the key. */
  readonly key: string
  readonly options: CompleteOptions
  /** Whether relaxed SIMD was asked for. */
  readonly relaxed: boolean
  /** A model file of what all keys begin with. */
  readonly head: Uint8Array
  /** Keys by shard. */
  readonly counts: readonly number[]
  /** Bytes for models in memory, in this worker. */
  readonly memory: number | undefined
  readonly maxKeys: number | undefined
  readonly dialect: Dialect | undefined
}

export type Request =
  | { readonly kind: 'answer'; readonly entries: readonly Entry[] }
  /** Put what has changed into the store. */
  | { readonly kind: 'flush' }
  /** What was put has been committed. */
  | { readonly kind: 'committed' }

export interface Reply {
  /** What is written, one text for each entry. */
  readonly texts: readonly string[]
  readonly alarms: number
  readonly remarks: readonly Remark[]
  readonly notices: readonly { readonly line: number; readonly notice: Notice }[]
  /** Keys by shard, as this worker knows them. */
  readonly counts: readonly number[]
  /** What ended the work. */
  readonly failure?: { readonly message: string; readonly exitCode: number }
}
