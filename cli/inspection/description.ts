/** What a model file holds, as one object. */
import { statSync } from 'node:fs'
import { Detector, type FamilyOptions, familyNamed, readSafetensors } from '../../pipeline/index.ts'
import { type Position, positionFrom } from '../io/position.ts'

/** An array of the file. */
export interface TensorEntry {
  readonly name: string
  /** As safetensors names it, such as F32. */
  readonly type: string
  readonly shape: readonly number[]
  readonly bytes: number
}

export interface Description {
  readonly file: string
  readonly bytes: number
  /** Of the format of model files. */
  readonly version: string
  /** Records learned. */
  readonly learned: number
  /** Are the fields settled, or will the next records still count for what they are? */
  readonly settled: boolean
  /** All options of the detector, and those of them that are not the defaults. */
  readonly options: Readonly<Record<string, unknown>>
  readonly changed: Readonly<Record<string, unknown>>
  readonly experts: readonly {
    readonly experts: string
    readonly weight: number
    readonly muted: boolean
    readonly fields: readonly string[]
    readonly options: FamilyOptions
    /** Options that are not the family's own for streams. */
    readonly changed: FamilyOptions
    /** Of its parameters, and whatever else learning goes on from. */
    readonly bytes: number
  }[]
  readonly fields: ReturnType<Detector['describe']>
  /** `scores` of at most `capacity` are what p-values are counted from. */
  readonly calibration: { readonly alpha: number; readonly scores: number; readonly capacity: number }
  /** What the command line has counted, and where its stream stands; null in files that the library wrote. */
  readonly stream: Pick<Position, 'records' | 'rejected' | 'alarms' | 'line'> | null
  readonly tensors: readonly TensorEntry[]
}

const TYPES: readonly (readonly [type: unknown, name: string])[] = [
  [Float64Array, 'F64'],
  [Float32Array, 'F32'],
  [Int32Array, 'I32'],
  [Uint32Array, 'U32'],
  [Uint8Array, 'U8'],
]

function tensorsIn(content: Uint8Array): TensorEntry[] {
  return Object.entries(readSafetensors(content).tensors).map(([name, { shape, data }]) => ({
    name,
    type: TYPES.find(([type]) => data.constructor === type)?.[1] ?? '?',
    shape,
    bytes: data.byteLength,
  }))
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** What of `given` is not as in `usual`. */
function changedIn<T extends object>(given: T, usual: object): Partial<T> {
  const entries = Object.entries(given).filter(
    ([name, value]) => !isSame(value, (usual as Record<string, unknown>)[name]),
  )
  return Object.fromEntries(entries) as Partial<T>
}

function expertsIn(detector: Detector, tensors: readonly TensorEntry[]): Description['experts'] {
  const summaries = detector.describeExperts()
  return detector.views.map(({ product, weight, isMuted }, index) => {
    const { streamOptions, create } = familyNamed(product.family)
    const usual = create(product.visible, { ...streamOptions, seed: detector.options.seed }, {}, true)
    const own = tensors.filter(({ name }) => name.startsWith(`members.${index}.product.`))
    const changed = changedIn(product.options, usual.options) as FamilyOptions
    usual.release()
    return {
      experts: product.family,
      weight,
      muted: isMuted,
      fields: summaries[index].fields,
      options: product.options,
      changed,
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
    }
  })
}

/** Of the detector that a file's content holds. */
export function describe(file: string, content: Uint8Array, detector: Detector): Description {
  const tensors = tensorsIn(content)
  const fresh = new Detector()
  const position = positionFrom(detector.position)
  const { calibration, learned, isSettled: settled, options } = detector
  return {
    file,
    bytes: statSync(file).size,
    version: readSafetensors(content).metadata.version,
    learned,
    settled,
    options: { ...options },
    changed: changedIn(options, fresh.options),
    experts: expertsIn(detector, tensors),
    fields: detector.describe(),
    calibration: { alpha: options.alpha, ...calibration },
    stream: position
      ? {
          records: position.records,
          rejected: position.rejected,
          alarms: position.alarms,
          line: position.line,
        }
      : null,
    tensors,
  }
}
