/**
 * A greedy stack of Boltzmann machines (Hinton 2002, section 10.3; Hinton, Osindero and Teh 2006): each learns on the
 * activation probabilities of the one below. Every layer gives a row a score of its own.
 */
import type { Product, Row, Rows, Tensors, VisibleGroup } from '../experts/product.ts'
import { Random } from '../random.ts'
import { checkCount, checkRow, eachRow, joined } from '../rows.ts'
import { readComposed, writeComposed } from '../state/composed.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import type { StackLayer } from './stack-layer.ts'
import { checkSizes, isStackDescription, layersOf, type StackDescription } from './stack-layers.ts'
import { type StackOptions, type StackSettings, seedOf, settingsOf, stackOptionsOf } from './stack-options.ts'

const FORMAT = 'veto-stack'

export class Stack {
  /** D, the number of values of a row. */
  readonly width: number
  /** The visible layer, in row order. */
  readonly visible: readonly VisibleGroup[]
  /** Every option with its default filled in. */
  readonly settings: StackSettings
  readonly #layers: readonly StackLayer[]
  readonly #random: Random
  /** The layer that learns, where they learn in turn. */
  #turn = 0

  /**
   * @param visible the groups of the rows: `bernoulli`, `softmax`, `real` and `count`
   * @param options its layers, and when each of them learns
   * @throws TypeError and RangeError for options and groups that are not allowed
   */
  constructor(visible: readonly VisibleGroup[], options: StackOptions) {
    this.settings = settingsOf(options)
    this.#layers = layersOf(visible, this.settings, options.kernels)
    const [{ product }] = this.#layers
    this.visible = product.visible
    this.width = product.width
    this.#random = new Random(seedOf(this.settings.seed, this.#layers.length))
  }

  /** The products, the bottom one first. What they learn by themselves the stack knows nothing of. */
  get products(): readonly Product[] {
    return this.#layers.map(({ product }) => product)
  }

  /** Rows that each layer has learned, the bottom one first. */
  get learned(): readonly number[] {
    return this.#layers.map(({ learned }) => learned)
  }

  /** The layer that learns, counted from 0, where they learn in turn; 0 where all do. */
  get turn(): number {
    return this.#turn
  }

  /**
   * Start from B rows: biases, offsets and chains of every layer that learns now; without it each starts from the first
   * `initialRows` rows that come. Those of them that have come already, and wait, are learned then.
   */
  initialise(rows: Rows): void {
    eachRow(rows, this.width, (row, of) => checkRow(row, this.width, this.visible, of))
    const last = this.settings.learning === 'together' ? this.#layers.length - 1 : this.#turn
    let input = rows
    for (let l = 0; l <= last; l++) {
      const { product } = this.#layers[l]
      if (l >= this.#turn) this.#layers[l].initialise(input, row => this.#passOn(l, row))
      if (l < last) input = featuresOf(product, input)
    }
    this.#advanceWhenDue()
  }

  /** One update of each layer that learns now. A refused row changes nothing. */
  learnOne(row: Row): void {
    if (this.#layers[0].gathers || this.#turn > 0) checkRow(row, this.width, this.visible)
    this.#learn(this.#turn, this.#turn === 0 ? row : this.#upTo(row, this.#turn - 1))
    this.#advanceWhenDue()
  }

  /** The same updates as `learnOne` on each of B rows in turn. */
  learnMany(rows: Rows): void {
    eachRow(rows, this.width, (row, of) => {
      checkRow(row, this.width, this.visible, of)
      this.learnOne(row)
    })
  }

  /** In turn: freeze the layer that learns and go on with the one above. At the top nothing changes. */
  advance(): void {
    if (this.settings.learning !== 'in turn')
      throw new RangeError("Expected a stack that learns 'in turn', got one whose layers learn together.")
    if (this.#turn === this.#layers.length - 1) return
    const layer = this.#layers[this.#turn]
    if (layer.gathers) layer.start(() => {})
    this.#turn++
  }

  #advanceWhenDue(): void {
    const { rowsPerLayer } = this.settings
    if (rowsPerLayer !== null && this.#layers[this.#turn].learned >= rowsPerLayer) this.advance()
  }

  #learn(layer: number, row: Row): void {
    this.#layers[layer].take(row, learned => this.#passOn(layer, learned))
  }

  /** What a layer has learned is learned by the one above, where they learn together. */
  #passOn(layer: number, learned: Row): void {
    if (this.settings.learning === 'together' && layer + 1 < this.#layers.length)
      this.#learn(layer + 1, this.#layers[layer].product.transformOne(learned))
  }

  /** The features of layer `layer`. */
  #upTo(row: Row, layer: number): Float32Array {
    return this.#layers.slice(0, layer + 1).reduce((input, { product }) => product.transformOne(input), row)
  }

  /**
   * −F of every layer, in nats up to its log Z, the bottom one first: of the row, of the features below it. Pure. Where values
   * are missing, the features say what is known of the others.
   */
  scores(row: Row): Float32Array {
    const scores = new Float32Array(this.#layers.length)
    let input = row
    for (const [l, { product }] of this.#layers.entries()) {
      scores[l] = -product.freeEnergy(input)
      if (l + 1 < scores.length) input = product.transformOne(input)
    }
    return scores
  }

  /** Features: activation probabilities of the units of a layer, by default the top one. Pure. */
  transformOne(row: Row, layer: number = this.#layers.length - 1): Float32Array {
    if (!Number.isInteger(layer) || layer < 0 || layer >= this.#layers.length)
      throw new RangeError(`Expected a layer from 0 to ${this.#layers.length - 1}, got ${layer}.`)
    return this.#upTo(row, layer)
  }

  /**
   * Mean-field: up to the top, there `steps` times up and down, and down to the bottom; what is missing is filled in.
   * D numbers. Pure.
   */
  reconstruct(row: Row, steps = 1): Float32Array {
    checkCount('steps', steps, 1)
    const top = this.#layers.length - 1
    const input = top === 0 ? row : this.#upTo(row, top - 1)
    let below = this.#layers[top].product.reconstruct(input, steps)
    for (let l = top - 1; l >= 0; l--) below = down(this.#layers[l].product, below)
    return below
  }

  /**
   * `count` × D values: Gibbs chains of `sweeps` sweeps in the top layer, from which the units of each layer below are
   * drawn, and the means of the visible ones given those. Does not disturb learning.
   */
  sample(count: number, sweeps: number): Float32Array {
    const top = this.#layers.length - 1
    const states = this.#layers[top].product.sample(count, sweeps)
    if (top === 0) return states
    const means = new Float32Array(count * this.width)
    const size = count === 0 ? 0 : states.length / count
    for (let n = 0; n < count; n++) {
      let below: Float32Array = states.slice(n * size, (n + 1) * size)
      for (let l = top - 1; l >= 0; l--) {
        for (let i = 0; i < below.length; i++) below[i] = Number(this.#random.uniform() < below[i])
        below = down(this.#layers[l].product, below)
      }
      means.set(below, n * this.width)
    }
    return means
  }

  /** The file of the stack, in safetensors (docs/file-format.md). A stack that is loaded from it goes on bit for bit. */
  save(): Uint8Array<ArrayBuffer> {
    return writeComposed(FORMAT, this.describe(), this.tensors(''))
  }

  /**
   * The stack of a file.
   * @throws ModelFileError for anything else
   */
  static load(file: Uint8Array, { kernels }: Pick<StackOptions, 'kernels'> = {}): Stack {
    return readComposed(file, FORMAT, isStackDescription, (described: StackDescription, tensors) =>
      Stack.restored(described, '', tensors, kernels),
    )
  }

  /** What describes it as a part of a file. */
  describe(): StackDescription {
    return { visible: this.visible, ...this.settings }
  }

  /** Its tensors as a part of a file, under names that begin with `prefix`. */
  tensors(prefix: string): Tensors {
    const own: Tensors = {
      [`${prefix}random`]: { shape: [4], data: this.#random.state.slice() },
      [`${prefix}turn`]: { shape: [1], data: Float64Array.of(this.#turn) },
    }
    return Object.assign(own, ...this.#layers.map((layer, l) => layer.tensors(`${prefix}layers.${l}.`)))
  }

  /** The stack that is part of a file. */
  static restored(
    { visible, ...settings }: StackDescription,
    prefix: string,
    tensors: TensorReader,
    kernels?: StackOptions['kernels'],
  ): Stack {
    const options = { ...stackOptionsOf(settings), ...(kernels && { kernels }) }
    checkSizes(visible, settingsOf(options), prefix, tensors)
    const stack = new Stack(visible, options)
    try {
      stack.#restore(prefix, tensors)
      return stack
    } catch (error) {
      stack.release()
      throw error
    }
  }

  #restore(prefix: string, tensors: TensorReader): void {
    const words = tensors.take(`${prefix}random`, Uint32Array)
    const turns = tensors.take(`${prefix}turn`, Float64Array)
    const isTurn = turns.length === 1 && Number.isInteger(turns[0]) && turns[0] >= 0
    const last = this.settings.learning === 'in turn' ? this.#layers.length - 1 : 0
    if (words.length !== 4 || words.every(word => word === 0) || !isTurn || turns[0] > last)
      throw new RangeError(
        `Expected the state of a generator and a turn up to ${last}, got ${words}; ${turns}.`,
      )
    this.#random.state.set(words)
    this.#turn = turns[0]
    for (const [l, layer] of this.#layers.entries()) {
      const { width, visible } = layer.product
      layer.restore(`${prefix}layers.${l}.`, tensors, row =>
        checkRow(row, width, visible, ' of those that wait'),
      )
    }
  }

  /** Give the memory of all layers back. The stack cannot be used afterwards. */
  release(): void {
    for (const { product } of this.#layers) product.release()
  }
}

function featuresOf(product: Product, rows: Rows): Rows {
  const features: Float32Array[] = []
  eachRow(rows, product.width, row => features.push(product.transformOne(row)))
  return joined(features, features[0]?.length ?? 0)
}

/** The means of what is below; shares of one may come out above it by a rounding. */
function down(product: Product, features: Float32Array): Float32Array {
  const { descend } = product
  if (descend) return descend(features)
  throw new TypeError('Expected a kernel of rbm that exports descend, got an older one; build it anew.')
}
