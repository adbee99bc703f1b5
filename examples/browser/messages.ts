/**
 * What the page and the worker say to each other. Every request is answered once, in the order of the requests, so that
 * neither side needs to number them.
 */
import type { DataRecord, Reason } from 'veto'

export type Request =
  /** Score these records, and learn from them unless learning is paused. */
  | { readonly kind: 'observe'; readonly records: readonly DataRecord[] }
  /** Score these records and change nothing: for the picture of what is normal. */
  | { readonly kind: 'score'; readonly records: readonly DataRecord[] }
  | { readonly kind: 'learn'; readonly on: boolean }
  | { readonly kind: 'alpha'; readonly alpha: number }
  | { readonly kind: 'begin' }
  | { readonly kind: 'save' }
  | { readonly kind: 'load'; readonly file: Uint8Array }

/** A record with p < alpha. */
export interface Alarm {
  /** Its number in the stream, from 1 on. */
  readonly record: number
  readonly score: number
  readonly p: number
  readonly why: readonly Reason[]
}

/** Of a batch of records, in their order. */
export interface Verdicts {
  readonly kind: 'verdicts'
  /** Number of the first record of the batch, from 1 on. */
  readonly first: number
  /** In nats; NaN where there is none yet. */
  readonly scores: Float64Array<ArrayBuffer>
  /** p-values; NaN where there is none yet. */
  readonly ps: Float64Array<ArrayBuffer>
  /** Records with a p-value below it are alarms. */
  readonly alpha: number
  readonly alarms: readonly Alarm[]
  /** Records that the detector has learned so far. */
  readonly learned: number
}

export type Answer =
  | Verdicts
  | { readonly kind: 'scores'; readonly scores: Float64Array<ArrayBuffer> }
  | { readonly kind: 'file'; readonly file: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'done'; readonly learned: number }
  | { readonly kind: 'failed'; readonly message: string }
