/**
 * The only file that knows WebAssembly: from a family's binaries to a running instance and its memory.
 *
 * A binary has no imports and is instantiated once; all models of a family live in that instance, each in a block of
 * its own. The exports are documented in assembly/experts/rbm.ts and are the same for every family.
 */
import { instantiateSync } from '@assemblyscript/loader'
import { KernelMemoryError } from './errors.ts'
import type { KernelSource } from './experts/product.ts'
import { reclaim, restrain, takeNotice } from './kernel-memory.ts'

/** Addresses and sizes in bytes. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory
  /** The first four letters of the family's name, the first in the lowest byte. */
  readonly family: WebAssembly.Global
  create(groups: number, groupCount: number, options: number, blank: number): number
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
  placeCount(model?: number): number
  limit(bytes: number): void
  magnitude(values: number, count: number): number
  checksum(bytes: number, count: number, sum: number): number
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
  /** The parts of an update, in families whose products can be put together with others: see assembly/experts/rbm.ts. */
  walk?(model: number, states: number, count: number, sweeps: number, random: number): number
  learnPair?(model: number, row: number, reconstruction: number): number
  addConditional?(
    model: number,
    state: number,
    linear: number,
    precision: number,
    lower: number,
    upper: number,
    full: number,
    random: number,
  ): number
  couples?(model: number): number
  gradient?(model: number, row: number, out: number): number
  live?(on: number): void
  /** The way down from features, in families that can be a layer of a stack. */
  descend?(model: number, features: number, out: number): void
}

/** The names that every family exports. */
export const EXPORTS: readonly (keyof KernelExports)[] = [
  'memory',
  'family',
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
  'limit',
  'magnitude',
  'checksum',
]

/** The names that a family may export besides. */
export const OPTIONAL_EXPORTS: readonly (keyof KernelExports)[] = [
  'anneal',
  'walk',
  'learnPair',
  'addConditional',
  'couples',
  'gradient',
  'live',
  'descend',
]

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
/** Values that pass through the staging block at a time, where there may be any number: 512 kB. */
const STAGED = 2 ** 17

/** A running instance. */
export class Kernel {
  /** Called directly: the loader's wrappers cost five times a call. */
  exports: KernelExports
  /** The first four letters of its name. */
  readonly family: string
  readonly #module: WebAssembly.Module
  /** Models that were made and not released. */
  #models = 0
  #floats: Float32Array

  /** @param names what it has to export */
  constructor(module: WebAssembly.Module, names: readonly string[] = EXPORTS) {
    this.#module = module
    checkImports(module)
    const exports = exportsOf(module)
    const missing = names.filter(name => !(name in exports))
    if (missing.length > 0) {
      throw new TypeError(
        `Expected a WebAssembly module of a family of experts, got one that does not export ${missing.join(', ')}; ` +
          'compile it from assembly/experts/.',
      )
    }
    this.exports = exports as unknown as KernelExports
    this.family = lettersOf(this.exports.family.value)
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

  /** Has it memory that nobody uses? It cannot be given back otherwise than as a whole. */
  get isIdle(): boolean {
    return this.#models === 0
  }

  /** Begin with an instance that has no memory yet. */
  renew(): void {
    this.exports = exportsOf(this.#module) as unknown as KernelExports
    this.#floats = new Float32Array(this.exports.memory.buffer)
  }

  /** Room for `values` float32 in the staging block; its address. */
  stage(values: number): number {
    const bytes = values * 4 + SPARE_BYTES
    let pointer = this.#staging(bytes)
    if (pointer === 0 && reclaim()) pointer = this.#staging(bytes)
    if (pointer === 0) throw outOfMemory(bytes)
    return pointer
  }

  #staging(bytes: number): number {
    restrain(this)
    return bytes < 2 ** 32 ? this.exports.staging(bytes) >>> 0 : 0
  }

  /** Put `values` at `pointer`. */
  write(pointer: number, values: Float32Array): void {
    this.floats.set(values, pointer >>> 2)
  }

  /** A copy of `count` float32 from `pointer` on. */
  read(pointer: number, count: number): Float32Array {
    return this.floats.slice(pointer >>> 2, (pointer >>> 2) + count)
  }

  /** The largest |value|, NaN when one of them is. */
  magnitude(values: Float32Array): number {
    let most = 0
    for (let at = 0; at < values.length; at += STAGED) {
      const part = values.subarray(at, at + STAGED)
      const pointer = this.stage(part.length)
      this.write(pointer, part)
      most = Math.max(most, this.exports.magnitude(pointer, part.length))
    }
    return most
  }

  /** The checksum of model files, going on from `sum`. */
  checksum(sum: number, bytes: Uint8Array): number {
    let next = sum
    for (let at = 0; at < bytes.length; at += 4 * STAGED) {
      const part = bytes.subarray(at, at + 4 * STAGED)
      const pointer = this.stage(part.length / 4)
      new Uint8Array(this.buffer, pointer, part.length).set(part)
      next = this.exports.checksum(pointer, part.length, next)
    }
    return next
  }

  /** A new model. `groups`: pairs of (code of the kind, size); `options` in the order of the family's list. */
  create(groups: Int32Array, options: Float64Array, blank = false): number {
    let model = this.#create(groups, options, blank)
    if (model === 0 && reclaim()) model = this.#create(groups, options, blank)
    if (model === 0) throw outOfMemory()
    this.#models++
    return model
  }

  #create(groups: Int32Array, options: Float64Array, blank: boolean): number {
    const pointer = this.stage(options.length * 2 + groups.length)
    new Float64Array(this.buffer, pointer, options.length).set(options)
    const table = pointer + options.byteLength
    new Int32Array(this.buffer, table, groups.length).set(groups)
    return this.exports.create(table, groups.length / 2, pointer, Number(blank)) >>> 0
  }

  /** Give a model's memory back to the arena. */
  release(model: number): void {
    this.exports.release(model)
    this.#models--
  }

  /** The arrays of a model in the order of the family's list. */
  places(model: number): Place[] {
    const table = this.exports.places(model) >>> 0
    return Array.from({ length: this.exports.placeCount(model) }, (_, index) => {
      const entry = new Uint32Array(this.buffer, table + index * PLACE_BYTES, 4)
      return { pointer: entry[0], rows: entry[1], columns: entry[2], stride: entry[3] }
    })
  }
}

function outOfMemory(bytes?: number): KernelMemoryError {
  const need = bytes === undefined ? 'The model does' : `${bytes} bytes do`
  return new KernelMemoryError(
    `${need} not fit into the memory of kernels, at most 4 GiB for each family and what limitKernelMemory() allows for ` +
      'all; use fewer hidden units, chains or rows, or release models that are no longer used.',
  )
}

/** A kernel needs nothing from outside. */
function checkImports(module: WebAssembly.Module): void {
  // What embeds a runtime hands over modules of the host's, which are built with the program.
  if (!(module instanceof WebAssembly.Module)) return
  const needed = WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`)
  if (needed.length === 0) return
  throw new TypeError(
    `Expected a WebAssembly module that needs nothing from outside, got one that imports ${needed.join(', ')}; compile ` +
      'AssemblyScript with --use abort= and without what only a host has.',
  )
}

/** The loader takes modules of its own realm only; what embeds a runtime hands over modules of the host's. */
function exportsOf(module: WebAssembly.Module): WebAssembly.Exports {
  if (module instanceof WebAssembly.Module) return instantiateSync(module).instance.exports
  return new WebAssembly.Instance(module).exports
}

/** Newer engines read hexadecimal themselves. */
const { fromHex } = Uint8Array as { fromHex?(text: string): Uint8Array<ArrayBuffer> }

function decode(hexadecimal: string): Uint8Array<ArrayBuffer> {
  if (fromHex) return fromHex.call(Uint8Array, hexadecimal)
  const bytes = new Uint8Array(hexadecimal.length / 2)
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = (digit(hexadecimal, 2 * i) << 4) | digit(hexadecimal, 2 * i + 1)
  return bytes
}

/** The value of a digit, 0 to 9 or a to f. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code < 58 ? code - 48 : code - 87
}

/** The smallest module with an instruction of 128-bit SIMD: () -> v128, i32x4.splat of 0, and nothing else. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 17, 11,
])

/** Compile while the program runs. Throws what the engine lacks, or what the runtime forbids, with the remedy. */
function compile(bytes: BufferSource): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes)
  } catch (error) {
    if (!WebAssembly.validate(SIMD)) {
      throw new Error(
        'Expected an engine with WebAssembly SIMD (128 bit), got one without it; ' +
          'Node 16.4, Deno 1.9, Bun 1, Chrome 91, Firefox 89 and Safari 16.4 have it.',
        { cause: error },
      )
    }
    if (!WebAssembly.validate(bytes)) {
      throw new TypeError(
        `Expected the bytes of a WebAssembly module, got others (${(error as Error).message}); hand over what the compiler ` +
          'wrote, unchanged.',
        { cause: error },
      )
    }
    throw new Error(
      `Expected a runtime that may compile WebAssembly, got one that refuses (${(error as Error).message}); bundle ` +
        "with the condition 'workerd' or 'edge-light', hand compiled modules over as the option kernels, or allow " +
        "'wasm-unsafe-eval' in the page's content security policy.",
      { cause: error },
    )
  }
}

/** The instances, one for each source that was asked for. */
const kernels = new Map<KernelSource, Kernel>()

/**
 * The instance that all products of a family share. `own` is the source that the caller has chosen, if any: a text, which
 * is how kernels are embedded, may need what the engine lacks (relaxed SIMD), and then `embedded` runs instead.
 */
export function openKernel(
  name: string,
  embedded: KernelSource,
  own: KernelSource = embedded,
  names: readonly string[] = EXPORTS,
): Kernel {
  const kernel = kernels.get(own) ?? kernelOf(name, embedded, own, names)
  if (kernel.family !== name.slice(0, 4)) {
    throw new TypeError(
      `Expected the kernel of ${name}, got that of another family, '${kernel.family}…'; give each family its own.`,
    )
  }
  kernels.set(own, kernel)
  takeNotice(kernel)
  return kernel
}

/** Four letters in one number, the first in the lowest byte; zeros are none. */
function lettersOf(code: number): string {
  return String.fromCharCode(...[0, 8, 16, 24].map(bit => (code >> bit) & 127)).replace(/\0/g, '')
}

function kernelOf(name: string, embedded: KernelSource, own: KernelSource, names: readonly string[]): Kernel {
  if (typeof own === 'string') {
    const bytes = decode(own)
    return own !== embedded && !WebAssembly.validate(bytes)
      ? openKernel(name, embedded, embedded, names)
      : new Kernel(compile(bytes), names)
  }
  const isBytes = own instanceof ArrayBuffer || ArrayBuffer.isView(own)
  return new Kernel(isBytes ? compile(own as BufferSource) : own, names)
}
