import type { DataRecord } from '../records.ts'
import { type Detection, judgeOf, type StreamDetector, type StreamOptions } from './detection.ts'

/**
 * A Web TransformStream of records into detections, one for each, in order. It holds no more than one record: a slow
 * reader slows the writer down. A value that is no record errors both of its sides with a TypeError.
 *
 * @example records.pipeThrough(toTransformStream(detector)).pipeTo(alarms)
 */
export function toTransformStream<T extends DataRecord = DataRecord>(
  detector: StreamDetector,
  options: StreamOptions = {},
): TransformStream<T, Detection<T>> {
  const judge = judgeOf(detector, options)
  return new TransformStream({
    transform(record, controller) {
      controller.enqueue({ record, ...judge(record) })
    },
  })
}
