/** What all commands do around their own work: open, stream, save, sum up. */
import type { Readable, Writable } from 'node:stream'
import { map } from 'rxjs'
import type { Detector } from '../pipeline/index.ts'
import { CommandError, exitCodes, inputError, modelError } from './errors.ts'
import { csvWriter } from './io/csv-writer.ts'
import type { Entry, Remark } from './io/entry.ts'
import { run } from './io/flow.ts'
import { formatOfName, readerFor } from './io/format.ts'
import { writeModelFile } from './io/model-file.ts'
import { NamedFields } from './io/named-fields.ts'
import { ndjsonWriter } from './io/ndjson-writer.ts'
import { openProgress, type Progress } from './io/progress.ts'
import { Report } from './io/report.ts'
import { Sink } from './io/sink.ts'
import { openSource, type Source } from './io/source.ts'
import type { Answer, Writer } from './io/writer.ts'
import { type ModelFlags, openDetector } from './model.ts'

/** The streams and signals of the process, so that tests can bring their own. */
export interface Surroundings {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable & { isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  on(signal: Signal, listener: () => void): unknown
  off(signal: Signal, listener: () => void): unknown
}

export type Signal = 'SIGINT' | 'SIGTERM'

/** The work of one command on one record; nothing is written where there is no answer. */
export type Work = (detector: Detector, entry: Entry, report: Report) => Answer | undefined

export interface Task {
  readonly file: string | undefined
  readonly flags: ModelFlags & { readonly as?: string }
  /** The names in the answers, in the order of their CSV columns; none for a command that writes nothing. */
  readonly columns: readonly string[]
  readonly work: Work
}

/**
 * Do a command's work on every record of the input; the exit code.
 * @throws CommandError when options, input or model file make that impossible
 */
export async function runSession(task: Task, surroundings: Surroundings): Promise<number> {
  const { flags } = task
  const { stdin, stdout, stderr, env } = surroundings
  let progress: Progress | undefined
  const output = new Sink(stdout)
  const messages = new Sink(stderr)
  const color = flags.color && !env.NO_COLOR && stderr.isTTY === true
  const report = new Report(text => messages.send((progress?.prefix ?? '') + text), { ...flags, color })
  const detector = openDetector(flags, notice => report.notice(notice))
  const source = openSource(task.file, () => stdin)
  if (source.name === 'standard input' && stdin.isTTY)
    report.say('reading records from the terminal; Ctrl-D ends them')

  // The reader's leave may be noticed while the source is idle.
  output.onClose = () => source.stop()
  const signals = watchSignals(surroundings, source, output)
  const started = performance.now()
  progress = openProgress(stderr, source.size, flags.quiet === true)
  try {
    await stream(task, detector, { source, output, messages, report, progress })
  } catch (error) {
    // What was learned until the input failed is worth keeping; what a fault of ours may have spoilt is not.
    if (error instanceof CommandError && error.exitCode === exitCodes.input) save(flags, detector)
    throw error
  } finally {
    progress.stop()
    signals.unwatch()
  }
  save(flags, detector)
  const experts = expertsOf(detector)
  if (experts !== '') report.say(experts)
  report.summary((performance.now() - started) / 1000)
  await Promise.all([output.flush(), messages.flush()])
  if (output.failure) throw inputError(`cannot write the output: ${output.failure.message}`, output.failure)
  if (signals.received) return exitCodes[signals.received]
  return flags.strict && report.rejected > 0 ? exitCodes.input : exitCodes.ok
}

interface Ends {
  readonly source: Source
  readonly output: Sink
  readonly messages: Sink
  readonly report: Report
  readonly progress: Progress
}

async function stream(task: Task, detector: Detector, ends: Ends): Promise<void> {
  const { flags, work } = task
  const { source, report, progress } = ends
  const format = flags.format === 'auto' ? (formatOfName(source.name) ?? 'auto') : flags.format
  const writer = writerFor(task, remark => report.remark(remark))
  const named = new NamedFields([...(flags.ignore ?? []), ...Object.keys(flags.kinds ?? {})])
  await run({
    ...ends,
    reader: intake => readerFor(format, intake, flags.maxLine),
    header: dialect => writer.header(dialect),
    operator: map(entry => {
      report.line = entry.line
      report.records++
      named.see(entry.record)
      const answer = answerTo(entry, () => work(detector, entry, report))
      return answer ? writer.write(entry, answer) : ''
    }),
    progress: () => progress.update(source.consumed, report),
  })
  if (report.records === 0) return
  for (const name of named.unseen) report.say(`no record has the field '${name}' of --ignore or --kinds`)
}

/** Which experts work together; nothing while warming up. */
function expertsOf(detector: Detector): string {
  const families = detector.describeExperts().map(({ experts, weight, fields }) => {
    const count = fields.length === 1 ? '1 field' : `${fields.length} fields`
    return `${experts} on ${count} (weight ${Number(weight.toPrecision(3))})`
  })
  return families.length === 0 ? '' : `experts: ${families.join(', ')}`
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

function save({ model, freeze }: ModelFlags, detector: Detector): void {
  if (model !== undefined && !freeze) writeModelFile(model, detector.save())
}

/**
 * On the first signal reading stops and the command ends as at the end of its input, without waiting for a slow reader;
 * a second one kills the process, as without a listener.
 */
export function watchSignals(surroundings: Surroundings, source: Source, output: Sink) {
  const watch: { received: Signal | undefined; unwatch(): void } = { received: undefined, unwatch }
  const listeners = (['SIGINT', 'SIGTERM'] as const).map(signal => {
    const listener = () => {
      watch.received = signal
      unwatch()
      source.stop()
      output.hurry()
    }
    surroundings.on(signal, listener)
    return { signal, listener }
  })
  function unwatch() {
    for (const { signal, listener } of listeners) surroundings.off(signal, listener)
  }
  return watch
}
