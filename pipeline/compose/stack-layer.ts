/** One layer of a stack: a product, and the rows that wait until there are enough for it to start from. */
import type { Product, Row, Tensors } from '../experts/product.ts'
import { joined } from '../rows.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import { prefixed } from '../state/tensors.ts'

export class StackLayer {
  readonly product: Product
  /** Rows that it starts from; 0: it starts from neutral biases. */
  readonly #initialRows: number
  #waiting: Float32Array[] = []
  #started = false
  #learned = 0

  constructor(product: Product, initialRows: number) {
    this.product = product
    this.#initialRows = initialRows
  }

  /** Rows that it has learned. */
  get learned(): number {
    return this.#learned
  }

  /** Does it keep rows back until there are enough to start from? */
  get gathers(): boolean {
    return !this.#started && this.#initialRows > 0
  }

  /** Start from rows at once, and learn those that wait. `next` is called with each of these once it is learned. */
  initialise(rows: Float32Array, next: (row: Row) => void): void {
    this.product.initialise(rows)
    const waiting = this.#waiting
    this.#waiting = []
    this.#started = true
    for (const row of waiting) this.#learn(row, next)
  }

  /**
   * Learn a row, or keep it back. `next` is called with each row once it is learned: with many when the last one came that
   * was waited for.
   */
  take(row: Row, next: (row: Row) => void): void {
    if (!this.gathers) {
      this.#learn(row, next)
      return
    }
    this.#waiting.push(row.slice())
    if (this.#waiting.length >= this.#initialRows) this.start(next)
  }

  /** Start from what has come so far. */
  start(next: (row: Row) => void): void {
    if (this.#waiting.length > 0) this.initialise(joined(this.#waiting, this.product.width), next)
    this.#started = true
  }

  #learn(row: Row, next: (row: Row) => void): void {
    this.product.learnOne(row)
    this.#started = true
    this.#learned++
    next(row)
  }

  /** Under names that begin with `prefix`. */
  tensors(prefix: string): Tensors {
    const { width } = this.product
    const shape = [this.#waiting.length, width]
    return prefixed(prefix, {
      ...prefixed('product.', this.product.tensors()),
      waiting: { shape, data: joined(this.#waiting, width) },
      counters: { shape: [2], data: Float64Array.of(this.#learned, Number(this.#started)) },
    })
  }

  /** Put back what `tensors` gave; `checkRow` refuses rows that the product would not learn. */
  restore(prefix: string, tensors: TensorReader, checkRow: (row: Row) => void): void {
    const { width } = this.product
    const waiting = tensors.take(`${prefix}waiting`, Float32Array)
    const [learned, started, ...others] = tensors.take(`${prefix}counters`, Float64Array)
    const rows = waiting.length / width
    const isSound =
      Number.isSafeInteger(learned) && learned >= 0 && (started === 0 || started === 1) && others.length === 0
    if (
      !isSound ||
      !Number.isInteger(rows) ||
      rows >= Math.max(1, this.#initialRows) ||
      (started && rows > 0)
    ) {
      throw new RangeError(
        `Expected in ${prefix}counters rows learned and 0 or 1, and fewer than ${this.#initialRows} rows that wait to start ` +
          `from, got ${learned}, ${started} and ${rows}.`,
      )
    }
    this.product.restore(tensors.takeAll(`${prefix}product.`))
    this.#learned = learned
    this.#started = started === 1
    this.#waiting = Array.from({ length: rows }, (_, n) => waiting.slice(n * width, (n + 1) * width))
    for (const row of this.#waiting) checkRow(row)
  }
}
