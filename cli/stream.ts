/** The records of a source through a command's work to the output. */
import { map } from 'rxjs'
import type { Checkpoints } from './checkpoints.ts'
import { modelError } from './errors.ts'
import { namesOf } from './io/csv-reader.ts'
import { csvWriter } from './io/csv-writer.ts'
import type { Entry, Remark } from './io/entry.ts'
import { run } from './io/flow.ts'
import { formatOfName, readerFor } from './io/format.ts'
import { NamedFields } from './io/named-fields.ts'
import { ndjsonWriter } from './io/ndjson-writer.ts'
import type { Position } from './io/position.ts'
import type { Progress } from './io/progress.ts'
import type { Report } from './io/report.ts'
import type { Output } from './io/sink.ts'
import type { Source } from './io/source.ts'
import type { Answer, Writer } from './io/writer.ts'
import type { Judge } from './model.ts'
import type { Task } from './session.ts'

export interface Ends {
  readonly judge: Judge
  readonly source: Source
  readonly output: Output
  readonly messages: Pick<Output, 'ready'>
  readonly report: Report
  readonly progress: Progress
  readonly checkpoints: Checkpoints
  /** Where the stream is gone on with. */
  readonly position: Position | undefined
}

/** @throws CommandError when the source cannot be read on, or the model cannot be used */
export async function stream(task: Task, ends: Ends): Promise<void> {
  const { flags, work } = task
  const { judge, source, output, report, progress, position } = ends
  const format = flags.format === 'auto' ? (formatOfName(source.name) ?? 'auto') : flags.format
  const writer = writerFor(task, remark => report.remark(remark))
  const named = new NamedFields([...(flags.ignore ?? []), ...Object.keys(flags.kinds ?? {})])
  const start = position && { state: position.reader, line: position.line }
  const dialect = position?.reader.dialect
  if (dialect) {
    const header = writer.header({ ...dialect, names: namesOf(dialect) })
    // What the stream's earlier part was written to has it already.
    if (output.position()?.bytes === 0) output.send(header)
  }
  await run({
    ...ends,
    reader: intake => readerFor(format, intake, { limit: flags.maxLine, start }),
    header: dialect => writer.header(dialect),
    operator: map(entry => {
      report.line = entry.line
      report.records++
      named.see(entry.record)
      const answer = answerTo(entry, () => work(judge, entry, report))
      return answer ? writer.write(entry, answer) : ''
    }),
    progress: () => progress.update(source.consumed, report),
    pauses: ends.checkpoints,
  })
  if (report.fresh === 0) return
  for (const name of named.unseen) report.say(`no record has the field '${name}' of --ignore or --kinds`)
}

/** A detector refuses a record only when its own numbers are beyond use: damaged in the file, or grown without bounds. */
function answerTo({ line }: Entry, work: () => Answer | undefined): Answer | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) throw modelError(`line ${line}: ${error.message}`, error)
    throw error
  }
}

/** A writer for either format: only a CSV stream has a header, which comes before its records. */
function writerFor({ flags, columns }: Task, remark: (remark: Remark) => void): Writer {
  if (columns.length === 0) return { header: () => '', write: () => '' }
  const key = flags.as ?? 'veto'
  let writer = ndjsonWriter(key, remark)
  return {
    header(dialect) {
      writer = csvWriter(key, columns, remark)
      return writer.header(dialect)
    },
    write: (entry, answer) => writer.write(entry, answer),
  }
}
