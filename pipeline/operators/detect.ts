import { map, type OperatorFunction } from 'rxjs'
import type { DataRecord } from '../records.ts'
import type { Detection, Observer } from '../streams/detection.ts'

/**
 * Score each record, then learn from it: one detection for every record, in order.
 *
 * @example from(records).pipe(detect(new Detector()), filter(({ anomaly }) => anomaly === true))
 */
export function detect<T extends DataRecord>(detector: Observer): OperatorFunction<T, Detection<T>> {
  return map(record => ({ record, ...detector.observe(record) }))
}
