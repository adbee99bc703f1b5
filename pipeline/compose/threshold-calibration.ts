/**
 * Calibration of two classes by one number, the difference of their log partition functions (Hinton 2002, section 10.2): the
 * first where f_1 − f_2 > τ, with the τ that makes the fewest errors.
 */
import type { Tensors } from '../experts/product.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import type { Calibration, Examples } from './calibration.ts'

/** Examples that are kept: the newest. */
const WINDOW = 10_000

export class ThresholdCalibration implements Calibration {
  /** Where the scores that are compared stand among those of a class. */
  readonly #places: readonly number[]
  #differences: number[] = []
  #labels: number[] = []
  #threshold = 0

  /** @param places of the scores whose mean stands for a class, such as those of the bottom layer of each stack */
  constructor(places: readonly number[]) {
    this.#places = places
  }

  /** τ, the estimate of log Z_1 − log Z_2 in nats. */
  get threshold(): number {
    return this.#threshold
  }

  fit({ scores, labels }: Examples): Float64Array {
    this.#differences = scores.map(each => this.#differenceOf(each))
    this.#labels = [...labels]
    this.#settle()
    return Float64Array.from(this.#differences, difference => Math.abs(difference - this.#threshold))
  }

  learnOne(scores: Float64Array, label: number): void {
    this.#differences.push(this.#differenceOf(scores))
    this.#labels.push(label)
    if (this.#labels.length > WINDOW) {
      this.#differences.shift()
      this.#labels.shift()
    }
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

  #settle(): void {
    this.#threshold = fewestErrors(this.#differences, this.#labels)
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
    this.#differences = [...differences]
    this.#labels = [...labels]
    this.#settle()
  }
}

/**
 * The threshold above which fewest are of class 1, and below which fewest of class 0: the middle of the widest interval
 * that is best. Where all are of one class, no threshold is better than the end of what was seen.
 */
export function fewestErrors(differences: readonly number[], labels: readonly number[]): number {
  const order = [...differences.keys()].sort((a, b) => differences[a] - differences[b])
  if (order.length === 0) return 0
  // Everything above: each of class 1 is an error.
  let errors = labels.filter(label => label === 1).length
  let least = errors
  let width = 0
  let best = differences[order[0]]
  for (const [n, at] of order.entries()) {
    errors += labels[at] === 0 ? 1 : -1
    const next = order[n + 1]
    const gap = next === undefined ? 0 : differences[next] - differences[at]
    if (next !== undefined && gap === 0) continue
    if (errors > least || (errors === least && gap <= width)) continue
    least = errors
    width = gap
    best = differences[at] + gap / 2
  }
  return best
}
