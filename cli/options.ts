/** The flags that commands share, and what their values may be. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { FieldKind } from '../pipeline/index.ts'
import { FORMATS, type Format } from './io/reader.ts'

/** Flags of every command that reads records. */
export interface CommonFlags {
  readonly model?: string
  readonly experts?: string
  readonly hidden?: number
  readonly seed?: number
  readonly alpha?: number
  readonly ignore?: readonly string[]
  readonly kinds?: Readonly<Record<string, FieldKind>>
  readonly warmup?: number
  readonly format: Format | 'auto'
  readonly maxLine: number
  readonly strict?: boolean
  readonly quiet?: boolean
  readonly relaxed?: boolean
}

/** Flags of the commands that write records. */
export interface OutputFlags extends CommonFlags {
  readonly as: string
  readonly freeze?: boolean
  readonly why?: number
}

function whole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}, got '${text}'.`)
  }
}

function probability(text: string): number {
  const value = Number(text)
  if (value > 0 && value < 1) return value
  throw new InvalidArgumentError(`Expected a number between 0 and 1, got '${text}'.`)
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

function bytes(text: string): number {
  const [, digits, unit] = /^(\d+)([kmg]?)$/i.exec(text) ?? []
  const value = Number(digits) * UNITS[unit?.toLowerCase() ?? '']
  if (value >= 16 && value <= 2 ** 29) return value
  throw new InvalidArgumentError(
    `Expected a number of bytes from 16 to 512M, such as 65536 or 4M, got '${text}'.`,
  )
}

function names(text: string): string[] {
  return text.split(',').filter(name => name !== '')
}

const KINDS: readonly FieldKind[] = ['number', 'category', 'boolean']

function kinds(text: string): Record<string, FieldKind> {
  const pairs = names(text).map(pair => {
    const at = pair.lastIndexOf('=')
    const kind = KINDS.find(known => known === pair.slice(at + 1))
    if (at > 0 && kind) return [pair.slice(0, at), kind] as const
    throw new InvalidArgumentError(`Expected field=kind with a kind of ${KINDS.join(', ')}, got '${pair}'.`)
  })
  return Object.fromEntries(pairs)
}

/** Add the flags that every command has. */
export function addCommonFlags(command: Command): Command {
  return command
    .argument('[file]', 'records to read, NDJSON or CSV; - or nothing is standard input')
    .option('-m, --model <file>', 'load this model if it is there, save it at the end')
    .option('--experts <family>', 'family of experts (default: rbm)')
    .option('--hidden <n>', 'hidden units, one expert each (default: 16)', whole(1, 2 ** 20))
    .option('--seed <n>', 'same seed, same input: same bytes (default: 1)', whole(0, 2 ** 32 - 1))
    .option('--alpha <p>', 'alarm rate on normal records (default: 0.01)', probability)
    .option('--ignore <a,b>', 'fields that are neither scored nor learned', names)
    .option(
      '--kinds <field=kind,…>',
      'kinds of fields (number, category, boolean) that need not be guessed',
      kinds,
    )
    .option('--warmup <n>', 'records before the first score (default: 32)', whole(1, 1024))
    .addOption(
      new Option('--format <format>', 'format of the input').choices([...FORMATS, 'auto']).default('auto'),
    )
    .option('--max-line <bytes>', 'longest line that is read, such as 65536 or 4M', bytes, 2 ** 20)
    .option('--strict', 'exit with 3 when a line was rejected')
    .option('--quiet', 'no progress and no summary on standard error')
    .option('--relaxed', 'relaxed SIMD where the engine has it: faster, rounding depends on the processor')
}

/** Add the flags of commands that write records. */
export function addOutputFlags(command: Command): Command {
  return addCommonFlags(command)
    .option('--freeze', 'do not learn, and leave the model file as it is')
    .option('--as <key>', 'key of what is added to each record', 'veto')
}

/** Add `--why`. */
export function addWhyFlag(command: Command): Command {
  return command.option('--why <n>', 'reasons for each record (default: 3)', whole(0, 1024))
}
