/** The margins of rows that calibration saw, and below which of them a share lies: the least certain, which are rejected. */
import { ScoreWindow } from '../calibration/window.ts'
import type { TensorReader } from '../state/tensor-reader.ts'

/** Of a stream: the newest. */
const WINDOW = 10_000

export class Margins {
  #window = new ScoreWindow(WINDOW)

  fit(margins: ArrayLike<number>): void {
    this.#window = new ScoreWindow(Math.max(WINDOW, margins.length), margins)
  }

  add(margin: number): void {
    this.#window.add(margin)
  }

  /** The margin below which this share of those that were seen lies; −Infinity where none does. */
  below(share: number): number {
    const { sorted } = this.#window
    const count = Math.floor(share * sorted.length)
    return count === 0 ? Number.NEGATIVE_INFINITY : (sorted[count] ?? Number.POSITIVE_INFINITY)
  }

  tensor() {
    return { shape: [this.#window.size], data: this.#window.inOrder() }
  }

  restore(name: string, tensors: TensorReader): void {
    const margins = tensors.take(name, Float64Array)
    if (!margins.every(margin => margin >= 0))
      throw new RangeError(`Expected margins of at least 0 in ${name}.`)
    this.fit(margins)
  }
}
