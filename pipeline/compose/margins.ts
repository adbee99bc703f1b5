/** The margins of rows that calibration saw, and below which of them a share lies: the least certain, which are rejected. */
import type { TensorReader } from '../state/tensor-reader.ts'

/** Of a stream: the newest. */
const WINDOW = 10_000

export class Margins {
  #margins: number[] = []
  #sorted: Float64Array | null = null

  fit(margins: ArrayLike<number>): void {
    this.#margins = Array.from(margins)
    this.#sorted = null
  }

  add(margin: number): void {
    this.#margins.push(margin)
    if (this.#margins.length > WINDOW) this.#margins.shift()
    this.#sorted = null
  }

  /** The margin below which this share of those that were seen lies; −Infinity where none does. */
  below(share: number): number {
    this.#sorted ??= Float64Array.from(this.#margins).sort()
    const count = Math.floor(share * this.#sorted.length)
    return count === 0 ? Number.NEGATIVE_INFINITY : (this.#sorted[count] ?? Number.POSITIVE_INFINITY)
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
