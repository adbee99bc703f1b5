/** veto inspect: what a model holds, and how likely it finds records. */
import { existsSync, statSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { map } from 'rxjs'
import { type DataRecord, Detector, ModelFileError } from '../../pipeline/index.ts'
import { exitCodes, inputError, modelError, usageError } from '../errors.ts'
import { byteCount, fileName, wholeNumber } from '../flag-values.ts'
import { describe } from '../inspection/description.ts'
import { Likelihoods, type ProductLikelihood } from '../inspection/likelihoods.ts'
import { type FoundLogPartition, findLogPartition } from '../inspection/log-partition.ts'
import { likelihoodText, textOf } from '../inspection/text.ts'
import { run } from '../io/flow.ts'
import { type Format, formatOfName, readerFor } from '../io/format.ts'
import { previousOf, readModelFile } from '../io/model-file.ts'
import { openShare, type Share } from '../io/progress.ts'
import { Report } from '../io/report.ts'
import { dataSink, Sink } from '../io/sink.ts'
import { openSource } from '../io/source.ts'
import { kernelsFor } from '../model.ts'
import { type Surroundings, watchSignals } from '../surroundings.ts'

export interface InspectFlags {
  readonly likelihood?: boolean
  readonly chains: number
  readonly temperatures: number
  readonly seed: number
  readonly json?: boolean
  readonly format: Format | 'auto'
  readonly maxLine: number
  readonly maxDepth?: number
  readonly strict?: boolean
  readonly config?: string
  readonly relaxed?: boolean
  readonly quiet?: boolean
  readonly color: boolean
}

const details = `
Prints the experts with their options, the fields with kinds, encodings and ranges, the arrays with shapes and bytes, and
what p-values are counted from. --json prints all of it as one object. Nothing is changed, run or fetched.

--likelihood finds log Z of each product, so that log p(record) = −F − log Z: exactly where that can be had (Boltzmann machines
of up to 24 hidden units take up to a minute), else by annealing between two bounds; some experts have none. With a
file of records it also prints the mean log-likelihood of the complete ones, log p of every field given the others, and the
free-energy gap to the records that were learned lately, which is above 0 where the model knows those by heart. All in
nats, of records as the experts see them: numbers in bins, or in units of their spread.

Examples:
  veto inspect requests.veto
  veto inspect requests.veto --json | jq .experts
  veto inspect machine.veto tomorrow.ndjson --likelihood`

export function inspectCommand(command: Command): Command {
  return command
    .description('what a model holds, and how likely it finds records')
    .argument('<model>', 'the model file')
    .argument('[file]', 'with --likelihood: records as NDJSON or CSV; - for standard input')
    .option('--likelihood', 'log Z, and with records likelihoods and the free-energy gap')
    .option('--chains <n>', 'chains of annealing', wholeNumber(2, 2 ** 20), 100)
    .option('--temperatures <n>', 'temperatures of annealing', wholeNumber(1, 2 ** 24), 1000)
    .option('--seed <n>', 'of annealing', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--json', 'one JSON object instead of tables')
    .addOption(
      new Option('--format <name>', 'of the records').choices(['ndjson', 'csv', 'auto']).default('auto'),
    )
    .addOption(
      new Option('--max-line <bytes>', 'the longest line that is read, such as 64K or 4M')
        .argParser(byteCount)
        .default(2 ** 20, '1M'),
    )
    .option(
      '--max-depth <n>',
      'objects and arrays within each other in a line of JSON',
      wholeNumber(1, 2 ** 20),
    )
    .option('--strict', 'exit with 3 when a line was rejected')
    .option('--relaxed', 'relaxed SIMD: faster, but the last bits depend on the processor')
    .option('--config <file>', 'further flags from a file, such as {"chains": 1000}', fileName)
    .option('--quiet', 'print only rejected lines and errors on standard error')
    .option('--no-color', 'no colors on standard error (also: NO_COLOR in the environment)')
    .addHelpText('after', details)
}

/** The detector of a file, and the file's content. */
interface Opened {
  readonly content: Uint8Array
  readonly detector: Detector
}

/** @throws CommandError (model): what is looked at is this file, and none that was saved before it */
function open(path: string, flags: InspectFlags): Opened {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    const what = existsSync(`${path}/data.mdb`) ? 'models of keys (--key), which stay together' : 'no model'
    throw modelError(`expected a model file, got the folder ${path} with ${what}`)
  }
  const content = readModelFile(path)
  if (!content) throw modelError(`expected a model file, ${path} does not exist; veto learn makes one`)
  try {
    return { content, detector: Detector.load(content, { kernels: kernelsFor(flags) }) }
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    const earlier = existsSync(previousOf(path)) ? ` ${previousOf(path)} was saved before it.` : ''
    throw modelError(`${path}: ${error.message}${earlier}`, error)
  }
}

/** Where everything goes, and what ends it. */
interface Ends {
  readonly surroundings: Surroundings
  readonly output: Sink
  readonly messages: Sink
  readonly report: Report
  readonly bar: Share
  readonly signals: ReturnType<typeof watchSignals>
  /** Aborted by a signal. */
  readonly abort: AbortSignal
  /** What a signal stops besides. */
  stop: () => void
}

function openEnds(flags: InspectFlags, surroundings: Surroundings): Ends {
  const { stdout, stderr, env } = surroundings
  const [output, messages] = [dataSink(stdout), new Sink(stderr)]
  const bar = openShare(stderr, flags.quiet === true || !flags.likelihood)
  const color = flags.color && !env.NO_COLOR && stderr.isTTY === true
  const report = new Report(text => messages.send(bar.prefix() + text), { ...flags, color })
  const controller = new AbortController()
  const stop = () => {
    controller.abort()
    ends.stop()
  }
  const signals = watchSignals(surroundings, { stop }, output)
  output.onClose = stop
  const abort = controller.signal
  const ends: Ends = { surroundings, output, messages, report, bar, signals, abort, stop() {} }
  return ends
}

/**
 * Look into a model; the exit code.
 * @throws CommandError for flags that contradict each other, and files that cannot be read
 */
export async function inspect(
  model: string,
  flags: InspectFlags,
  surroundings: Surroundings,
  file?: string,
): Promise<number> {
  if (file !== undefined && !flags.likelihood)
    throw usageError(`expected --likelihood with records, got the file ${file} without it`)
  const { content, detector } = open(model, flags)
  const description = describe(model, content, detector)
  const ends = openEnds(flags, surroundings)
  const { output, messages, report, signals, bar, abort } = ends
  try {
    if (!flags.json) output.send(textOf(description))
    const likelihood = flags.likelihood ? await likelihoodsOf(detector, file, flags, ends) : undefined
    if (flags.json) output.send(jsonLine({ ...description, ...(likelihood && { likelihood }) }))
    else {
      for (const each of likelihood ?? []) output.send(likelihoodText(each))
      if (likelihood?.length === 0)
        output.send('\nno experts yet: a model has likelihoods from its eighth record on\n')
    }
  } catch (error) {
    if (!abort.aborted) throw error
  } finally {
    bar.stop()
    signals.unwatch()
  }
  await Promise.all([output.flush(), messages.flush()])
  if (output.failure) throw inputError(`cannot write the output: ${output.failure.message}`, output.failure)
  if (signals.received) return exitCodes[signals.received]
  return flags.strict && report.rejected > 0 ? exitCodes.input : exitCodes.ok
}

/** log Z of every product, then what the records say of it. */
async function likelihoodsOf(
  detector: Detector,
  file: string | undefined,
  flags: InspectFlags,
  ends: Ends,
): Promise<ProductLikelihood[]> {
  const { views } = detector
  const found: FoundLogPartition[] = []
  for (const [n, { product }] of views.entries()) {
    const onProgress = (share: number) => ends.bar.update((n + share) / views.length)
    found.push(await findLogPartition(product, { ...flags, signal: ends.abort, onProgress }))
  }
  ends.bar.stop()
  const sums = views.map((view, n) => new Likelihoods(view, found[n]))
  if (file !== undefined) {
    await readRecords(file, flags, ends, record => {
      for (const sum of sums) sum.add(record)
    })
    ends.abort.throwIfAborted()
  }
  return views.map(({ product }, n) => ({
    experts: product.family,
    ...found[n],
    ...(file === undefined ? {} : { records: sums[n].summary() }),
  }))
}

/** Digits that are the same whoever computes them. */
const DIGITS = 10

const jsonLine = (value: object) =>
  `${JSON.stringify(value, (_, each) => (typeof each === 'number' && !Number.isInteger(each) ? Number(each.toPrecision(DIGITS)) : each))}\n`

async function readRecords(
  file: string,
  flags: InspectFlags,
  ends: Ends,
  visit: (record: DataRecord) => void,
): Promise<void> {
  const { surroundings, messages, report, output } = ends
  const { format, maxLine, maxDepth } = flags
  const source = openSource(file, () => surroundings.stdin)
  ends.stop = () => source.stop()
  await run({
    source,
    reader: intake =>
      readerFor(format === 'auto' ? (formatOfName(source.name) ?? 'auto') : format, intake, {
        limit: maxLine,
        depth: maxDepth,
      }),
    report,
    header: () => '',
    operator: map(({ record, line }) => {
      report.line = line
      report.records++
      visit(record)
      return ''
    }),
    output,
    messages,
    progress() {},
  })
}
