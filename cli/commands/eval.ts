/** veto eval: how well the detector ranks anomalies in labelled files, each record scored before it is learned. */
import { Command } from 'commander'
import { rounded } from '../../pipeline/ndjson/answer.ts'
import { exitCodes, inputError, usageError } from '../errors.ts'
import { type Figures, figuresOf, meanFigures } from '../evaluation/figures.ts'
import { type Pass, pass } from '../evaluation/pass.ts'
import { tableOf } from '../evaluation/table.ts'
import { fieldName, fieldNames, wholeNumber } from '../flag-values.ts'
import { fieldsNamed } from '../io/named-fields.ts'
import { openProgress } from '../io/progress.ts'
import { Report } from '../io/report.ts'
import { dataSink, Sink } from '../io/sink.ts'
import { openSource } from '../io/source.ts'
import { newDetector } from '../model.ts'
import { type CommonFlags, commonFlags } from '../options.ts'
import { type Signal, type Surroundings, watchSignals } from '../surroundings.ts'

/** `warmup` here is the command's own: records that are left out of the figures. */
export interface EvalFlags extends CommonFlags {
  readonly label?: string
  readonly normal: string
  readonly header?: readonly string[]
  readonly limit?: number
  readonly seeds: number
  readonly json?: boolean
}

const details = `
Every record is scored, then learned, in one pass with a new detector for each file; the label is hidden from it. Over the
records after the warm-up:
  ROC-AUC       probability that an anomaly scores higher than a normal record; 0.5 is chance
  AP            average precision; chance is the share of anomalies
  alarms        records with p below --alpha
  false alarms  share of the normal records among which there was an alarm
Records without a score count as the median. records and anomalies are those of the whole file. With --seeds all
figures are means; with several files a last line has the means over the files. --json writes one object a file:
  file, records, anomalies, warmup, seeds, rejected, rocAuc, averagePrecision, alarms, falseAlarmRate, recordsPerSecond
A file with one kind of records only has no ROC-AUC and no AP: – in the table, null in JSON.

Examples:
  veto eval sets/*.csv.gz
  veto eval --label attack --normal no --ignore id,time --seeds 3 connections.ndjson
  veto eval --header duration,bytes,class --normal normal. --json kdd.gz`

/** Flags of the other commands that mean nothing here, or something else. */
const otherwise: readonly string[] = ['model', 'warmup']

export function evalCommand(command: Command): Command {
  const count = wholeNumber(0, 2 ** 32)
  command
    .description('measure how well anomalies are found in labelled files')
    .argument('[files...]', 'labelled records as NDJSON or CSV; - or nothing for standard input')
    .option('--label <field>', "the label's field (default: label, or else the last one)", fieldName)
    .option(
      '--normal <value>',
      'the label of normal records, as text or number; all others are anomalies',
      '0',
    )
    .option('--header <a,b,…>', 'names of the columns of CSV files without a header', fieldNames)
    .option('--warmup <n>', 'records left out of the figures (default: a tenth, at most 256)', count)
    .option('--limit <n>', 'records read of each file', wholeNumber(1, 2 ** 32))
    .option('--seeds <k>', 'mean over this many seeds, from --seed on', wholeNumber(1, 1000), 1)
    .option('--json', 'one JSON object a file instead of a table')
    .addHelpText('after', details)
  for (const option of commonFlags(new Command()).options)
    if (!otherwise.includes(option.attributeName())) command.addOption(option)
  return command
}

/**
 * Evaluate the files one after the other; the exit code.
 * @throws CommandError when options or input make that impossible
 */
export async function evaluate(files: readonly string[], flags: EvalFlags, surroundings: Surroundings) {
  const inputs = files.length === 0 ? ['-'] : files
  checkFlags(inputs, flags)
  const output = dataSink(surroundings.stdout)
  const messages = new Sink(surroundings.stderr)
  const table = tableOf(inputs)
  const all: Figures[] = []
  let rejected = 0
  for (const file of inputs) {
    const outcome = await evaluateFile(file, inputs.length > 1, flags, { surroundings, output, messages })
    if (outcome.received) return exitCodes[outcome.received]
    if (output.closed) break
    const { figures } = outcome
    if (all.length === 0 && !flags.json) output.send(table.head)
    all.push(figures)
    rejected += outcome.rejected
    output.send(
      flags.json ? jsonLine(file, flags.seeds, outcome.rejected, figures) : table.row(file, figures),
    )
  }
  if (all.length > 1 && !flags.json) output.send(table.mean(meanFigures(all)))
  await Promise.all([output.flush(), messages.flush()])
  if (output.failure) throw inputError(`cannot write the output: ${output.failure.message}`, output.failure)
  return flags.strict && rejected > 0 ? exitCodes.input : exitCodes.ok
}

function checkFlags(inputs: readonly string[], { seeds, header, format }: EvalFlags): void {
  const piped = inputs.filter(file => file === '-').length
  if (piped > 1 || (piped === 1 && seeds > 1))
    throw usageError('expected files, got standard input to be read several times; it can be read once')
  if (header && format === 'ndjson')
    throw usageError(
      'expected --header with CSV, got --format ndjson; records of NDJSON name their own fields',
    )
}

interface FileOutcome {
  readonly figures: Figures
  readonly rejected: number
  /** The signal that ended the reading before the end of the file. */
  readonly received: Signal | undefined
}

interface Ends {
  readonly surroundings: Surroundings
  readonly output: Sink
  readonly messages: Sink
}

/** All passes over one file. What is to be said about its lines and fields is said in the first one. */
async function evaluateFile(
  file: string,
  named: boolean,
  flags: EvalFlags,
  { surroundings, output, messages }: Ends,
): Promise<FileOutcome> {
  const { stderr, env } = surroundings
  const all: Figures[] = []
  const options = { ...flags, color: flags.color && !env.NO_COLOR && stderr.isTTY === true }
  let prefix = ''
  const first = new Report(text => messages.send(prefix + text), {
    ...options,
    file: named ? file : undefined,
  })
  for (let index = 0; index < flags.seeds; index++) {
    const report = index === 0 ? first : new Report(() => {})
    const source = openSource(file, () => surroundings.stdin)
    if (source.name === 'standard input' && surroundings.stdin.isTTY)
      report.say('reading records from the terminal; Ctrl-D ends them')
    const progress = openProgress(stderr, source.size, flags.quiet === true)
    prefix = progress.prefix
    output.onClose = () => source.stop()
    const signals = watchSignals(surroundings, source, output)
    const ends = { report, messages, progress: () => progress.update(source.consumed, report) }
    try {
      const done = await pass(source, passOptions(flags, (flags.seed ?? 1) + index, report), ends)
      all.push(figuresOf(done, flags.warmup))
      if (!signals.received && !output.closed) remarkOn(done, all[0], report)
    } finally {
      progress.stop()
      signals.unwatch()
      prefix = ''
    }
    if (signals.received || output.closed) return { figures: all[0], rejected: 0, received: signals.received }
  }
  return { figures: meanFigures(all), rejected: first.rejected, received: undefined }
}

/** A pass with the defaults but for what the flags say; without reasons, which nobody would read. */
function passOptions(flags: EvalFlags, seed: number, report: Report) {
  return {
    ...flags,
    detector: (label: string) =>
      newDetector(
        {
          ...flags,
          seed: seed % 2 ** 32,
          ignore: [...(flags.ignore ?? []), label],
          why: 0,
          model: undefined,
          warmup: undefined,
        },
        { notice: notice => report.notice(notice) },
      ),
    named: fieldsNamed(flags),
  }
}

/** Why there are no figures, where there are none. */
function remarkOn({ anomalies }: Pass, { records, warmup, rocAuc }: Figures, report: Report): void {
  if (rocAuc !== null) return
  const left = anomalies.subarray(warmup)
  const had = left.length === 0 ? 'no records' : left.includes(1) ? 'anomalies only' : 'normal records only'
  report.say(
    `expected normal records and anomalies after the first ${warmup} of ${records} records, got ${had}; no ROC-AUC and no AP` +
      (left.includes(1) ? ' (--normal says which label is normal)' : ''),
  )
}

function jsonLine(file: string, seeds: number, rejected: number, figures: Figures): string {
  const { records, anomalies, warmup, ...measured } = figures
  const short = Object.fromEntries(
    Object.entries(measured).map(([name, value]) => [name, value === null ? null : rounded(value)]),
  )
  return `${JSON.stringify({ file, records, anomalies, warmup, seeds, rejected, ...short })}\n`
}
