/**
 * A product of experts that a kernel computes. What differs between families is data: `KernelFamily` lists the options
 * and arrays in the kernel's order; nothing here branches on a family.
 */
import { DivergedError } from './errors.ts'
import type { FamilyOptions, Product, Row, Rows, Tensors, VisibleGroup } from './experts/product.ts'
import type { Kernel, Place } from './kernel.ts'
import { annealIn } from './kernel-anneal.ts'
import {
  checkFinite,
  checkTensor,
  checkVisible,
  completeOptions,
  type KernelFamily,
  type TensorRule,
  VIEWS,
} from './kernel-family.ts'
import { partsOf } from './kernel-parts.ts'
import { checkCount, checkRows } from './rows.ts'
import { misplaced, neededIn, statesOf, unitKinds, widthOf } from './visible.ts'

/** Rows are handed to the kernel in blocks of about this many values: 1 MB. */
const BLOCK_VALUES = 2 ** 18

export class KernelProduct implements Product {
  readonly family: string
  readonly width: number
  readonly visible: readonly VisibleGroup[]
  readonly options: Readonly<FamilyOptions>
  readonly anneal?: Product['anneal']
  readonly walk?: Product['walk']
  readonly learnPair?: Product['learnPair']
  readonly addConditional?: Product['addConditional']
  readonly couples?: boolean
  readonly gradient?: Product['gradient']
  readonly live?: Product['live']
  readonly descend?: Product['descend']
  readonly #rules: KernelFamily
  readonly #kernel: Kernel
  /** Number of states of every group, as `surprise` counts groups. */
  readonly #states: Int32Array
  readonly #places: readonly Place[]
  #model: number

  /**
   * `options` may leave out what has a default; `blank`: nothing is asked of it before `restore`. Throws when options or
   * groups are not allowed.
   */
  constructor(
    rules: KernelFamily,
    kernel: Kernel,
    visible: readonly VisibleGroup[],
    options: FamilyOptions,
    blank = false,
  ) {
    checkVisible(rules, visible)
    this.family = rules.name
    this.visible = visible.map(({ kind, size }) => ({ kind, size }))
    this.width = widthOf(visible)
    this.options = completeOptions(rules, options, visible)
    rules.checkLayer?.(visible, this.options)
    this.#rules = rules
    this.#kernel = kernel
    const groups = Int32Array.from(visible.flatMap(({ kind, size }) => [unitKinds[kind].code, size]))
    const values = Float64Array.from(rules.options, ({ name }) => Number(this.options[name]))
    this.#model = kernel.create(groups, values, blank)
    this.#places = kernel.places(this.#model)
    this.#states = statesOf(visible)
    if (kernel.exports.anneal) {
      this.anneal = (chains, temperatures) => {
        this.#checkAlive()
        annealIn(kernel, this.#model, this.width, chains, temperatures)
      }
    }
    if (kernel.exports.descend) this.descend = features => this.#descend(features)
    const parts = partsOf({
      kernel,
      width: this.width,
      needed: neededIn(visible),
      model: () => {
        this.#checkAlive()
        return this.#model
      },
      stageRows: (rows, results) => this.#stageRows(rows, results),
      refusal: (rows, index) => this.#refusal(rows, index),
    })
    this.walk = parts.walk
    this.learnPair = parts.learnPair
    this.addConditional = parts.addConditional
    this.couples = parts.couples
    this.gradient = parts.gradient
    this.live = parts.live
  }

  initialise(rows: Rows): void {
    const pointer = this.#stageRows(rows, 0)
    const count = rows.length / this.width
    const read = this.#kernel.exports.initialise(this.#model, pointer, count)
    if (read < count) throw this.#refusal(rows, read)
  }

  learnOne(row: Row): void {
    const pointer = this.#stageRow(row, 0)
    if (!this.#kernel.exports.learn(this.#model, pointer)) throw this.#refusal(row, 0)
  }

  notice(row: Row): void {
    const pointer = this.#stageRow(row, 0)
    if (!this.#kernel.exports.notice(this.#model, pointer)) throw this.#refusal(row, 0)
  }

  learnMany(rows: Rows): void {
    this.#inBlocks(rows, 0, (pointer, count, first) => {
      const learned = this.#kernel.exports.learnMany(this.#model, pointer, count)
      if (learned < count) throw this.#refusal(rows, first + learned)
    })
  }

  freeEnergy(row: Row): number {
    const pointer = this.#stageRow(row, 0)
    const energy = this.#kernel.exports.freeEnergy(this.#model, pointer)
    if (Number.isNaN(energy)) throw this.#refusal(row, 0)
    return energy
  }

  freeEnergies(rows: Rows): Float32Array {
    this.#checkRows(rows)
    const energies = new Float32Array(rows.length / this.width)
    this.#inBlocks(rows, 1, (pointer, count, first) => {
      const out = pointer + count * this.width * 4
      this.#kernel.exports.freeEnergies(this.#model, pointer, count, out)
      energies.set(this.#kernel.read(out, count), first)
    })
    const refused = energies.findIndex(Number.isNaN)
    if (refused >= 0) throw this.#refusal(rows, refused)
    return energies
  }

  surprise(row: Row): Float32Array {
    const { exports } = this.#kernel
    return this.#answer(row, this.#states.length, (model, at, out) => exports.surprise(model, at, out))
  }

  conditional(row: Row, group: number): Float32Array {
    const states = this.#states[group]
    if (states === undefined) {
      throw new RangeError(`Expected a group from 0 to ${this.#states.length - 1}, got ${group}.`)
    }
    const { exports } = this.#kernel
    return this.#answer(row, states, (model, at, out) => exports.conditional(model, at, group, out))
  }

  reconstruct(row: Row, steps = 1): Float32Array {
    checkCount('steps', steps, 1)
    const { exports } = this.#kernel
    return this.#answer(row, this.width, (model, at, out) => exports.reconstruct(model, at, steps, out))
  }

  transformOne(row: Row): Float32Array {
    const { exports } = this.#kernel
    return this.#answer(row, this.#rules.features(this.options, this.visible), (model, at, out) =>
      exports.transform(model, at, out),
    )
  }

  sample(count: number, sweeps: number): Float32Array {
    checkCount('count', count, 0)
    checkCount('sweeps', sweeps, 0)
    this.#checkAlive()
    const pointer = this.#kernel.stage(count * this.width)
    this.#kernel.exports.sample(this.#model, count, sweeps, pointer)
    return this.#kernel.read(pointer, count * this.width)
  }

  tensors(): Tensors {
    this.#checkAlive()
    const tensors: Tensors = {}
    for (const [index, { name, type }] of this.#rules.tensors.entries()) {
      const place = this.#places[index]
      if (place.rows === 0) continue
      const data = new VIEWS[type](rowsOf(place) * place.columns)
      for (const { view, at } of this.#pieces(place, type)) data.set(view, at)
      tensors[name] = { shape: shapeOf(place), data }
    }
    return tensors
  }

  restore(tensors: Tensors): void {
    this.#checkAlive()
    this.#checkTensors(tensors)
    for (const [index, { name, type }] of this.#rules.tensors.entries()) {
      const place = this.#places[index]
      if (place.rows === 0) continue
      for (const { view, at } of this.#pieces(place, type)) {
        view.set(tensors[name].data.subarray(at, at + view.length))
      }
    }
  }

  release(): void {
    if (this.#model !== 0) this.#kernel.release(this.#model)
    this.#model = 0
  }

  #descend(features: Float32Array): Float32Array {
    this.#checkAlive()
    const count = this.#rules.features(this.options, this.visible)
    checkRows(features, count)
    if (features.length !== count || !features.every(Number.isFinite)) {
      throw new RangeError(`Expected ${count} finite features, got ${features.length} values.`)
    }
    const pointer = this.#kernel.stage(count + this.width)
    this.#kernel.write(pointer, features)
    this.#kernel.exports.descend?.(this.#model, pointer, pointer + features.byteLength)
    return this.#kernel.read(pointer + features.byteLength, this.width)
  }

  /** Where an array stands in memory without gaps, and where each piece belongs among its values: row by row, or at once. */
  #pieces(place: Place, type: TensorRule['type']) {
    const { pointer, columns, stride } = place
    const { buffer } = this.#kernel
    const rows = rowsOf(place)
    if (rows === 1 || stride === columns * VIEWS[type].BYTES_PER_ELEMENT)
      return [{ view: new VIEWS[type](buffer, pointer, rows * columns), at: 0 }]
    const piece = (row: number) => new VIEWS[type](buffer, pointer + row * stride, columns)
    return Array.from({ length: rows }, (_, row) => ({ view: piece(row), at: row * columns }))
  }

  #checkTensors(tensors: Tensors): void {
    const expected = new Map<string, TensorRule & { place: Place }>()
    for (const [index, rule] of this.#rules.tensors.entries()) {
      if (this.#places[index].rows > 0) expected.set(rule.name, { ...rule, place: this.#places[index] })
    }
    const names = Object.keys(tensors)
    if (names.length !== expected.size || !names.every(name => expected.has(name))) {
      throw new RangeError(
        `Expected the tensors ${[...expected.keys()].sort().join(', ')}, got ${names.sort().join(', ') || 'none'}; ` +
          'create the product with the options and the visible layer of the model that was saved.',
      )
    }
    const magnitudes: Record<string, number> = {}
    for (const [name, { place, ...rule }] of expected) {
      const tensor = tensors[name]
      checkTensor(rule, shapeOf(place), tensor)
      if (tensor.data instanceof Float32Array) magnitudes[name] = this.#kernel.magnitude(tensor.data)
      checkFinite(name, tensor, magnitudes[name])
    }
    this.#rules.checkTensors?.(tensors, this.options, magnitudes, this.visible)
  }

  #checkAlive(): void {
    if (this.#model === 0) {
      throw new TypeError('Expected a product in use, got one that was released; create a new one.')
    }
  }

  #checkRows(rows: Rows): void {
    this.#checkAlive()
    checkRows(rows, this.width)
  }

  /** Copy rows to the staging block with room for `results` values behind them; the address of the first row. */
  #stageRows(rows: Rows, results: number): number {
    this.#checkRows(rows)
    const pointer = this.#kernel.stage(rows.length + results)
    this.#kernel.write(pointer, rows)
    return pointer
  }

  #stageRow(row: Row, results: number): number {
    if (row instanceof Float32Array && row.length !== this.width) {
      throw new RangeError(
        `Expected a row of ${this.width} values, the width of the product, got ${row.length}.`,
      )
    }
    return this.#stageRows(row, results)
  }

  /** Ask the kernel for `count` values about one row. */
  #answer(row: Row, count: number, ask: (model: number, row: number, out: number) => number): Float32Array {
    const pointer = this.#stageRow(row, count)
    const out = pointer + row.length * 4
    if (!ask(this.#model, pointer, out)) throw this.#refusal(row, 0)
    return this.#kernel.read(out, count)
  }

  /** Hand rows over in blocks, with room for `results` values a row. */
  #inBlocks(
    rows: Rows,
    results: number,
    take: (pointer: number, count: number, first: number) => void,
  ): void {
    this.#checkRows(rows)
    const total = rows.length / this.width
    const block = Math.max(1, Math.floor(BLOCK_VALUES / this.width))
    for (let first = 0; first < total; first += block) {
      const count = Math.min(block, total - first)
      const part = rows.subarray(first * this.width, (first + count) * this.width)
      take(this.#stageRows(part, count * results), count, first)
    }
  }

  /** The error for a row that the kernel refused, or had no finite answer for. */
  #refusal(rows: Rows, index: number): RangeError {
    const row = rows.subarray(index * this.width, (index + 1) * this.width)
    const wrong = misplaced(this.visible, row)
    if (wrong === null) {
      return new DivergedError(
        'Expected a finite free energy, got NaN: the parameters have grown beyond all bounds. ' +
          'Lower the learning rate or load an earlier model.',
      )
    }
    const { at, expected } = wrong
    return new RangeError(
      `Expected ${expected}, or NaN for a missing one, got ${row[at]} at position ${at}` +
        `${rows.length > this.width ? ` of row ${index}` : ''}; scale or encode the data first.`,
    )
  }
}

function rowsOf(place: Place): number {
  return place.stride === 0 ? 1 : place.rows
}

function shapeOf(place: Place): number[] {
  return place.stride === 0 ? [place.columns] : [place.rows, place.columns]
}
