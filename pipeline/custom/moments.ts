/** What values usually are, column by column: where a missing one is put, and where to look for a likely one. */

/** Rows that the newest one corresponds to in the long run. */
const HORIZON = 10_000
/** From so many rows on values this many standard deviations away count as no farther. */
const SETTLED = 32
const FAR = 30

/** (3, D): rows counted, up to HORIZON, means, and variances. */
export class ColumnMoments {
  readonly data: Float64Array
  readonly #width: number

  constructor(width: number) {
    this.#width = width
    this.data = new Float64Array(3 * width)
  }

  /** Take in a row; NaN is left out. */
  add(row: ArrayLike<number>): void {
    for (let i = 0; i < this.#width; i++) if (!Number.isNaN(row[i])) this.#addTo(i, row[i])
  }

  #addTo(column: number, value: number): void {
    const { data } = this
    const [mean, variance] = [this.#width + column, 2 * this.#width + column]
    const reach = FAR * this.deviation(column)
    const isFar = data[column] >= SETTLED && Math.abs(value - data[mean]) > reach
    const taken = isFar ? data[mean] + Math.sign(value - data[mean]) * reach : value
    data[column] = Math.min(data[column] + 1, HORIZON)
    const off = taken - data[mean]
    data[mean] += off / data[column]
    data[variance] += (off * (taken - data[mean]) - data[variance]) / data[column]
  }

  /** 0 where nothing was seen. */
  mean(column: number): number {
    return this.data[this.#width + column]
  }

  /** Standard deviation; 1 where nothing was seen. */
  deviation(column: number): number {
    return this.data[column] > 0 ? Math.max(1e-6, Math.sqrt(this.data[2 * this.#width + column])) : 1
  }

  restore(data: ArrayLike<number>): void {
    for (let i = 0; i < this.#width; i++) {
      const [count, variance] = [data[i], data[2 * this.#width + i]]
      const isCount = Number.isInteger(count) && count >= 0 && count <= HORIZON
      if (isCount && Math.abs(data[this.#width + i]) <= 1e39 && variance >= 0 && variance <= 1e80) continue
      throw new RangeError(`Expected moments of column ${i} as a count, a mean and a variance, got others.`)
    }
    this.data.set(data)
  }
}
