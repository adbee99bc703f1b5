/** The flags that commands share. */
import { type Command, Option } from 'commander'
import {
  choices,
  type FamilyOptions,
  type FieldKind,
  fieldKinds as kinds,
  type Units,
  unitNames,
} from '../pipeline/index.ts'
import { MAX_DEPTH } from '../pipeline/json-depth.ts'
import { MAX_LINE } from '../pipeline/ndjson/reader.ts'
import {
  byteCount,
  bytesUpTo,
  familyOptions,
  fieldKinds,
  fieldName,
  fieldNames,
  fieldUnits,
  fileName,
  listenAddress,
  outputKey,
  probability,
  seconds,
  wholeNumber,
} from './flag-values.ts'
import type { Format } from './io/format.ts'
import type { Address } from './io/sources/address.ts'

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
