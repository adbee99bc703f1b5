/**
 * The only file that knows WebAssembly: from a family's binaries to a running instance and its memory.
 *
 * A binary has no imports and is instantiated once; all models of a family live in that instance, each in a block of
 * its own. The exports are documented in assembly/experts/rbm.ts and are the same for every family.
 */
import { instantiateSync } from '@assemblyscript/loader'
import type { KernelChoice } from './experts/product.ts'

/** Both binaries of a family in base64, as `npm run build` writes them to pipeline/binaries/. */
export interface Binaries {
  /** For every engine with 128-bit SIMD. */
  readonly plain: string
  /** For engines with relaxed SIMD as well. */
  readonly relaxed: string
}

/** Addresses and sizes in bytes. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory
  create(groups: number, groupCount: number, options: number): number
  release(model: number): void
  staging(bytes: number): number
  initialise(model: number, rows: number, count: number): number
  learn(model: number, row: number): number
  notice(model: number, row: number): number
  learnMany(model: number, rows: number, count: number): number
  freeEnergy(model: number, row: number): number
  freeEnergies(model: number, rows: number, count: number, out: number): void
  surprise(model: number, row: number, out: number): number
  conditional(model: number, row: number, group: number, out: number): number
  reconstruct(model: number, row: number, steps: number, out: number): number
  transform(model: number, row: number, out: number): number
  sample(model: number, count: number, sweeps: number, out: number): void
  places(model: number): number
  placeCount(): number
  /** Only in families whose partition function can be estimated by annealing. */
  anneal?(
    model: number,
    count: number,
    states: number,
    logWeights: number,
    base: number,
    random: number,
    temperatures: number,
    temperatureCount: number,
  ): void
}

/** The names that every family exports. */
export const EXPORTS: readonly (keyof KernelExports)[] = [
  'memory',
  'create',
  'release',
  'staging',
  'initialise',
  'learn',
  'notice',
  'learnMany',
  'freeEnergy',
  'freeEnergies',
  'surprise',
  'conditional',
  'reconstruct',
  'transform',
  'sample',
  'places',
  'placeCount',
]

/** The names that a family may export besides. */
export const OPTIONAL_EXPORTS: readonly (keyof KernelExports)[] = ['anneal']

/** Where a named array of a model stands: `rows` 0 when the model does not have it, `stride` 0 for a vector. */
export interface Place {
  readonly pointer: number
  readonly rows: number
  readonly columns: number
  /** Bytes from one row to the next. */
  readonly stride: number
}

const PLACE_BYTES = 16
/** What a kernel may read or write beyond the values it was asked for. */
const SPARE_BYTES = 16

/** A running instance. */
export class Kernel {
  /** Called directly: the loader's wrappers cost five times a call. */
  readonly exports: KernelExports
  #floats: Float32Array

  constructor(source: WebAssembly.Module | Uint8Array<ArrayBuffer>) {
    const { instance } = instantiateSync(source)
    const missing = EXPORTS.filter(name => !(name in instance.exports))
    if (missing.length > 0) {
      throw new TypeError(
        `Expected a WebAssembly module of a family of experts, got one that does not export ${missing.join(', ')}; ` +
          'compile it from assembly/experts/.',
      )
    }
    this.exports = instance.exports as unknown as KernelExports
    this.#floats = new Float32Array(this.exports.memory.buffer)
  }

  /** All memory as float32. Good until the next call that may take memory: `create` and `staging`. */
  get floats(): Float32Array {
    // When memory grows the old buffer is detached, and views of it become empty.
    if (this.#floats.length === 0) this.#floats = new Float32Array(this.exports.memory.buffer)
    return this.#floats
  }

  get buffer(): ArrayBuffer {
    return this.exports.memory.buffer as ArrayBuffer
  }

  /** Room for `values` float32 in the staging block; its address. */
  stage(values: number): number {
    const bytes = values * 4 + SPARE_BYTES
    const pointer = bytes < 2 ** 32 ? this.exports.staging(bytes) >>> 0 : 0
    if (pointer === 0) throw outOfMemory(bytes)
    return pointer
  }

  /** Put `values` at `pointer`. */
  write(pointer: number, values: Float32Array): void {
    this.floats.set(values, pointer >>> 2)
  }

  /** A copy of `count` float32 from `pointer` on. */
  read(pointer: number, count: number): Float32Array {
    return this.floats.slice(pointer >>> 2, (pointer >>> 2) + count)
  }

  /** A new model. `groups`: pairs of (code of the kind, size); `options` in the order of the family's list. */
  create(groups: Int32Array, options: Float64Array): number {
    const pointer = this.stage(options.length * 2 + groups.length)
    new Float64Array(this.buffer, pointer, options.length).set(options)
    const table = pointer + options.byteLength
    new Int32Array(this.buffer, table, groups.length).set(groups)
    const model = this.exports.create(table, groups.length / 2, pointer) >>> 0
    if (model === 0) throw outOfMemory()
    return model
  }

  /** The arrays of a model in the order of the family's list. */
  places(model: number): Place[] {
    const table = this.exports.places(model) >>> 0
    return Array.from({ length: this.exports.placeCount() }, (_, index) => {
      const entry = new Uint32Array(this.buffer, table + index * PLACE_BYTES, 4)
      return { pointer: entry[0], rows: entry[1], columns: entry[2], stride: entry[3] }
    })
  }
}

function outOfMemory(bytes?: number): RangeError {
  const need = bytes === undefined ? 'The model does' : `${bytes} bytes do`
  return new RangeError(
    `${need} not fit into the kernel's memory of at most 4 GiB; use fewer hidden units, chains or rows, ` +
      'or release models that are no longer used.',
  )
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const characters = atob(base64)
  const bytes = new Uint8Array(characters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i)
  return bytes
}

function compile(binaries: Binaries, relaxed: boolean): Kernel {
  const bytes = decode(relaxed ? binaries.relaxed : binaries.plain)
  if (relaxed && !WebAssembly.validate(bytes)) return sharedKernel(binaries, 'plain')
  if (!WebAssembly.validate(bytes)) {
    throw new Error(
      'Expected an engine with WebAssembly SIMD (128 bit), got one without it; ' +
        'Node 16.4, Deno 1.9, Chrome 91, Firefox 89 and Safari 16.4 have it.',
    )
  }
  return new Kernel(bytes)
}

const ofBinaries = new WeakMap<Binaries, Map<keyof Binaries, Kernel>>()
const ofModules = new WeakMap<WebAssembly.Module, Kernel>()

function sharedKernel(binaries: Binaries, target: keyof Binaries): Kernel {
  const kernels = ofBinaries.get(binaries) ?? new Map<keyof Binaries, Kernel>()
  ofBinaries.set(binaries, kernels)
  const kernel = kernels.get(target) ?? compile(binaries, target === 'relaxed')
  kernels.set(target, kernel)
  return kernel
}

/** The instance that all products of a family share, one for each binary in use. */
export function openKernel(binaries: Binaries, choice: KernelChoice = {}): Kernel {
  if (!choice.module) return sharedKernel(binaries, choice.relaxed ? 'relaxed' : 'plain')
  const kernel = ofModules.get(choice.module) ?? new Kernel(choice.module)
  ofModules.set(choice.module, kernel)
  return kernel
}
