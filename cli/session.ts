/** A command at work on a stream of records: source → reader → detector → writer → sink, one chunk at a time. */
import { Detector, type FamilyOptions, ModelFileError, type Notice } from '../pipeline/index.ts'
import type { CsvReader } from './io/csv.ts'
import { InputError, ModelError, UsageError } from './io/errors.ts'
import { readModel, writeModel } from './io/model-file.ts'
import type { NdjsonReader } from './io/ndjson.ts'
import { openProgress } from './io/progress.ts'
import { formatOf, type InputRecord, openReader } from './io/reader.ts'
import { Report } from './io/report.ts'
import type { Sink } from './io/sink.ts'
import { openSource, type Source } from './io/source.ts'
import type { CommonFlags } from './options.ts'

type Reader = CsvReader | NdjsonReader

/** What a command does with the records of its input. */
export interface Handler {
  /** The text that answers a record, '' for none. */
  handle(input: InputRecord): string
}

export interface Plan {
  readonly flags: CommonFlags
  readonly file: string | undefined
  /** Is the model to be saved at the end? */
  readonly saves: boolean
  readonly sink: Sink | undefined
  /** Called once the format of the input is known. */
  begin(context: { detector: Detector; reader: Reader; report: Report }): Handler
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const
type Signal = keyof typeof SIGNALS

/** Run a command over its input; the exit code. Throws a UsageError, InputError or ModelError. */
export async function runSession(plan: Plan): Promise<number> {
  const { flags } = plan
  const report = new Report(text => process.stderr.write(text))
  const stream = new Session(plan, report)
  const source = openSource(plan.file)
  let stopped: Signal | undefined
  const stop = (signal: Signal) => {
    stopped = signal
    source.stream.destroy()
  }
  for (const signal of Object.keys(SIGNALS) as Signal[]) process.on(signal, stop)

  const progress = openProgress(source, report, flags.quiet === true)
  try {
    await stream.consume(
      source,
      () => stopped !== undefined,
      bytes => progress.update(bytes),
    )
  } finally {
    progress.stop()
  }
  stream.save()
  if (!flags.quiet) report.say(report.summary())
  if (stopped) return SIGNALS[stopped]
  return flags.strict && report.rejected > 0 ? 3 : 0
}

class Session {
  readonly #plan: Plan
  readonly #report: Report
  readonly #detector: Detector
  #reader: Reader | undefined
  #handler: Handler | undefined
  /** The line that notices of the detector are about. */
  #line = 0

  constructor(plan: Plan, report: Report) {
    this.#plan = plan
    this.#report = report
    this.#detector = openDetector(plan.flags, notice => this.#notice(notice))
  }

  /**
   * Read the source to its end. A chunk's records are handled in one go and their output is written before the next
   * chunk is pulled: nothing is queued, and a record that arrives alone is answered at once.
   */
  async consume(source: Source, stopped: () => boolean, progressed: (bytes: number) => void): Promise<void> {
    let bytes = 0
    try {
      for await (const chunk of source.stream as AsyncIterable<Buffer>) {
        const reader = this.#reader ?? this.#open(source.name, chunk)
        await this.#plan.sink?.write(this.#answer(reader.push(chunk)))
        bytes += chunk.length
        progressed(bytes)
        if (stopped() || this.#plan.sink?.closed) return
      }
    } catch (error) {
      if (stopped()) return
      if (error instanceof Error && 'syscall' in error)
        throw new InputError(`Expected to read records, but: ${error.message}.`)
      throw error
    }
    if (this.#reader) await this.#plan.sink?.write(this.#answer(this.#reader.end()))
  }

  save(): void {
    const { flags, saves } = this.#plan
    if (saves && flags.model !== undefined) writeModel(flags.model, this.#detector.save())
  }

  #open(name: string, beginning: Buffer): Reader {
    const { flags } = this.#plan
    const format = flags.format === 'auto' ? formatOf(name, beginning.toString('utf8')) : flags.format
    this.#reader = openReader(format, flags.maxLine, this.#report.reject, this.#report.warn)
    const context = { detector: this.#detector, reader: this.#reader, report: this.#report }
    this.#handler = this.#plan.begin(context)
    return this.#reader
  }

  #answer(inputs: readonly InputRecord[]): string {
    let text = ''
    for (const input of inputs) {
      this.#line = input.line
      this.#report.records++
      text += (this.#handler as Handler).handle(input)
    }
    return text
  }

  #notice({ code, field, message }: Notice): void {
    this.#report.warn(this.#line, `${code} ${field}`, message)
  }
}

/** The detector that the flags describe: from the model file when there is one. */
function openDetector(flags: CommonFlags & { why?: number }, onNotice: (notice: Notice) => void): Detector {
  const file = flags.model === undefined ? undefined : readModel(flags.model)
  const { alpha, why, relaxed } = flags
  try {
    if (file) return agreed(Detector.load(file, { alpha, why, relaxed, onNotice }), flags)
    const { experts, seed, ignore, kinds, warmup, hidden } = flags
    const family: FamilyOptions = hidden === undefined ? {} : { hidden }
    return new Detector({
      ...given({ experts, seed, alpha, ignore, kinds, warmup, why, relaxed }),
      family,
      onNotice,
    })
  } catch (error) {
    if (error instanceof ModelFileError) throw new ModelError(`${flags.model}: ${error.message}`)
    if (error instanceof RangeError || error instanceof TypeError) throw new UsageError(error.message)
    throw error
  }
}

/** Only what was given: an absent flag leaves the default alone. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** Refuse flags that the model was not learned with; a model cannot change its shape. */
function agreed(detector: Detector, flags: CommonFlags): Detector {
  const { options } = detector
  const pairs = [
    ['--experts', flags.experts, options.experts],
    ['--hidden', flags.hidden, options.family.hidden],
    ['--seed', flags.seed, options.seed],
    ['--warmup', flags.warmup, options.warmup],
    ['--ignore', flags.ignore?.join(), options.ignore.join()],
    ['--kinds', flags.kinds && JSON.stringify(flags.kinds), JSON.stringify(options.kinds)],
  ] as const
  for (const [flag, wanted, has] of pairs) {
    if (wanted === undefined || wanted === has) continue
    throw new UsageError(
      `Expected ${flag} as the model ${flags.model} has it (${has}), got ${wanted}; leave the flag out or learn a new model.`,
    )
  }
  return detector
}
