/** The margins of rows that calibration saw, and below which of them a share lies: the least certain, which are rejected. */
import type { TensorReader } from '../state/tensor-reader.ts'
import { SortedNumbers } from './sorted-numbers.ts'

/** Of a stream: the newest. */
const WINDOW = 10_000

export class Margins {
  /** In the order in which they came. */
  #margins: number[] = []
  #sorted = new SortedNumbers()

  fit(margins: ArrayLike<number>): void {
    this.#margins = Array.from(margins)
    this.#sorted = new SortedNumbers(margins)
  }

  add(margin: number): void {
    this.#margins.push(margin)
    this.#sorted.add(margin)
    if (this.#margins.length > WINDOW) this.#sorted.remove(this.#margins.shift() as number)
  }

  /** The margin below which this share of those that were seen lies; −Infinity where none does. */
  below(share: number): number {
    const { values } = this.#sorted
    const count = Math.floor(share * values.length)
    return count === 0 ? Number.NEGATIVE_INFINITY : (values[count] ?? Number.POSITIVE_INFINITY)
  }

  tensor() {
    return { shape: [this.#margins.length], data: Float64Array.from(this.#margins) }
  }

  restore(name: string, tensors: TensorReader): void {
    const margins = tensors.take(name, Float64Array)
    if (!margins.every(margin => margin >= 0))
      throw new RangeError(`Expected margins of at least 0 in ${name}.`)
    this.fit(margins)
  }
}
