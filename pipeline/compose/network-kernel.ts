/** A network in the memory of its kernel: see assembly/network.ts. */
import embedded from '#kernels/network'
import { checkWithin, LARGEST_PARAMETER } from '../bounds.ts'
import type { Kernels, Tensors } from '../experts/product.ts'
import { type Kernel, openKernel, type Place } from '../kernel.ts'
import { checkFinite, checkTensor, type TensorRule, VIEWS } from '../kernel-family.ts'
import { checkKernels } from '../kernel-source.ts'
import { NETWORK_OPTIONS, type NetworkSettings } from './network-options.ts'

interface NetworkExports {
  learn(model: number, row: number, label: number): number
  learnMany(model: number, rows: number, labels: number, count: number): number
  predict(model: number, row: number, out: number): number
  transform(model: number, row: number, layer: number, out: number): number
}

const NAMES = [
  ...['memory', 'family', 'create', 'release', 'staging', 'learn', 'learnMany', 'predict', 'transform'],
  ...['places', 'placeCount', 'limit', 'magnitude', 'checksum'],
]

/** The arrays of a layer in the order of the kernel's table. */
const ARRAYS = [
  'weights',
  'biases',
  'velocity.weights',
  'velocity.biases',
  'gradient.weights',
  'gradient.biases',
]

export class NetworkKernel {
  readonly sizes: readonly number[]
  readonly #kernel: Kernel
  readonly #places: readonly Place[]
  #model: number

  /** @param sizes n_0 values of a row, units of the hidden layers, classes */
  constructor(sizes: readonly number[], settings: NetworkSettings, kernels?: Kernels, blank = false) {
    checkKernels(kernels)
    this.sizes = sizes
    this.#kernel = openKernel('network', embedded, kernels?.network, NAMES)
    const pairs = Int32Array.from(sizes.flatMap(size => [0, size]))
    const options = Float64Array.from(NETWORK_OPTIONS, ({ name }) =>
      Number(settings[name as keyof NetworkSettings]),
    )
    this.#model = this.#kernel.create(pairs, options, blank)
    this.#places = this.#kernel.places(this.#model)
  }

  /** Rows learned, and those of them that wait for their batch to be full. */
  get counters(): readonly [learned: number, pending: number] {
    this.#checkAlive()
    const [learned, pending] = new Float64Array(this.#kernel.buffer, this.#places[0].pointer, 2)
    return [learned, pending]
  }

  /** Whether it was learned: not when a value is infinite, nor when the network has diverged. */
  learn(row: Float32Array, label: number): boolean {
    const at = this.#stage(row, 0)
    return this.#exports.learn(this.#model, at, label) !== 0
  }

  /** The number of rows that were learned before one was refused. */
  learnMany(rows: Float32Array, labels: Int32Array): number {
    const at = this.#stage(rows, labels.length)
    new Int32Array(this.#kernel.buffer, at + rows.byteLength, labels.length).set(labels)
    return this.#exports.learnMany(this.#model, at, at + rows.byteLength, labels.length)
  }

  /** What comes out of a layer of units, 0 being the first hidden one; null when the row has an infinite value. */
  answer(row: Float32Array, layer: number): Float32Array | null {
    const count = this.sizes[layer + 1]
    const at = this.#stage(row, count)
    const out = at + row.byteLength
    const isTop = layer === this.sizes.length - 2
    const answered = isTop
      ? this.#exports.predict(this.#model, at, out)
      : this.#exports.transform(this.#model, at, layer, out)
    return answered ? this.#kernel.read(out, count) : null
  }

  /** All state by name: `counters`, and `layers.l.weights` (n_l, n_l+1) and so on. */
  tensors(): Tensors {
    this.#checkAlive()
    const tensors: Tensors = {}
    for (const { name, type, place } of this.#arrays()) {
      const data = new VIEWS[type](rowsOf(place) * place.columns)
      for (const { view, at } of this.#pieces(place, type)) data.set(view, at)
      tensors[name] = { shape: shapeOf(place), data }
    }
    return tensors
  }

  /** Put back what `tensors` gave. Nothing changes when it is refused. */
  restore(tensors: Tensors, batch: number): void {
    this.#checkAlive()
    const arrays = this.#arrays()
    const names = Object.keys(tensors)
    if (names.length !== arrays.length || !arrays.every(({ name }) => names.includes(name)))
      throw new RangeError(
        `Expected the tensors ${arrays.map(({ name }) => name).join(', ')}, got ${names.join(', ')}.`,
      )
    for (const { name, place, type } of arrays) {
      const tensor = tensors[name]
      checkTensor({ name, type }, shapeOf(place), tensor)
      const magnitude = tensor.data instanceof Float32Array ? this.#kernel.magnitude(tensor.data) : undefined
      checkFinite(name, tensor, magnitude)
      if (magnitude !== undefined) checkWithin(name, magnitude, LARGEST_PARAMETER)
    }
    const [learned, pending] = tensors.counters.data
    const isSound =
      Number.isSafeInteger(learned) && Number.isSafeInteger(pending) && pending >= 0 && pending <= learned
    if (!isSound || pending >= Math.max(1, batch))
      throw new RangeError(
        `Expected rows learned and fewer than ${batch} of them that wait, got ${learned}, ${pending}.`,
      )
    for (const { name, type, place } of arrays)
      for (const { view, at } of this.#pieces(place, type))
        view.set(tensors[name].data.subarray(at, at + view.length))
  }

  release(): void {
    if (this.#model !== 0) this.#kernel.release(this.#model)
    this.#model = 0
  }

  get #exports(): NetworkExports {
    return this.#kernel.exports as unknown as NetworkExports
  }

  #checkAlive(): void {
    if (this.#model === 0)
      throw new TypeError('Expected a network in use, got one that was released; create a new one.')
  }

  #stage(rows: Float32Array, results: number): number {
    this.#checkAlive()
    const at = this.#kernel.stage(rows.length + results)
    this.#kernel.write(at, rows)
    return at
  }

  /** The arrays that this network has. */
  #arrays(): (TensorRule & { place: Place })[] {
    return this.#places
      .map((place, n): TensorRule & { place: Place } => {
        if (n === 0) return { name: 'counters', type: 'F64', place }
        const layer = Math.floor((n - 1) / ARRAYS.length)
        return { name: `layers.${layer}.${ARRAYS[(n - 1) % ARRAYS.length]}`, type: 'F32', place }
      })
      .filter(({ place }) => place.rows > 0)
  }

  /** Where an array stands in memory, row by row. */
  #pieces(place: Place, type: TensorRule['type']) {
    const { pointer, columns, stride } = place
    return Array.from({ length: rowsOf(place) }, (_, row) => ({
      view: new VIEWS[type](this.#kernel.buffer, pointer + row * stride, columns),
      at: row * columns,
    }))
  }
}

const rowsOf = ({ rows, stride }: Place) => (stride === 0 ? 1 : rows)
const shapeOf = ({ rows, columns, stride }: Place) => (stride === 0 ? [columns] : [rows, columns])
