/**
 * Features less their means, in units of their deviations: of the rows that it was fitted to, and of the newest of those that
 * came one by one, because scores of products that learn drift.
 */
import { isRowCount } from '../bounds.ts'
import type { Tensors } from '../experts/product.ts'
import type { TensorReader } from '../state/tensor-reader.ts'

/** Rows that count: beyond them each new one weighs as much as any before it. */
const WINDOW = 1000
/** A feature that hardly varies says nothing, and is not blown up. */
const LEAST_DEVIATION = 1e-9

export class Standardisation {
  #counts: Float64Array
  #means: Float64Array
  #variances: Float64Array

  constructor(features: number) {
    this.#counts = new Float64Array(features)
    this.#means = new Float64Array(features)
    this.#variances = new Float64Array(features)
  }

  /** Forget what was noticed: exactly the means and deviations of these. */
  fit(rows: readonly ArrayLike<number>[]): void {
    const count = rows.length
    this.#counts.fill(count)
    for (let i = 0; i < this.#means.length; i++) {
      const mean = rows.reduce((sum, row) => sum + row[i], 0) / count
      this.#means[i] = mean
      this.#variances[i] = rows.reduce((sum, row) => sum + (row[i] - mean) ** 2, 0) / count
    }
  }

  /** Exact up to the window (Welford), running means from there on. */
  notice(row: ArrayLike<number>): void {
    for (let i = 0; i < row.length; i++) {
      this.#counts[i]++
      const share = 1 / Math.min(this.#counts[i], WINDOW)
      const difference = row[i] - this.#means[i]
      this.#means[i] += share * difference
      this.#variances[i] += share * (difference * (row[i] - this.#means[i]) - this.#variances[i])
    }
  }

  /** The row less the means. */
  centred(row: Float64Array): Float64Array {
    return row.map((value, i) => value - this.#means[i])
  }

  /** The row in standard units. */
  of(row: ArrayLike<number>): Float64Array {
    const standard = new Float64Array(row.length)
    for (let i = 0; i < row.length; i++) {
      const deviation = Math.sqrt(this.#variances[i])
      const difference = row[i] - this.#means[i]
      standard[i] = deviation > LEAST_DEVIATION ? difference / deviation : 0
    }
    return standard
  }

  /** Room for features that nothing is known of yet. */
  grow(features: number): void {
    const grown = (numbers: Float64Array) => {
      const larger = new Float64Array(features)
      larger.set(numbers)
      return larger
    }
    this.#counts = grown(this.#counts)
    this.#means = grown(this.#means)
    this.#variances = grown(this.#variances)
  }

  tensors(): Tensors {
    const shape = [this.#counts.length]
    return {
      counts: { shape, data: this.#counts.slice() },
      means: { shape, data: this.#means.slice() },
      variances: { shape, data: this.#variances.slice() },
    }
  }

  restore(prefix: string, tensors: TensorReader): void {
    const numbers = ['counts', 'means', 'variances'].map(name => tensors.take(prefix + name, Float64Array))
    const [counts, means, variances] = numbers
    const isSound =
      numbers.every(({ length }) => length === this.#counts.length) &&
      counts.every(isRowCount) &&
      means.every(Number.isFinite) &&
      variances.every(variance => variance >= 0 && variance < Infinity)
    if (!isSound)
      throw new RangeError(
        `Expected counts, means and variances of ${this.#counts.length} features in ${prefix}.`,
      )
    this.#counts = counts
    this.#means = means
    this.#variances = variances
  }
}
