/** What streams of all worlds have in common: a record goes in, a detection comes out. */
import { show } from '../errors.ts'
import type { DataRecord, Verdict } from '../records.ts'

/** A record and what the detector says about it. */
export interface Detection<T extends DataRecord = DataRecord> extends Verdict {
  readonly record: T
}

/** What scores a record, then learns from it: a detector, a bank of them. */
export interface Observer {
  observe(record: DataRecord): Verdict
}

/** What scores a record and learns nothing. */
export interface Scorer {
  scoreOne(record: DataRecord): Verdict
}

/** What streams need of a detector. */
export type StreamDetector = Observer & Scorer

export interface StreamOptions {
  /** Whether records are learned from, each after it was scored; default: true. */
  readonly learn?: boolean
}

/** The verdict on a record, learned from or not. Throws a TypeError for what is no detector, or no option. */
export function judgeOf(
  detector: StreamDetector,
  { learn = true }: StreamOptions,
): (record: DataRecord) => Verdict {
  if (typeof detector?.observe !== 'function' || typeof detector.scoreOne !== 'function')
    throw new TypeError(`Expected a detector or a bank of them, got ${show(detector)}.`)
  if (typeof learn !== 'boolean') throw new TypeError(`Expected learn as true or false, got ${show(learn)}.`)
  return learn ? record => detector.observe(record) : record => detector.scoreOne(record)
}
