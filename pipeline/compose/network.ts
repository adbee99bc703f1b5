/**
 * A network of sigmoid layers with a softmax on top, learned by backpropagation one labelled row at a time: a stack that is
 * fine-tuned (Hinton and Salakhutdinov 2006), or one that starts at random, to be compared with it.
 */
import { log } from '../elementary.ts'
import { DivergedError, show } from '../errors.ts'
import type { Kernels, Row, Rows, Tensors } from '../experts/product.ts'
import { checkRows } from '../rows.ts'
import { readComposed, writeComposed } from '../state/composed.ts'
import { isCount, isNumber, listOf, shapeOf } from '../state/json.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import { likeliest } from './calibration.ts'
import { isLabel, type Label } from './classifier-options.ts'
import { NetworkKernel } from './network-kernel.ts'
import { checkLayers } from './network-layers.ts'
import { type NetworkLearning, type NetworkSettings, networkSettingsOf } from './network-options.ts'

export interface NetworkOptions extends NetworkLearning {
  /** Units of each hidden layer, the bottom one first. None: multinomial logistic regression. */
  readonly hidden: readonly number[]
  /** The classes. */
  readonly classes: readonly Label[]
}

export interface NetworkPrediction {
  /** The likeliest class. */
  readonly label: Label
  /** p(class | row), in the order of `classes`. */
  readonly probabilities: Float32Array
  /** Log-odds of the likeliest class against the second, in nats; infinite where single precision has none for the second. */
  readonly margin: number
}

const FORMAT = 'veto-network'

/** Rows are handed to the kernel in blocks of about this many values: 1 MB. */
const BLOCK_VALUES = 2 ** 18

interface Description extends NetworkSettings {
  readonly sizes: readonly number[]
  readonly classes: readonly Label[]
}

const isDescription = shapeOf({
  sizes: listOf(isCount),
  classes: listOf(isLabel),
  learningRate: isNumber,
  learningRateDecay: isNumber,
  learningRateFloor: isNumber,
  momentum: isNumber,
  weightDecay: isNumber,
  batch: isNumber,
  weightScale: isNumber,
  seed: isCount,
})

export class Network {
  /** D, the number of values of a row. */
  readonly width: number
  /** Units of each hidden layer, the bottom one first. */
  readonly hidden: readonly number[]
  readonly classes: readonly Label[]
  /** Every option with its default filled in. */
  readonly settings: NetworkSettings
  readonly #kernel: NetworkKernel
  readonly #numbers: ReadonlyMap<Label, number>

  /**
   * @param width D, the number of values of a row; they should be of the order of one
   * @param options its layers, classes and how it learns
   * @param blank all weights are put back at once: `restore`
   * @throws TypeError and RangeError for options that are none
   */
  constructor(width: number, options: NetworkOptions, blank = false) {
    checkLayers(width, options)
    const { hidden, classes, ...learning } = options
    this.settings = networkSettingsOf(learning)
    this.width = width
    this.hidden = [...hidden]
    this.classes = [...classes]
    this.#numbers = new Map(classes.map((label, k) => [label, k]))
    this.#kernel = new NetworkKernel(
      [width, ...hidden, classes.length],
      this.settings,
      learning.kernels,
      blank,
    )
  }

  /** Rows that it has learned. */
  get learned(): number {
    return this.#kernel.counters[0]
  }

  /**
   * One step against the gradient of −log p(label | row), or in batches one for each of them. Missing values (NaN) count as
   * zero. A refused row changes nothing.
   * @throws RangeError for infinite values and for labels that are no class, DivergedError when weights have grown beyond all bounds
   */
  learnOne(row: Row, label: Label): void {
    this.#checkRow(row)
    if (!this.#kernel.learn(row, this.#numberOf(label))) throw refusal(row)
  }

  /** The same steps for B rows in turn; `labels`: B of them. */
  learnMany(rows: Rows, labels: ArrayLike<Label>): void {
    checkRows(rows, this.width)
    const count = rows.length / this.width
    if (labels?.length !== count)
      throw new RangeError(`Expected ${count} labels, one a row, got ${labels?.length}.`)
    const numbers = Int32Array.from({ length: count }, (_, n) => this.#numberOf(labels[n]))
    const block = Math.max(1, Math.floor(BLOCK_VALUES / this.width))
    for (let first = 0; first < count; first += block) {
      const last = Math.min(count, first + block)
      const part = rows.subarray(first * this.width, last * this.width)
      const learned = this.#kernel.learnMany(part, numbers.subarray(first, last))
      if (learned < last - first)
        throw refusal(
          part.subarray(learned * this.width, (learned + 1) * this.width),
          ` of row ${first + learned}`,
        )
    }
  }

  /** The likeliest class of a row. Pure. */
  predictOne(row: Row): NetworkPrediction {
    const probabilities = this.#answer(row, this.hidden.length)
    const best = likeliest(probabilities)
    const others = probabilities.filter((_, k) => k !== best)
    const margin = log(probabilities[best] / others[likeliest(others)])
    return { label: this.classes[best], probabilities, margin }
  }

  /** Activations of a hidden layer, by default the top one. Pure. */
  transformOne(row: Row, layer = this.hidden.length - 1): Float32Array {
    if (!Number.isInteger(layer) || layer < 0 || layer >= this.hidden.length)
      throw new RangeError(`Expected a hidden layer from 0 to ${this.hidden.length - 1}, got ${layer}.`)
    return this.#answer(row, layer)
  }

  #answer(row: Row, layer: number): Float32Array {
    this.#checkRow(row)
    const answer = this.#kernel.answer(row, layer)
    if (answer === null || answer.some(Number.isNaN)) throw refusal(row)
    return answer
  }

  #checkRow(row: Row): void {
    checkRows(row, this.width)
    if (row.length !== this.width)
      throw new RangeError(`Expected a row of ${this.width} values, got ${row.length}.`)
  }

  #numberOf(label: Label): number {
    const number = this.#numbers.get(label)
    if (number !== undefined) return number
    throw new RangeError(
      `Expected one of the classes ${this.classes.map(show).join(', ')}, got ${show(label)}.`,
    )
  }

  /**
   * All state by name: `layers.l.weights` (inputs, units), `layers.l.biases`, with momentum their velocities, with batches
   * their gradients, `counters`.
   */
  tensors(): Tensors {
    return this.#kernel.tensors()
  }

  /** Put back what `tensors` gave. Refuses other names and shapes. */
  restore(tensors: Tensors): void {
    this.#kernel.restore(tensors, this.settings.batch)
  }

  /** The file of the network, in safetensors (docs/file-format.md). One that is loaded from it goes on bit for bit. */
  save(): Uint8Array<ArrayBuffer> {
    const description: Description = {
      sizes: [this.width, ...this.hidden],
      classes: this.classes,
      ...this.settings,
    }
    return writeComposed(FORMAT, description, this.tensors())
  }

  /**
   * The network of a file.
   * @throws ModelFileError for anything else
   */
  static load(file: Uint8Array, { kernels }: { readonly kernels?: Kernels } = {}): Network {
    return readComposed(file, FORMAT, isDescription, (description: Description, reader: TensorReader) => {
      const { sizes, classes, ...learning } = description
      const [width, ...hidden] = sizes
      const tensors = reader.takeAll('')
      checkHeld([...sizes, classes.length], tensors)
      const network = new Network(width, { hidden, classes, ...learning, ...(kernels && { kernels }) }, true)
      try {
        network.restore(tensors)
        return network
      } catch (error) {
        network.release()
        throw error
      }
    })
  }

  /** Give its memory back. The network cannot be used afterwards. */
  release(): void {
    this.#kernel.release()
  }
}

/** A file that names large layers has to be large itself. */
function checkHeld(sizes: readonly number[], tensors: Tensors): void {
  const needed = sizes.slice(1).reduce((sum, size, l) => sum + size * sizes[l], 0)
  const held = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0)
  if (held < needed) throw new RangeError(`Expected at least ${needed} values in the tensors, got ${held}.`)
}

/** The error for a row that the kernel refused, or had no finite answer for. */
function refusal(row: Row, of = ''): RangeError {
  const at = row.findIndex(value => Math.abs(value) === Infinity)
  if (at >= 0)
    return new RangeError(
      `Expected finite values, or NaN for missing ones, got ${row[at]} at position ${at}${of}.`,
    )
  return new DivergedError(
    'Expected probabilities, got NaN: the weights have grown beyond all bounds. Lower the learning rate or load an earlier ' +
      'network.',
  )
}
