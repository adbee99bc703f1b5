/**
 * Cross-fitting: parts of the rows, each of which is left out by stacks of its own, so that every row has scores by stacks that
 * did not learn it. The products of each fold have partition functions of their own: what scores are on average over the rows
 * that were left out is taken off them.
 */
import type { Row, Tensors } from '../experts/product.ts'
import { wordChecksumOf } from '../state/checksum.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import { prefixed } from '../state/tensors.ts'
import { Standardisation } from './standardisation.ts'

export class Folds {
  readonly count: number
  /** Of each fold; none where there is but one. */
  readonly #means: readonly Standardisation[]

  constructor(count: number) {
    this.count = count
    this.#means = Array.from({ length: count > 1 ? count : 0 }, () => new Standardisation(0))
  }

  /** The part that a row belongs to: by its values, so that it is the same whenever the row comes. */
  of(row: Row): number {
    if (this.count === 1) return 0
    const sum = wordChecksumOf(bytesOf(row))
    return ((sum ^ (sum >>> 16)) >>> 0) % this.count
  }

  /** Room for so many scores. */
  grow(scores: number): void {
    for (const mean of this.#means) mean.grow(scores)
  }

  /** Find the means anew; of each row its fold, and its scores by the stacks that left it out. */
  fit(folds: readonly number[], scores: readonly Float64Array[]): void {
    const parts = this.#means.map((_, fold) => scores.filter((_, n) => folds[n] === fold))
    if (parts.some(part => part.length === 0))
      throw new RangeError(
        `Expected rows in each of ${this.count} folds, got none in one of them; use more rows that differ, or fewer folds.`,
      )
    for (const [fold, mean] of this.#means.entries()) mean.fit(parts[fold])
  }

  notice(fold: number, scores: Float64Array): void {
    this.#means[fold]?.notice(scores)
  }

  /** Scores of a fold, comparable with those of others. */
  centred(fold: number, scores: Float64Array): Float64Array {
    return this.#means[fold]?.centred(scores) ?? scores
  }

  tensors(): Tensors {
    return Object.assign({}, ...this.#means.map((mean, fold) => prefixed(`folds.${fold}.`, mean.tensors())))
  }

  restore(tensors: TensorReader): void {
    for (const [fold, mean] of this.#means.entries()) mean.restore(`folds.${fold}.`, tensors)
  }
}

/** Bytes that are the same for the same values: there are two zeros, and many ways to write what is missing. */
function bytesOf(row: Row): Uint8Array {
  const words = new Uint32Array(row.slice().buffer)
  for (let i = 0; i < row.length; i++) {
    if (row[i] === 0) words[i] = 0
    else if (Number.isNaN(row[i])) words[i] = 0x7fc00000
  }
  return new Uint8Array(words.buffer)
}
