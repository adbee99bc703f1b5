/**
 * Source → reader → operators → sink, with back-pressure from one end to the other.
 *
 * All records of a chunk pass through the operators synchronously and their output is collected as one text; the next
 * chunk is pulled when the sink has taken it. Nothing is queued, and a record that arrives alone leaves at once.
 * (RxJS's `from(asyncIterable)` pulls as fast as it can and would queue the whole input in front of a slow reader.)
 */
import { type OperatorFunction, Subject } from 'rxjs'
import type { Dialect, Entry, Intake, Reader } from './entry.ts'
import type { Output } from './sink.ts'
import type { Source } from './source.ts'

const NEWLINE = 10

/** Who is asked whenever everything that was read is answered and handed over; to save what was learned, for instance. */
export interface Pauses {
  /** Lines that may be read before the next pause. */
  lines(): number
  /** @param unread bytes that the source has given and the reader has not settled */
  pause(reader: Reader, unread: number): Promise<void>
  /** Waits for the source, until nothing is under way here any more. */
  wait<T>(next: Promise<T>): Promise<T>
}

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
  /** What else there is to write of the entries so far, once others have answered them. */
  readonly settle?: () => Promise<string>
  readonly output: Pick<Output, 'send' | 'ready' | 'closed'>
  readonly messages: Pick<Output, 'ready'>
  /** Called after each chunk. */
  progress(): void
  readonly pauses?: Pauses
}

const noPauses: Pauses = {
  lines: () => Number.POSITIVE_INFINITY,
  pause: async () => {},
  wait: next => next,
}

/**
 * Runs until the source ends or stops, or until nobody reads the output any more.
 * @throws what the source, the reader or the operator throws, after the output up to there was handed over
 */
export async function run(flow: Flow): Promise<void> {
  const { source, output, pauses = noPauses } = flow
  const { reader, deliver } = connect(flow)
  const chunks = source.chunks()
  try {
    for (let next = await chunks.next(); !next.done; next = await pauses.wait(chunks.next())) {
      const chunk = next.value
      for (let start = 0; start < chunk.length; ) {
        const end = endOfLines(chunk, start, pauses.lines())
        reader.push(chunk.subarray(start, end))
        await deliver()
        await pauses.pause(reader, reader.unread() + chunk.length - end)
        if (output.closed) return
        start = end
      }
      flow.progress()
    }
  } finally {
    await chunks.return(undefined)
  }
  // After a stop the last line may be half a line.
  if (source.stopped) return
  reader.end()
  await deliver()
  await pauses.pause(reader, reader.unread())
}

/** The way of the records from a reader to the output; `deliver` hands over what they have become so far. */
function connect(flow: Flow): { reader: Reader; deliver(): Promise<void> } {
  const { report, output, messages } = flow
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
  return {
    reader,
    async deliver() {
      if (flow.settle && !failure) text += await flow.settle()
      output.send(text)
      text = ''
      if (failure) throw failure.error
      await Promise.all([output.ready(), messages.ready()])
    },
  }
}

/** The position behind so many lines of a chunk, or its end where there are fewer. */
function endOfLines(chunk: Uint8Array, start: number, lines: number): number {
  if (lines === Number.POSITIVE_INFINITY) return chunk.length
  let end = start
  for (let count = 0; count < lines; count++) {
    const newline = chunk.indexOf(NEWLINE, end)
    if (newline === -1) return chunk.length
    end = newline + 1
  }
  return end
}
