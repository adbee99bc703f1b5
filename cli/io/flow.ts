/**
 * Source → reader → operators → sink, with back-pressure from one end to the other.
 *
 * All records of a chunk pass through the operators synchronously and their output is collected as one text; the next
 * chunk is pulled when the sink has taken it. Nothing is queued, and a record that arrives alone leaves at once.
 * (RxJS's `from(asyncIterable)` pulls as fast as it can and would queue the whole input in front of a slow reader.)
 */
import { type OperatorFunction, Subject } from 'rxjs'
import type { Dialect, Entry, Intake, Reader } from './entry.ts'
import type { Sink } from './sink.ts'
import type { Source } from './source.ts'

export interface Flow {
  readonly source: Pick<Source, 'chunks' | 'stopped'>
  /** Makes the reader, given where it is to deliver. */
  reader(intake: Intake): Reader
  /** Where rejected lines and remarks go. */
  readonly report: Pick<Intake, 'reject' | 'remark'>
  /** The text that a CSV header becomes. */
  header(dialect: Dialect): string
  /** One text for each entry, in order. */
  readonly operator: OperatorFunction<Entry, string>
  readonly output: Pick<Sink, 'send' | 'ready' | 'closed'>
  readonly messages: Pick<Sink, 'ready'>
  /** Called after each chunk. */
  progress(): void
}

/**
 * Runs until the source ends or stops, or until nobody reads the output any more.
 * @throws what the source, the reader or the operator throws, after the output up to there was handed over
 */
export async function run(flow: Flow): Promise<void> {
  const { source, report, output } = flow
  const entries = new Subject<Entry>()
  let text = ''
  let failure: { error: unknown } | undefined
  entries.pipe(flow.operator).subscribe({
    next: piece => {
      text += piece
    },
    error: error => {
      failure = { error }
    },
  })
  const reader = flow.reader({
    entry: entry => entries.next(entry),
    reject: rejection => report.reject(rejection),
    remark: remark => report.remark(remark),
    header: dialect => {
      text += flow.header(dialect)
    },
  })
  const deliver = async () => {
    output.send(text)
    text = ''
    if (failure) throw failure.error
    await Promise.all([output.ready(), flow.messages.ready()])
  }

  for await (const chunk of source.chunks()) {
    reader.push(chunk)
    await deliver()
    flow.progress()
    if (output.closed) return
  }
  // After a stop the last line may be half a line.
  if (source.stopped) return
  reader.end()
  await deliver()
}
