/** veto sample: new records, drawn from a model. */
import { setImmediate } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import Papa from 'papaparse'
import type { Detector } from '../../pipeline/index.ts'
import { exitCodes, inputError, modelError, usageError } from '../errors.ts'
import { fileName, wholeNumber } from '../flag-values.ts'
import { claim } from '../io/claim.ts'
import { type Format, formatOfName } from '../io/format.ts'
import { grouped, Report } from '../io/report.ts'
import { type Output, Sink } from '../io/sink.ts'
import { openModel } from '../model.ts'
import { openOutput } from '../resume.ts'
import { type Surroundings, watchSignals } from '../surroundings.ts'

export interface SampleFlags {
  readonly model?: string
  readonly count: number
  readonly sweeps?: number
  readonly seed?: number
  readonly format: Format | 'auto'
  readonly output?: string
  readonly config?: string
  readonly relaxed?: boolean
  readonly quiet?: boolean
  readonly color: boolean
}

const details = `
Each record is the end of a Markov chain of its own, after --sweeps full sweeps. Numbers have as many digits as those that
were learned; one that the experts see in bins is the centre of its bin. A field is drawn by the family of experts that
looks at it together with the most others; what different families draw is independent, so that a model of one family
(veto learn --experts rbm) gives records whose fields belong together. A rare category, which has no state of its own, is
null, or an empty cell. Texts come as far as their experts see them: words in lower case, … for rare ones, or a template with
# for numbers. Fields of which no value can be made, such as timestamps, are left out, which is said.

The model file stays as it is: the same command gives the same records. --seed n gives others, and has nothing to do with
the seed that the model was learned with. More records begin with those of fewer.

Examples:
  veto sample --model requests.veto
  veto sample --model requests.veto --count 100000 --seed 7 --output synthetic.csv`

export function sampleCommand(command: Command): Command {
  return command
    .description('draw new records from a model')
    .option('-m, --model <file>', 'the model that is drawn from', fileName)
    .option('--count <n>', 'records', wholeNumber(1, Number.MAX_SAFE_INTEGER), 10)
    .option(
      '--sweeps <n>',
      'sweeps of the chain before each record (default: 100)',
      wholeNumber(0, 2 ** 31 - 1),
    )
    .option('--seed <n>', 'of the records; the model itself has one otherwise', wholeNumber(0, 2 ** 32 - 1))
    .addOption(
      new Option('--format <name>', 'of the records; auto goes by the name of --output, else ndjson')
        .choices(['ndjson', 'csv', 'auto'])
        .default('auto'),
    )
    .option('-o, --output <file>', 'write to this file instead of standard output', fileName)
    .option('--relaxed', 'relaxed SIMD: faster, but the last bits depend on the processor')
    .option('--config <file>', 'further flags from a file, such as {"count": 1000}', fileName)
    .option('--quiet', 'print only errors on standard error')
    .option('--no-color', 'no colors on standard error (also: NO_COLOR in the environment)')
    .addHelpText('after', details)
}

/**
 * Draw records; the exit code.
 * @throws CommandError when model or output make that impossible
 */
export async function sample(_: undefined, flags: SampleFlags, surroundings: Surroundings): Promise<number> {
  if (flags.model === undefined)
    throw usageError('expected --model FILE, which is drawn from, got none; veto learn makes one')
  const release = await claim(flags.output === undefined ? [] : [flags.output])
  try {
    return await drawn(flags.model, flags, surroundings)
  } finally {
    await release()
  }
}

async function drawn(model: string, flags: SampleFlags, surroundings: Surroundings): Promise<number> {
  const { stderr, env } = surroundings
  const messages = new Sink(stderr)
  const color = flags.color && !env.NO_COLOR && stderr.isTTY === true
  const report = new Report(text => messages.send(text), { ...flags, color })
  const detector = openModel(model, flags, {
    notice: ({ message }) => report.say(message),
    error: message => report.error(message),
  })
  if (flags.seed !== undefined) detector.reseed(flags.seed)
  const output = openOutput({ file: undefined, flags }, surroundings)
  const source = {
    isStopped: false,
    stop() {
      source.isStopped = true
    },
  }
  output.onClose = source.stop
  const signals = watchSignals(surroundings, source, output)
  const started = performance.now()
  try {
    const count = await draw(detector, flags, output, () => source.isStopped)
    report.say(`${grouped(count)} records, ${((performance.now() - started) / 1000).toFixed(1)} s`)
  } catch (error) {
    if (error instanceof RangeError) throw modelError(`${model}: ${error.message}`, error)
    throw error
  } finally {
    signals.unwatch()
  }
  await Promise.all([output.flush(), messages.flush()])
  if (output.failure) throw inputError(`cannot write the output: ${output.failure.message}`, output.failure)
  return signals.received ? exitCodes[signals.received] : exitCodes.ok
}

/** Records that are drawn before the output is waited for: whole blocks of the library. */
const AT_ONCE = 64

async function draw(
  detector: Detector,
  { count, sweeps, format, output: name }: SampleFlags,
  output: Output,
  isStopped: () => boolean,
): Promise<number> {
  const inWords = format === 'auto' ? (formatOfName(name ?? '') ?? 'ndjson') : format
  let done = 0
  while (done < count && !isStopped()) {
    const records = detector.sample(Math.min(AT_ONCE, count - done), sweeps)
    if (inWords === 'csv' && done === 0) output.send(csvLine(Object.keys(records[0])))
    const lineOf = inWords === 'csv' ? (record: object) => csvLine(Object.values(record)) : jsonLine
    output.send(records.map(lineOf).join(''))
    done += records.length
    await output.ready()
    // A signal is heard between two turns of the loop of events.
    await setImmediate()
  }
  return done
}

const jsonLine = (record: object) => `${JSON.stringify(record)}\n`
const csvLine = (cells: unknown[]) => `${Papa.unparse([cells], { newline: '\n' })}\n`
