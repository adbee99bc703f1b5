/** Where a command begins: what `--resume` goes on with, and what must not be overwritten. */
import { fstatSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { inputError, modelError, usageError } from './errors.ts'
import type { ReaderStart } from './io/entry.ts'
import { continuedFile, emptyFile } from './io/file-sink.ts'
import { previousOf } from './io/model-file.ts'
import type { Position } from './io/position.ts'
import { grouped, type Report } from './io/report.ts'
import { dataSink, type Output } from './io/sink.ts'
import type { Kept } from './model.ts'
import type { Task } from './session.ts'
import type { Surroundings } from './surroundings.ts'

type Flags = Task['flags']

/** @throws CommandError (usage) for flags that contradict each other */
export function checkFlags({ model, freeze, resume, checkpoint }: Flags): void {
  const asked = resume ? '--resume' : checkpoint === undefined ? undefined : '--checkpoint'
  if (asked === undefined) return
  if (model === undefined)
    throw usageError(`expected --model FILE with ${asked}: the model file says where the stream stopped`)
  if (freeze) throw usageError(`expected ${asked} without --freeze: what is frozen is not saved again`)
}

/**
 * The position to go on from; undefined for the beginning.
 * @throws CommandError (usage) for a format that is not the stream's, and for a file on standard input
 */
export function startOf(
  kept: Kept,
  { file, flags }: Task,
  { stdin }: Surroundings,
  report: Report,
): Position | undefined {
  const { resume, model, format, listen } = flags
  if (!resume) return undefined
  const { position } = kept
  if (!position) {
    if (kept.isLoaded) report.say(`${model} does not say where its stream stopped; starting at the beginning`)
    return undefined
  }
  const stream = position.reader.format
  if (format !== 'auto' && stream !== 'auto' && format !== stream)
    throw usageError(`expected --format ${stream}, in which the stream began, got ${format}`)
  // Of a pipe what comes is new. A file would be read from its beginning again, and every record answered twice.
  if (!listen && isStandardInput(file) && statOfOpen(stdin.fd)?.isFile())
    throw usageError(
      'expected a pipe or the name of a file with --resume, got a file on standard input; name it',
    )
  return position
}

/** How a reader begins that goes on from here. */
export function readerStart({ reader, line, input }: Position): ReaderStart {
  if (input.tail !== undefined) return { state: reader, line }
  // What comes through a pipe is not the rest of a line that another pipe left unended.
  const { unended: _, ...state } = reader
  return { state, line, isAnew: true }
}

/** Say where a stream goes on. */
export function announce({ records, line, input }: Position, source: string, report: Report): void {
  const next = input.tail === undefined ? ': the first one that comes is taken for the next' : ''
  report.say(`going on behind record ${grouped(records)} (line ${grouped(line)}) of ${source}${next}`)
}

/**
 * Where the records go. Nothing is written or cut off before it is certain that this is what was meant.
 * @throws CommandError (usage) for a file that is also the input or the model, (input) for one that cannot be written or
 * is not the one of the checkpoint, (model) for one whose records the model knows nothing of
 */
export function openOutput(
  { file, flags }: { file: string | undefined; flags: Pick<Flags, 'output' | 'model' | 'resume' | 'config'> },
  surroundings: Pick<Surroundings, 'stdin' | 'stdout'>,
  position?: Position,
): Output {
  const { output, model, resume, config } = flags
  if (output === undefined) return dataSink(surroundings.stdout)
  const input = isStandardInput(file) ? surroundings.stdin.fd : file
  checkApart(output, 'the input', input)
  checkApart(output, 'the file of --config', config)
  if (model !== undefined) {
    checkApart(output, 'the model', model)
    checkApart(output, 'the previous model', previousOf(model))
    if (identityOf(dirname(resolve(output))) === identityOf(model))
      throw usageError(`expected --output outside of the folder of models ${model}, got ${output}`)
  }
  const size = sizeOf(output)
  if (position?.output) return continuedFile(output, position.output)
  if (resume && size > 0) throw unknownContent(output, size, model, position)
  return emptyFile(output)
}

const isStandardInput = (file: string | undefined): boolean => file === undefined || file === '-'

/** Bytes of the file, 0 where there is none yet. */
function sizeOf(path: string): number {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (entry && !entry.isFile())
    throw usageError(
      `expected a file with --output, got ${path}, which is none; redirect standard output to it`,
    )
  return entry?.size ?? 0
}

function unknownContent(output: string, size: number, model: string | undefined, position?: Position) {
  const remedy = 'move it away, or leave --resume out to empty it'
  const had = `${output} of ${size} bytes`
  if (position)
    return inputError(
      `expected an empty --output, because the checkpoint was taken without one, got ${had}; ${remedy}`,
    )
  return modelError(
    `expected ${model} to say how much of --output to keep, got no such checkpoint and ${had}; ${remedy}`,
  )
}

/** @param other a file's name, or its descriptor; undefined for none */
function checkApart(output: string, what: string, other: string | number | undefined): void {
  const isSame = identityOf(output) === identityOf(other)
  if (isSame) throw usageError(`expected --output to be another file than ${what}, got ${output} for both`)
}

/** What all names of one file have in common; a file that is not there yet has but one name. */
function identityOf(file: string | number | undefined): string | undefined {
  const named = typeof file === 'string'
  const entry = named ? statSync(file, { throwIfNoEntry: false }) : statOfOpen(file)
  if (entry) return `${entry.dev} ${entry.ino}`
  return named ? resolve(file) : undefined
}

const statOfOpen = (descriptor: number | undefined) =>
  descriptor === undefined || descriptor < 0 ? undefined : fstatSync(descriptor)
