/** One pass over the labelled records of a source, by the same readers as all commands. */
import { map } from 'rxjs'
import type { DataRecord } from '../../pipeline/index.ts'
import { excerpt } from '../../pipeline/ndjson/excerpt.ts'
import type { Rejection } from '../io/entry.ts'
import { run } from '../io/flow.ts'
import { type Format, formatOfName, readerFor } from '../io/format.ts'
import type { Report } from '../io/report.ts'
import type { Sink } from '../io/sink.ts'
import type { Source } from '../io/source.ts'
import { isNormal, labelField, unlabelled } from './label.ts'

/** How the records of a file are read, and which of them. */
export interface LabelledOptions {
  readonly format: Format | 'auto'
  /** Bytes of the longest line. */
  readonly maxLine: number
  /** Objects and arrays within each other in a line of JSON, at most. */
  readonly maxDepth?: number
  /** Names of the columns of CSV files without a header. */
  readonly header?: readonly string[]
  /** The label's field; by default `label`, or the last one. */
  readonly label?: string
  /** The label of normal records. */
  readonly normal: string
  /** Records at most. */
  readonly limit?: number
  /** Whether a record takes part, asked of each in order; for benchmarks that thin a class out. */
  readonly keep?: (anomaly: boolean) => boolean
}

export interface LabelledRecord {
  /** With the label among its fields. */
  readonly record: DataRecord
  /** The name of the label's field; the same for all records of a source. */
  readonly label: string
  readonly anomaly: boolean
}

/** Where messages and progress go. */
export interface LabelledEnds {
  readonly report: Report
  readonly messages: Pick<Sink, 'ready'>
  /** Called after each chunk. */
  progress(): void
}

/**
 * Visit the labelled records of a source in order. A record without a label is rejected like a line that cannot be read.
 * @throws CommandError when the source cannot be read, or its first record lacks the field of the label
 */
export async function readLabelled(
  source: Source,
  options: LabelledOptions,
  { report, messages, progress }: LabelledEnds,
  visit: (labelled: LabelledRecord) => void,
): Promise<void> {
  const { normal, limit = Number.POSITIVE_INFINITY, keep = () => true } = options
  let label: string | undefined
  // Of the chunk in which the limit was reached, the rest is not read, whatever is in it.
  const full = () => report.records >= limit
  const reject = (rejection: Rejection) => full() || report.reject(rejection)
  const format = options.header ? 'csv' : options.format
  await run({
    source,
    reader: intake =>
      readerFor(format === 'auto' ? (formatOfName(source.name) ?? 'auto') : format, intake, {
        limit: options.maxLine,
        depth: options.maxDepth,
        names: options.header,
      }),
    report: { reject, remark: remark => full() || report.remark(remark) },
    header: () => '',
    operator: map(({ record, line, text }) => {
      if (full()) return ''
      report.line = line
      label ??= chosen(record, options.label, report)
      const value = Object.hasOwn(record, label) ? record[label] : undefined
      const instead = unlabelled(value)
      if (instead) {
        const reason = `expected a label in the field '${label}', got ${instead}`
        reject({ line, reason, excerpt: excerpt(text) })
        return ''
      }
      const anomaly = !isNormal(value, normal)
      if (!keep(anomaly)) return ''
      report.records++
      visit({ record, label, anomaly })
      if (full()) source.stop()
      return ''
    }),
    output: { send() {}, ready: async () => {}, closed: false },
    messages,
    progress,
  })
}

/** The label's field; a guess is said aloud. */
function chosen(first: DataRecord, wanted: string | undefined, report: Report): string {
  const label = labelField(first, wanted)
  if (wanted === undefined && label !== 'label')
    report.say(`no field 'label', taking the last one, '${label}' (--label names another)`)
  return label
}
