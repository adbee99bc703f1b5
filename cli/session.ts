/** What all commands do around their own work: open, stream, save, sum up. */
import type { Notice } from '../pipeline/index.ts'
import { Checkpoints } from './checkpoints.ts'
import type { Assignment } from './desk.ts'
import { CommandError, exitCodes, inputError } from './errors.ts'
import { openInput } from './input.ts'
import { claim } from './io/claim.ts'
import { openProgress } from './io/progress.ts'
import { Report } from './io/report.ts'
import { Sink } from './io/sink.ts'
import { type Kept, type ModelFlags, openKept } from './model.ts'
import { explainAbsence } from './optional.ts'
import type { CheckpointFlags, OutputFlags } from './options.ts'
import { announce, checkFlags, openOutput, startOf } from './resume.ts'
import { type Ends, stream } from './stream.ts'
import { type Surroundings, watchSignals } from './surroundings.ts'
import type { WorkName } from './works.ts'

export interface Task {
  readonly file: string | undefined
  readonly flags: ModelFlags &
    CheckpointFlags &
    Partial<Pick<OutputFlags, 'as' | 'output'>> & {
      readonly only?: boolean
    }
  readonly work: WorkName
}

/** What whoever answers the records has to know. */
export const assignmentOf = ({ work, flags }: Task): Assignment => ({
  work,
  freeze: flags.freeze === true,
  as: flags.as ?? 'veto',
  only: flags.only === true,
})

/**
 * Do a command's work on every record of the input; the exit code.
 * @throws CommandError when options, input, output or model file make that impossible
 */
export async function runSession(task: Task, surroundings: Surroundings): Promise<number> {
  const { flags } = task
  checkFlags(flags)
  const written = [flags.freeze ? undefined : flags.model, flags.output]
  const release = await claim(written.filter(path => path !== undefined))
  try {
    return await session(task, surroundings)
  } finally {
    await release()
  }
}

async function session(task: Task, surroundings: Surroundings): Promise<number> {
  const { flags } = task
  const voices = openVoices(flags, surroundings)
  const ends = await openEnds(task, surroundings, voices)
  const { kept, source, output, messages, report, position } = ends
  const signals = watchSignals(surroundings, source, output)
  if (position) announce(position, source.name, report)
  const started = performance.now()
  const progress = openProgress(surroundings.stderr, source.size, flags.quiet === true)
  voices.prefix = progress.prefix
  try {
    await stream(task, { ...ends, progress })
  } catch (error) {
    // What was learned until the input failed is worth keeping; what a fault of ours may have spoilt is not.
    if (error instanceof CommandError && error.exitCode === exitCodes.input && ends.checkpoints.isDue)
      await finish(ends, flags).catch(second => report.error(second.message))
    throw error
  } finally {
    progress.stop()
    voices.prefix = ''
    signals.unwatch()
  }
  await finish(ends, flags)
  const experts = expertsOf(kept)
  if (experts !== '') report.say(experts)
  report.summary((performance.now() - started) / 1000)
  await kept.close?.()
  await messages.flush()
  if (output.failure) throw inputError(`cannot write the output: ${output.failure.message}`, output.failure)
  if (signals.received) return exitCodes[signals.received]
  return flags.strict && report.rejected > 0 ? exitCodes.input : exitCodes.ok
}

/** Where messages go. */
interface Voices {
  readonly messages: Sink
  readonly report: Report
  /** What has to be written before a message. */
  prefix: string
}

function openVoices(flags: Task['flags'], { stderr, env }: Surroundings): Voices {
  const messages = new Sink(stderr)
  const color = flags.color && !env.NO_COLOR && stderr.isTTY === true
  const report = new Report(text => messages.send(voices.prefix + text), { ...flags, color })
  const voices: Voices = { messages, report, prefix: '' }
  return voices
}

type Opened = Omit<Ends, 'progress' | 'kept'> & { readonly kept: Kept; readonly messages: Sink }

/** Model, input and output; after this a killed process can be gone on from, if that was asked for. */
async function openEnds(task: Task, surroundings: Surroundings, voices: Voices): Promise<Opened> {
  const { flags } = task
  const { messages, report } = voices
  const kept = await openFor(task, report)
  const position = startOf(kept, task, surroundings, report)
  const source = openInput(task, surroundings, report, position)
  const output = openOutput(task, surroundings, position)
  // The reader's leave may be noticed while the source is idle.
  output.onClose = () => source.stop()
  if (source.name === 'standard input' && surroundings.stdin.isTTY)
    report.say('reading records from the terminal; Ctrl-D ends them')
  if (position) report.goOn(position)
  const checkpoints = new Checkpoints(
    {
      every: flags.checkpoint,
      seconds: flags.checkpointSeconds,
      kept,
      source,
      output,
      counts: () => ({
        records: report.records,
        rejected: report.rejected,
        alarms: report.alarms,
        ...(report.features === undefined ? {} : { features: report.features }),
      }),
      onFailure: ({ message }) =>
        report.error(`${message}; reading goes on, and the next checkpoint tries again`),
    },
    position,
  )
  if (kept.saves && !position && (flags.resume || flags.output !== undefined)) await checkpoints.take()
  return { kept, source, output, messages, report, checkpoints, position }
}

/** One model for all records, or one for each key. */
async function openFor(task: Task, report: Report): Promise<Kept> {
  const { flags } = task
  const ends = {
    notice: (notice: Notice) => report.notice(notice),
    error: (message: string) => report.error(message),
  }
  const { key } = flags
  if (key === undefined) return openKept(flags, ends)
  // Nobody else has to wait for the store to be loaded.
  const { openKeptBank } = await import('./keys/kept-bank.ts').catch(explainAbsence('lmdb', '--key'))
  return openKeptBank({ ...flags, key }, assignmentOf(task), ends)
}

/** The last checkpoint, once the output has left. */
async function finish(ends: Opened, flags: Task['flags']): Promise<void> {
  const { kept, checkpoints, output, report, source } = ends
  if (!checkpoints.isDue) {
    await output.flush()
    return
  }
  // Nobody can read a pipe again: what was learned from it is kept, even if its answers have reached nobody.
  const once = !flags.resume && source.positionBefore(0).tail === undefined
  const saved = await checkpoints.take(once && !output.failure)
  if (saved || !kept.saves) return
  report.error(
    `the output was not taken to its end: ${flags.model} stays as it was at its last checkpoint, and --resume goes on from there`,
  )
}

/** Which experts work together; nothing while warming up. */
function expertsOf({ detector }: Kept): string {
  const families = detector.describeExperts().map(({ experts, weight, fields }) => {
    const count = fields.length === 1 ? '1 field' : `${fields.length} fields`
    return `${experts} on ${count} (weight ${Number(weight.toPrecision(3))})`
  })
  return families.length === 0 ? '' : `experts: ${families.join(', ')}`
}
