/**
 * A detector at rest ⇄ a model file. What is large stands as tensors, all else as JSON in the metadata. Every value is
 * checked for its type here, and for its meaning by whoever restores it.
 */
import type { FieldState } from '../encoders/record.ts'
import { ModelFileError } from '../errors.ts'
import type { FamilyOptions, FieldKind, Tensors } from '../experts/product.ts'
import type { DataRecord } from '../records.ts'
import type { ReferenceState } from '../reference.ts'
import { checksumOf } from './checksum.ts'
import { type Metadata, readSafetensors, writeSafetensors } from './safetensors.ts'

/** `format` of the metadata. */
const FORMAT = 'veto'
/** Raised when a file of the old version can no longer be continued bit for bit. */
export const FORMAT_VERSION = '1'

/** Options that belong to the model and not to the one who uses it. */
export interface StoredOptions {
  readonly experts: string
  readonly family: FamilyOptions
  readonly seed: number
  readonly alpha: number
  readonly ignore: readonly string[]
  readonly kinds: Readonly<Record<string, FieldKind>>
  readonly warmup: number
  readonly why: number
}

/** Encoder, product and reference as they stand. */
export interface ModelState {
  readonly fields: readonly FieldState[]
  /** Every option of the product. */
  readonly options: FamilyOptions
  readonly product: Tensors
  readonly reference: ReferenceState
  /** For each field, the recent share of values beyond its range. */
  readonly beyond: Float64Array
}

export interface DetectorState {
  readonly options: StoredOptions
  readonly learned: number
  /** The first records, until the layout is settled. */
  readonly buffer: readonly DataRecord[] | null
  /** null while warming up. */
  readonly model: ModelState | null
  /** Scores that p-values are counted from, the oldest first. */
  readonly scores: Float64Array
}

const PRODUCT = 'product.'
const vector = (data: Float64Array | Uint32Array | Uint8Array) => ({ shape: [data.length], data })

function modelTensors({ product, reference, beyond }: ModelState): Tensors {
  const count = reference.energies.length
  const named = Object.entries(product).map(([name, tensor]) => [PRODUCT + name, tensor])
  return {
    ...Object.fromEntries(named),
    'reference.rows': {
      shape: [count, count === 0 ? 0 : reference.rows.length / count],
      data: reference.rows,
    },
    'shift.beyond': vector(beyond),
    'reference.tails': vector(reference.tails),
    'reference.energies': vector(reference.energies),
    'reference.random': vector(reference.random),
    'reference.counters': vector(reference.counters),
  }
}

/** The model file of a detector. */
export function writeCheckpoint(state: DetectorState): Uint8Array<ArrayBuffer> {
  const { options, learned, buffer, model, scores } = state
  const metadata: Record<string, string> = {
    format: FORMAT,
    version: FORMAT_VERSION,
    options: JSON.stringify(options),
    learned: String(learned),
  }
  const tensors: Tensors = { 'calibration.scores': vector(scores) }
  if (model) {
    metadata.fields = JSON.stringify(model.fields)
    metadata.product = JSON.stringify(model.options)
    Object.assign(tensors, modelTensors(model))
  }
  if (buffer) tensors['buffer.records'] = vector(new TextEncoder().encode(JSON.stringify(buffer)))
  return writeSafetensors(tensors, { ...metadata, checksum: checksumOf(tensors, metadata) })
}

function refuse(expected: string, got: string): never {
  throw new ModelFileError(`Expected a model file with ${expected}, got ${got}; learn a new model.`)
}

function parse(text: string | undefined, what: string): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    refuse(`${what} in JSON`, text === undefined ? 'none' : JSON.stringify(text.slice(0, 40)))
  }
}

type Check = (value: unknown) => boolean
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText: Check = value => typeof value === 'string'
const isNumber: Check = value => Number.isFinite(value)
const isCount: Check = value => Number.isSafeInteger(value) && Number(value) >= 0
const isKind: Check = value => value === 'number' || value === 'category' || value === 'boolean'
const isScalar: Check = value => isText(value) || isNumber(value) || typeof value === 'boolean'
const listOf =
  (check: Check): Check =>
  value =>
    Array.isArray(value) && value.every(check)
const mapOf =
  (check: Check): Check =>
  value =>
    isObject(value) && Object.values(value).every(check)
/** An object with exactly these members. */
const shapeOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  value =>
    isObject(value) &&
    Object.keys(value).length === Object.keys(checks).length &&
    Object.entries(checks).every(([name, check]) => Object.hasOwn(value, name) && check(value[name]))

const isOptions = shapeOf({
  experts: isText,
  family: mapOf(isScalar),
  seed: isCount,
  alpha: isNumber,
  ignore: listOf(isText),
  kinds: mapOf(isKind),
  warmup: isCount,
  why: isCount,
})
const isEncoderState = mapOf(
  value => isText(value) || isNumber(value) || listOf(isText)(value) || listOf(isNumber)(value),
)
const isFields = listOf(shapeOf({ name: isText, encoding: isText, state: isEncoderState }))
const isRecords = listOf(mapOf(isScalar))

function read<T>(text: string | undefined, what: string, check: Check): T {
  const value = parse(text, what)
  if (!check(value)) refuse(`sound ${what}`, JSON.stringify(value).slice(0, 120))
  return value as T
}

function checkFormat({ format, version }: Metadata): void {
  if (format !== FORMAT) {
    refuse(`format '${FORMAT}' in its metadata`, format === undefined ? 'none' : JSON.stringify(format))
  }
  if (version !== FORMAT_VERSION) {
    refuse(
      `format version ${FORMAT_VERSION}, which this version of Veto reads`,
      version === undefined ? 'none' : JSON.stringify(version),
    )
  }
}

/** A file without a checksum was made by hand, which is allowed; one with a wrong one is damaged. */
function checkSum(tensors: Tensors, metadata: Metadata): void {
  const computed = checksumOf(tensors, metadata)
  const { checksum = computed } = metadata
  if (checksum !== computed)
    refuse(`the checksum that it says it has, ${checksum}`, `${computed}: it is damaged`)
}

/** Takes named tensors out of a file, and knows what is left. */
class TensorReader {
  readonly #left: Map<string, Tensors[string]>

  constructor(tensors: Tensors) {
    this.#left = new Map(Object.entries(tensors))
  }

  take<T>(name: string, kind: abstract new (...args: never[]) => T): T {
    const tensor = this.#left.get(name)
    if (!(tensor?.data instanceof kind)) {
      refuse(`a tensor '${name}' as ${kind.name}`, tensor ? tensor.data.constructor.name : 'none')
    }
    this.#left.delete(name)
    return tensor.data
  }

  takeAll(prefix: string): Tensors {
    const taken = [...this.#left].filter(([name]) => name.startsWith(prefix))
    for (const [name] of taken) this.#left.delete(name)
    return Object.fromEntries(taken.map(([name, tensor]) => [name.slice(prefix.length), tensor]))
  }

  has(name: string): boolean {
    return this.#left.has(name)
  }

  finish(): void {
    if (this.#left.size > 0) refuse('no tensors but its own', [...this.#left.keys()].join(', ').slice(0, 120))
  }
}

function readModel(metadata: Metadata, tensors: TensorReader): ModelState {
  return {
    fields: read(metadata.fields, 'fields', isFields),
    options: read(metadata.product, 'options of the product', mapOf(isScalar)),
    product: tensors.takeAll(PRODUCT),
    beyond: tensors.take('shift.beyond', Float64Array),
    reference: {
      rows: tensors.take('reference.rows', Float32Array),
      tails: tensors.take('reference.tails', Float64Array),
      energies: tensors.take('reference.energies', Float64Array),
      random: tensors.take('reference.random', Uint32Array),
      counters: tensors.take('reference.counters', Float64Array),
    },
  }
}

function readBuffer(bytes: Uint8Array): DataRecord[] {
  return read(new TextDecoder().decode(bytes), 'records of the warm-up', isRecords)
}

/** What a model file holds. Throws a ModelFileError when it is none, or of another version. */
export function readCheckpoint(file: Uint8Array): DetectorState {
  const { tensors, metadata } = readSafetensors(file)
  checkFormat(metadata)
  checkSum(tensors, metadata)
  const reader = new TensorReader(tensors)
  const state: DetectorState = {
    options: read(metadata.options, 'options', isOptions),
    learned: read(metadata.learned, 'number of records', isCount),
    buffer: reader.has('buffer.records') ? readBuffer(reader.take('buffer.records', Uint8Array)) : null,
    model: metadata.fields === undefined ? null : readModel(metadata, reader),
    scores: reader.take('calibration.scores', Float64Array),
  }
  reader.finish()
  return state
}
