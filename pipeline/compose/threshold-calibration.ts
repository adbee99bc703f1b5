/**
 * Calibration of two classes by one number, the difference of their log partition functions (Hinton 2002, section 10.2): the
 * first where f_1 − f_2 > τ, with the τ that makes the fewest errors.
 */
import type { Tensors } from '../experts/product.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import type { Calibration, Examples } from './calibration.ts'
import { SortedNumbers } from './sorted-numbers.ts'

/** Examples that are kept: the newest. */
const WINDOW = 10_000

export class ThresholdCalibration implements Calibration {
  /** Where the scores that are compared stand among those of a class. */
  readonly #places: readonly number[]
  /** f_1 − f_2 in the order in which they came, with the number of the class: 0 for the first. */
  #differences: number[] = []
  #labels: number[] = []
  /** Those of either class. */
  #sorted: readonly SortedNumbers[] = []
  #threshold = 0

  /** @param places of the scores whose mean stands for a class, such as those of the bottom layer of each stack */
  constructor(places: readonly number[]) {
    this.#places = places
    this.#keep([], [])
  }

  /** τ, the estimate of log Z_1 − log Z_2 in nats. */
  get threshold(): number {
    return this.#threshold
  }

  fit({ scores, labels }: Examples): Float64Array {
    this.#keep(
      scores.map(each => this.#differenceOf(each)),
      labels,
    )
    return Float64Array.from(this.#differences, difference => Math.abs(difference - this.#threshold))
  }

  learnOne(scores: Float64Array, label: number): void {
    const difference = this.#differenceOf(scores)
    this.#differences.push(difference)
    this.#labels.push(label)
    this.#sorted[label].add(difference)
    if (this.#labels.length > WINDOW)
      this.#sorted[this.#labels.shift() as number].remove(this.#differences.shift() as number)
    this.#settle()
  }

  /** The slope is 1: were f_1 − f_2 the difference of log-densities, these would be the log-odds. */
  logits(scores: Float64Array): Float64Array {
    return Float64Array.of(this.#differenceOf(scores) - this.#threshold, 0)
  }

  grow(classes: number): void {
    throw new RangeError(
      `Expected two classes to tell apart by a threshold, got ${classes}; use a regression.`,
    )
  }

  #differenceOf(scores: Float64Array): number {
    const half = scores.length / 2
    const sum = this.#places.reduce((sum, place) => sum + scores[place] - scores[half + place], 0)
    return sum / this.#places.length
  }

  #keep(differences: readonly number[], labels: ArrayLike<number>): void {
    this.#differences = [...differences]
    this.#labels = Array.from(labels)
    this.#sorted = [0, 1].map(k => new SortedNumbers(differences.filter((_, n) => labels[n] === k)))
    this.#settle()
  }

  #settle(): void {
    const [first, second] = this.#sorted
    this.#threshold = fewestErrors(first.values, second.values)
  }

  tensors(): Tensors {
    const shape = [this.#labels.length]
    return {
      differences: { shape, data: Float64Array.from(this.#differences) },
      labels: { shape, data: Uint8Array.from(this.#labels) },
    }
  }

  restore(prefix: string, tensors: TensorReader): void {
    const differences = tensors.take(`${prefix}differences`, Float64Array)
    const labels = tensors.take(`${prefix}labels`, Uint8Array)
    if (
      differences.length !== labels.length ||
      labels.some(label => label > 1) ||
      !differences.every(Number.isFinite)
    )
      throw new RangeError(`Expected differences and as many labels, 0 or 1, in ${prefix}.`)
    this.#keep([...differences], labels)
  }
}

/**
 * The threshold above which fewest are of the second class, and below which fewest of the first: the middle of the widest
 * interval that is best. Where all are of one class, no threshold is better than the end of what was seen.
 * @param first differences of rows of the first class, ascending
 * @param second those of the second, ascending
 */
export function fewestErrors(first: Float64Array, second: Float64Array): number {
  const count = first.length + second.length
  if (count === 0) return 0
  const at = (i: number, j: number) => Math.min(first[i] ?? Infinity, second[j] ?? Infinity)
  // Everything above: each of the second class is an error.
  let errors = second.length
  let least = errors
  let width = 0
  let best = at(0, 0)
  for (let i = 0, j = 0; i + j < count; ) {
    const here = at(i, j)
    const isFirst = i < first.length && !(first[i] > second[j])
    errors += isFirst ? 1 : -1
    if (isFirst) i++
    else j++
    const isLast = i + j === count
    const gap = isLast ? 0 : at(i, j) - here
    if (gap === 0 && !isLast) continue
    if (errors > least || (errors === least && gap <= width)) continue
    least = errors
    width = gap
    best = here + gap / 2
  }
  return best
}
