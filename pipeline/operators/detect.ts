import { map, type OperatorFunction } from 'rxjs'
import type { DataRecord, Verdict } from '../records.ts'

/** A record and what the detector says about it. */
export interface Detection<T extends DataRecord = DataRecord> extends Verdict {
  readonly record: T
}

/** What `detect` needs of a detector. */
export interface Observer {
  observe(record: DataRecord): Verdict
}

/**
 * Score each record, then learn from it: one detection for every record, in order.
 *
 * @example from(records).pipe(detect(new Detector()), filter(({ anomaly }) => anomaly === true))
 */
export function detect<T extends DataRecord>(detector: Observer): OperatorFunction<T, Detection<T>> {
  return map(record => ({ record, ...detector.observe(record) }))
}
