import type { DataRecord } from '../records.ts'
import { type Detection, judgeOf, type StreamDetector, type StreamOptions } from './detection.ts'

/**
 * The detections of records, one for each, in order; the next record is asked for when its detection is. Ending early
 * ends the source too. Of Node's streams `Readable.from` takes it, and `pipeline` in between.
 *
 * @example for await (const { record, anomaly } of detections(detector, records)) if (anomaly) console.log(record)
 * @example await pipeline(source, records => detections(detector, records), sink)
 */
export async function* detections<T extends DataRecord>(
  detector: StreamDetector,
  records: AsyncIterable<T> | Iterable<T>,
  options: StreamOptions = {},
): AsyncGenerator<Detection<T>, void, undefined> {
  const judge = judgeOf(detector, options)
  for await (const record of records) yield { record, ...judge(record) }
}
