/** The flags that commands share, and what their values may be. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import Papa from 'papaparse'
import {
  choices,
  type FamilyOptions,
  type FieldKind,
  fieldKinds as kinds,
  type Unit,
  type Units,
  unitNames,
} from '../pipeline/index.ts'
import { MAX_DEPTH } from '../pipeline/json-depth.ts'
import { MAX_LINE } from '../pipeline/ndjson/reader.ts'
import type { Format } from './io/format.ts'
import { type Address, addressOf } from './io/sources/address.ts'

/** Flags of every command that reads records. A flag without a default here was not given, or keeps the library's. */
export interface CommonFlags {
  readonly config?: string
  readonly model?: string
  readonly experts?: string
  readonly hidden?: number
  readonly units?: Units
  readonly set?: FamilyOptions
  readonly seed?: number
  readonly alpha?: number
  readonly ignore?: readonly string[]
  readonly kinds?: Readonly<Record<string, FieldKind>>
  readonly warmup?: number
  readonly protect?: number
  readonly relaxed?: boolean
  readonly format: Format | 'auto'
  readonly maxLine: number
  readonly maxDepth?: number
  readonly maxFields?: number
  readonly maxCategories?: number
  readonly strict?: boolean
  readonly quiet?: boolean
  readonly color: boolean
}

/** Flags of the commands that can be stopped and gone on with. */
export interface CheckpointFlags extends CommonFlags, KeyFlags, SourceFlags {
  readonly resume?: boolean
  readonly checkpoint?: number
  /** 0 for no checkpoints by time. */
  readonly checkpointSeconds: number
}

/** Flags of the commands that can have a model for each key. */
export interface KeyFlags {
  readonly key?: string
  /** Bytes. */
  readonly memory?: number
  readonly maxKeys?: number
  readonly workers?: number
}

/** Flags of the commands that can read what never ends. */
export interface SourceFlags {
  readonly follow?: boolean
  readonly listen?: Address
}

/** Flags of the commands that write records. */
export interface OutputFlags extends CheckpointFlags {
  readonly freeze?: boolean
  readonly output?: string
  readonly as: string
  readonly why?: number
}

const DEFAULT_CHECKPOINT_SECONDS = 30
const MOST_MEMORY = 2 ** 40
/** A line becomes a string, and V8's strings end at 2²⁹ − 24 characters. */
const MOST_BYTES = 256 << 20

/** A parser of whole numbers within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}, got '${text}'.`)
  }
}

/** A probability strictly between 0 and 1. */
export function probability(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value < 1) return value
  throw new InvalidArgumentError(`Expected a number between 0 and 1, such as 0.01, got '${text}'.`)
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** A parser of numbers of bytes such as 65536, 64K or 4M. */
export function bytesUpTo(most: number): (text: string) => number {
  return text => {
    const [, digits, unit] = /^(\d+)([kmg]?)$/i.exec(text) ?? []
    const value = Number(digits) * units[unit?.toLowerCase()]
    if (value >= 1 && value <= most) return value
    throw new InvalidArgumentError(
      `Expected a number of bytes from 1 to ${most / 2 ** 20}M, such as 65536, 64K or 4M, got '${text}'.`,
    )
  }
}

/** The length of a line. */
export const byteCount = bytesUpTo(MOST_BYTES)

/** The name of one field, which may hold commas. */
export function fieldName(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError("Expected the name of a field, such as 'label', got ''.")
}

/** Names separated by commas; a name that has one itself is quoted as in CSV. Repeated flags add up. */
export function fieldNames(text: string, previous: readonly string[] = []): string[] {
  const [names = []] = Papa.parse<string[]>(text, { delimiter: ',' }).data
  if (names.length > 0 && names.every(name => name !== '')) return [...previous, ...names]
  throw new InvalidArgumentError(`Expected names of fields separated by commas, got '${text}'.`)
}

/** Pairs such as `port=category,ratio=number`. Repeated flags add up. */
export function fieldKinds(
  text: string,
  previous: Readonly<Record<string, FieldKind>> = {},
): Record<string, FieldKind> {
  const pairs = fieldNames(text).map(pair => {
    const at = pair.lastIndexOf('=')
    const kind = kinds.find(known => known === pair.slice(at + 1))
    if (at > 0 && kind) return [pair.slice(0, at), kind] as const
    throw new InvalidArgumentError(`Expected field=kind, the kind one of ${kinds.join(', ')}, got '${pair}'.`)
  })
  return { ...previous, ...Object.fromEntries(pairs) }
}

const isUnit = (text: string): text is Unit => unitNames.some(name => name === text)

/** A unit for all numbers, such as `gaussian`, or pairs such as `size=binomial,load=gaussian`. Repeated flags add up. */
export function fieldUnits(text: string, previous?: Units): Units {
  if (isUnit(text) ? previous !== undefined : typeof previous === 'string')
    throw new InvalidArgumentError(
      `Expected one unit for all numbers, or units of fields, got '${text}' besides.`,
    )
  if (isUnit(text)) return text
  const pairs = fieldNames(text).map(pair => {
    const at = pair.lastIndexOf('=')
    const unit = pair.slice(at + 1)
    if (at > 0 && isUnit(unit)) return [pair.slice(0, at), unit] as const
    throw new InvalidArgumentError(
      `Expected ${unitNames.join(', ')} for all numbers, or field=unit, got '${pair}'.`,
    )
  })
  return { ...(previous as object), ...Object.fromEntries(pairs) }
}

/** true, false, a number, or else a text. */
function scalarOf(text: string): number | boolean | string {
  if (text === 'true' || text === 'false') return text === 'true'
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

/** Pairs such as `learningRate=0.01,centering=false`. Repeated flags add up. */
export function familyOptions(text: string, previous: FamilyOptions = {}): FamilyOptions {
  const pairs = fieldNames(text).map(pair => {
    const at = pair.indexOf('=')
    if (at > 0 && at < pair.length - 1) return [pair.slice(0, at), scalarOf(pair.slice(at + 1))] as const
    throw new InvalidArgumentError(`Expected name=value, such as learningRate=0.01, got '${pair}'.`)
  })
  return { ...previous, ...Object.fromEntries(pairs) }
}

/** A time of at most a day, in seconds. */
export function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 86_400) return value
  throw new InvalidArgumentError(`Expected seconds from 0 to 86400, such as 30 or 0.5, got '${text}'.`)
}

/** The name of a file. */
export function fileName(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError("Expected the name of a file, such as requests.veto, got ''.")
}

/** Where to listen. */
export function listenAddress(text: string): Address {
  const address = addressOf(text)
  if (address) return address
  throw new InvalidArgumentError(`Expected [host:]port, such as 9000 or 0.0.0.0:9000, got '${text}'.`)
}

/** A key of the output. */
export function outputKey(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError("Expected the name of a key, such as 'veto', got ''.")
}

/** The flags of a command that reads records. */
export function commonFlags(command: Command): Command {
  return command
    .argument('[file]', 'records as NDJSON or CSV, also in gzip or zstd; - or nothing for standard input')
    .option('-m, --model <file>', 'load this model if there is one, save it at the end', fileName)
    .addOption(
      new Option(
        '--experts <family>',
        'family of experts; auto chooses by the kinds of fields (default: auto)',
      ).choices(choices),
    )
    .option(
      '--hidden <n>',
      'hidden units of the experts that have some, or how many experts there are (default: they know)',
      wholeNumber(1, 1 << 20),
    )
    .option(
      '--units <field=unit,…>',
      `units of numbers, where the experts have several: ${unitNames.join(', ')}; one name alone is for all numbers`,
      fieldUnits,
    )
    .option(
      '--set <name=value,…>',
      'options of the experts, such as learningRate=0.01,cdSteps=5; docs/experts/ lists them',
      familyOptions,
    )
    .option('--seed <n>', 'seed of all random choices (default: 1)', wholeNumber(0, 2 ** 32 - 1))
    .option(
      '--alpha <p>',
      'an anomaly is a record with p below this (default: 0.01, or as the model has it)',
      probability,
    )
    .option('--ignore <a,b>', 'fields that are neither scored nor learned', fieldNames)
    .option('--kinds <field=kind,…>', `kinds given, not inferred: ${kinds.join(', ')}`, fieldKinds)
    .option('--warmup <n>', 'records before the first score (default: 8)', wholeNumber(1, 1 << 20))
    .option(
      '--protect <n>',
      'records for which a burst of anomalies is not learned; what lasts longer is the new normal; 0: off (default: 2000)',
      wholeNumber(0, 2 ** 32),
    )
    .option('--relaxed', 'relaxed SIMD: faster, but the last bits depend on the processor')
    .addOption(
      new Option('--format <name>', 'of the input').choices(['ndjson', 'csv', 'auto']).default('auto'),
    )
    .addOption(
      new Option('--max-line <bytes>', 'the longest line that is read, such as 64K or 4M')
        .argParser(byteCount)
        .default(MAX_LINE, '1M'),
    )
    .option(
      '--max-depth <n>',
      `objects and arrays within each other in a line of JSON (default: ${MAX_DEPTH})`,
      wholeNumber(1, 2 ** 20),
    )
    .option(
      '--max-fields <n>',
      'fields that are looked at; of more, those with the most values (default: 1024)',
      wholeNumber(1, 2 ** 14),
    )
    .option(
      '--max-categories <n>',
      'values of a field that count each for themselves; all others count as one (default: 256)',
      wholeNumber(1, 256),
    )
    .option(
      '--config <file>',
      'further flags from a file, such as {"alpha": 0.001, "ignore": ["id"]}',
      fileName,
    )
    .option('--strict', 'exit with 3 when a line was rejected')
    .option('--quiet', 'print only rejected lines and errors on standard error')
    .option('--no-color', 'no colors on standard error (also: NO_COLOR in the environment)')
}

/** The further flags of a command that can read what never ends. */
const sourceFlags = (command: Command): Command =>
  command
    .option('-f, --follow', 'go on when the file grows, is rotated or truncated, until a signal')
    .option(
      '--listen <[host:]port>',
      'read NDJSON from TCP clients instead of a file (default host: 127.0.0.1)',
      listenAddress,
    )

/** The further flags of a command that can be stopped and gone on with. */
export function checkpointFlags(command: Command): Command {
  return sourceFlags(commonFlags(command))
    .option('--resume', 'go on where the model file says that its stream stopped')
    .option('--checkpoint <n>', 'save the model at least every so many records', wholeNumber(1, 2 ** 32))
    .option(
      '--checkpoint-seconds <t>',
      'save the model at the latest so many seconds after a record came; 0: not by time',
      seconds,
      DEFAULT_CHECKPOINT_SECONDS,
    )
}

/** The further flags of a command that writes records. */
export function outputFlags(command: Command): Command {
  return checkpointFlags(command)
    .option('-o, --output <file>', 'write to this file instead of standard output', fileName)
    .option('--freeze', 'learn nothing and leave the model file as it is')
    .option('--as <key>', 'name of the key, or prefix of the columns, that is added', outputKey, 'veto')
}

/** The further flags of a command that can have a model for each key. */
export function keyFlags(command: Command): Command {
  return command
    .option('--key <field>', 'a model for each value of this field, such as a host or a user', fieldName)
    .option(
      '--memory <bytes>',
      'of the models of keys that are not resting on disk, such as 2G (default: 512M)',
      bytesUpTo(MOST_MEMORY),
    )
    .option(
      '--max-keys <n>',
      'keys that have a model of their own; further ones share models (default: 1000000)',
      wholeNumber(1, 2 ** 32),
    )
    .option(
      '--workers <n>',
      'threads that share the work on keys; answers and their order do not depend on it (default: 1)',
      wholeNumber(1, 64),
    )
}

/** The flag of commands that give reasons. */
export const whyFlag = (command: Command): Command =>
  command.option(
    '--why <n>',
    'most reasons for one record, 0 for none (default: 3, or as the model has it)',
    wholeNumber(0, 1 << 20),
  )
