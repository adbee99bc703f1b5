/**
 * A detector at rest ⇄ a model file. What is large stands as tensors, all else as JSON in the metadata. Every value is
 * checked for its type here, and for its meaning by whoever restores it.
 */
import { isRowCount } from '../bounds.ts'
import { fieldKinds } from '../encoders/kinds.ts'
import type { FamilyOptions, FieldKind, Tensors } from '../experts/product.ts'
import type { Kept } from '../member.ts'
import type { ModelState } from '../model.ts'
import type { ProtectionState, Treatment } from '../protection.ts'
import type { DataRecord } from '../records.ts'
import { areUsual, type Units } from '../units.ts'
import { type AddWords, checksumLike, checksumOf } from './checksum.ts'
import { checkFormat } from './formats.ts'
import {
  type Check,
  isCount,
  isNumber,
  isScalar,
  isText,
  listOf,
  mapOf,
  parse,
  read,
  refuse,
  shapeOf,
} from './json.ts'
import { FORMAT_VERSION, migrate } from './migrations/index.ts'
import type { Content } from './migrations/migration.ts'
import {
  type Described,
  modelTensors,
  protectionTensors,
  readMember,
  readProtection,
} from './model-tensors.ts'
import { positionText } from './position.ts'
import { type Metadata, readSafetensors, writeSafetensors } from './safetensors.ts'
import { TensorReader } from './tensor-reader.ts'
import { prefixed, vector } from './tensors.ts'

/** `format` of the metadata. */
const FORMAT = 'veto'

/** Options that belong to the model and not to the one who uses it. */
export interface StoredOptions {
  readonly experts: string
  readonly family: FamilyOptions
  readonly seed: number
  readonly alpha: number
  readonly ignore: readonly string[]
  readonly kinds: Readonly<Record<string, FieldKind>>
  readonly warmup: number
  readonly protect: number
  /** Absent in files that were written before there were limits to choose. */
  readonly maxFields?: number
  readonly maxCategories?: number
  /** Absent when they are the families' own. */
  readonly units?: Units
  readonly why: number
}

export interface DetectorState {
  readonly options: StoredOptions
  readonly learned: number
  /** Where the stream stands: a JSON value, or undefined. */
  readonly position: unknown
  /** The first records, until the layout is settled. */
  readonly buffer: readonly Kept[] | null
  /** null while warming up. */
  readonly model: ModelState | null
  /** Scores that p-values are counted from, the oldest first. */
  readonly scores: Float64Array
  readonly protection: ProtectionState
}

/** As numbers in a file. */
const TREATMENTS: readonly Treatment[] = ['learn', 'gate', 'hold']

const bufferTensors = (buffer: readonly Kept[]): Tensors =>
  prefixed('buffer.', {
    records: vector(new TextEncoder().encode(JSON.stringify(buffer.map(({ record }) => record)))),
    treatments: vector(Uint8Array.from(buffer, ({ treatment }) => TREATMENTS.indexOf(treatment))),
  })

/** Without what other versions know nothing of, where it says nothing. */
function asStored({ units = {}, ...options }: StoredOptions): StoredOptions {
  return areUsual(units) ? options : { ...options, units }
}

/** The model file of a detector. */
export function writeCheckpoint(state: DetectorState): Uint8Array<ArrayBuffer> {
  const { options, learned, position, buffer, model, scores, protection } = state
  const metadata: Record<string, string> = {
    format: FORMAT,
    version: FORMAT_VERSION,
    options: JSON.stringify(asStored(options)),
    learned: String(learned),
  }
  const stands = positionText(position)
  if (stands !== undefined) metadata.position = stands
  const tensors: Tensors = { 'calibration.scores': vector(scores), ...protectionTensors(protection) }
  if (model) {
    const described = model.members.map(({ family, weight, fields, options }) => ({
      family,
      weight,
      fields,
      options,
    }))
    metadata.members = JSON.stringify(described)
    Object.assign(tensors, modelTensors(model))
  }
  if (buffer) Object.assign(tensors, bufferTensors(buffer))
  return writeSafetensors(tensors, { ...metadata, checksum: checksumOf(tensors, metadata) })
}

/** Exponents of families, the largest of which are numbers of fields. */
const LARGEST_WEIGHT = 2 ** 24
const isWeight: Check = value => isNumber(value) && Number(value) > 0 && Number(value) <= LARGEST_WEIGHT
const isKind: Check = value => fieldKinds.includes(value as FieldKind)

const isOptions = shapeOf(
  {
    experts: isText,
    family: mapOf(isScalar),
    seed: isCount,
    alpha: isNumber,
    ignore: listOf(isText),
    kinds: mapOf(isKind),
    warmup: isCount,
    protect: isCount,
    why: isCount,
  },
  { maxFields: isCount, maxCategories: isCount, units: value => isText(value) || mapOf(isText)(value) },
)
const isEncoderState = mapOf(
  value => isText(value) || isNumber(value) || listOf(isText)(value) || listOf(isNumber)(value),
)
const isFields = listOf(shapeOf({ name: isText, encoding: isText, state: isEncoderState }))
const isMembers = listOf(
  shapeOf({ family: isText, weight: isWeight, fields: isFields, options: mapOf(isScalar) }),
)
const isRecords = listOf(mapOf(isScalar))

/**
 * Who goes over the words of a file whose members are described so. In a program that has just begun loops over a million
 * bytes are interpreted, and a kernel, which is about to be needed, takes a twentieth of the time.
 */
export type AdderFor = (members: string) => AddWords | undefined

/** A file without a checksum was made by hand, which is allowed; one with a wrong one is damaged. */
function checkSum({ tensors, metadata }: Content, adderFor?: AdderFor): void {
  const { checksum } = metadata
  if (checksum === undefined) return
  const computed = checksumLike(checksum, tensors, metadata, adderFor?.(metadata.members ?? ''))
  if (checksum !== computed)
    refuse(`the checksum that it says it has, ${checksum}`, `${computed}: it is damaged`)
}

function readModel({ members }: Metadata, tensors: TensorReader): ModelState {
  const described = read<Described[]>(members, 'members', isMembers)
  if (described.length === 0) refuse('at least one family of experts', 'none')
  const families = described.map(({ family }) => family)
  if (new Set(families).size < families.length)
    refuse('every family of experts once', families.join(', ').slice(0, 120))
  return { members: described.map((member, index) => readMember(member, index, tensors)) }
}

function readBuffer(tensors: TensorReader): Kept[] {
  const bytes = tensors.take('buffer.records', Uint8Array)
  const treatments = tensors.take('buffer.treatments', Uint8Array)
  const records = read<DataRecord[]>(new TextDecoder().decode(bytes), 'records of the warm-up', isRecords)
  if (treatments.length !== records.length || treatments.some(number => number >= TREATMENTS.length)) {
    refuse(`${records.length} treatments of records from 0 to 2`, `${treatments.length}`)
  }
  return records.map((record, index) => ({ record, treatment: TREATMENTS[treatments[index]] }))
}

function readPosition({ position }: Metadata): unknown {
  if (position === undefined) return undefined
  const value = parse(position, 'a position')
  try {
    positionText(value)
  } catch (error) {
    refuse(
      'a position as detectors save it',
      `another one (${error instanceof Error ? error.message : error})`,
    )
  }
  return value
}

/** What a model file of any readable version holds. Throws a ModelFileError when it is none, or of another version. */
export function readCheckpoint(file: Uint8Array, adderFor?: AdderFor): DetectorState {
  const content = readSafetensors(file)
  checkFormat(content.metadata.format, FORMAT)
  checkSum(content, adderFor)
  const { tensors, metadata } = migrate(content)
  const reader = new TensorReader(tensors)
  const state: DetectorState = {
    options: read(metadata.options, 'options', isOptions),
    learned: read(
      metadata.learned,
      'number of records',
      value => isNumber(value) && isRowCount(Number(value)),
    ),
    position: readPosition(metadata),
    buffer: reader.has('buffer.records') ? readBuffer(reader) : null,
    model: metadata.members === undefined ? null : readModel(metadata, reader),
    scores: reader.take('calibration.scores', Float64Array),
    protection: readProtection(reader),
  }
  reader.finish()
  return state
}
