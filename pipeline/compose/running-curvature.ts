/**
 * The inverse of the curvature of multinomial logistic regression, row by row (Sherman and Morrison 1950): what turns the
 * gradient of one row into a step that fits all rows so far, as an extended Kalman filter does.
 */
/** Rows after which a row counts for 1/e: scores of products that learn drift. */
const WINDOW = 1000

export class RunningCurvature {
  #size: number
  readonly #prior: number
  #inverse: Float64Array

  /** @param prior the curvature along each parameter before there is any row */
  constructor(size: number, prior: number) {
    this.#size = size
    this.#prior = prior
    this.#inverse = new Float64Array(size * size)
    for (let i = 0; i < size; i++) this.#inverse[i * size + i] = 1 / prior
  }

  /** Take notice of a row, whose loss curves by `weight` along its logits; the inverse times the row. */
  notice(row: Float64Array, weight: number): Float64Array {
    const size = this.#size
    const step = new Float64Array(size)
    let spread = 0
    for (let i = 0; i < size; i++) {
      let sum = 0
      for (let j = 0; j < size; j++) sum += this.#inverse[i * size + j] * row[j]
      step[i] = sum
      spread += sum * row[i]
    }
    const share = weight / (1 + weight * spread)
    const growth = this.#growth()
    for (let i = 0; i < size; i++) {
      const factor = share * step[i]
      for (let j = 0; j < size; j++)
        this.#inverse[i * size + j] = growth * (this.#inverse[i * size + j] - factor * step[j])
    }
    for (let i = 0; i < size; i++) step[i] /= 1 + weight * spread
    return step
  }

  /** Rows long past count less and less, as long as more is known than at the beginning. */
  #growth(): number {
    let trace = 0
    for (let i = 0; i < this.#size; i++) trace += this.#inverse[i * this.#size + i]
    return trace * this.#prior < this.#size / 2 ? 1 / (1 - 1 / WINDOW) : 1
  }

  /** Room for more parameters before the last one, the bias. */
  grow(size: number): void {
    const larger = new RunningCurvature(size, this.#prior)
    const place = (i: number) => (i === this.#size - 1 ? size - 1 : i)
    for (let i = 0; i < this.#size; i++)
      for (let j = 0; j < this.#size; j++)
        larger.#inverse[place(i) * size + place(j)] = this.#inverse[i * this.#size + j]
    this.#size = size
    this.#inverse = larger.#inverse
  }

  get inverse(): Float64Array {
    return this.#inverse.slice()
  }

  /** @throws RangeError for what is no inverse of that size */
  restore(inverse: Float64Array): void {
    const size = this.#size
    const isSound = inverse.length === size * size && inverse.every(Number.isFinite)
    const isPositive = Array.from({ length: size }, (_, i) => inverse[i * size + i]).every(each => each > 0)
    if (!isSound || !isPositive)
      throw new RangeError(
        `Expected the inverse of a curvature of ${size} parameters, got ${inverse.length} values.`,
      )
    this.#inverse = inverse.slice()
  }
}
