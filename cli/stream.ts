/** The records of a source through a command's work to the output. */
import { map } from 'rxjs'
import type { Checkpoints } from './checkpoints.ts'
import { Desk } from './desk.ts'
import { formatOf } from './input.ts'
import { namesOf } from './io/csv-reader.ts'
import type { Dialect, Entry } from './io/entry.ts'
import { run } from './io/flow.ts'
import { readerFor } from './io/format.ts'
import { fieldsNamed, NamedFields } from './io/named-fields.ts'
import type { Position } from './io/position.ts'
import type { Progress } from './io/progress.ts'
import type { Report } from './io/report.ts'
import type { Output } from './io/sink.ts'
import type { Source } from './io/source.ts'
import type { Kept } from './model.ts'
import { readerStart } from './resume.ts'
import { assignmentOf, type Task } from './session.ts'

export interface Ends {
  readonly kept: Pick<Kept, 'detector' | 'team'>
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
  const { flags } = task
  const { kept, source, output, report, progress, position } = ends
  const format = formatOf(flags, source)
  const desk = new Desk(assignmentOf(task), kept.detector, report)
  const named = new NamedFields(fieldsNamed(flags))
  const start = position && readerStart(position)
  let dialect: Dialect | undefined
  const headerOf = (seen: Dialect): string => {
    dialect = seen
    return desk.header(seen)
  }
  const known = position?.reader.dialect
  if (known) {
    const header = headerOf({ ...known, names: namesOf(known) })
    // What the stream's earlier part was written to has it already.
    if (output.position()?.bytes === 0) output.send(header)
  }
  /** Entries that are for others to answer. */
  let waiting: Entry[] = []
  const { team } = kept
  await run({
    ...ends,
    reader: intake => readerFor(format, intake, { limit: flags.maxLine, depth: flags.maxDepth, start }),
    header: headerOf,
    operator: map(entry => {
      report.line = entry.line
      report.records++
      named.see(entry.record)
      if (!team?.isAtWork) return desk.answer(entry)
      waiting.push(entry)
      return ''
    }),
    settle:
      team &&
      (async () => {
        const entries = waiting
        waiting = []
        team.takeOver(dialect)
        return entries.length > 0 ? team.answer(entries, report) : ''
      }),
    progress: () => progress.update(source.consumed, report),
    pauses: ends.checkpoints,
  })
  if (report.fresh === 0) return
  for (const name of named.unseen)
    report.say(`no record has the field '${name}' of --ignore, --kinds or --units`)
}
