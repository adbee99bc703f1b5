/** From the scores of all classes to logits: what has to be learned from labels, because no class knows its log Z. */
import type { Tensors } from '../experts/product.ts'
import type { TensorReader } from '../state/tensor-reader.ts'

/** Rows of scores, F numbers a class, class after class, and the numbers of their classes. */
export interface Examples {
  readonly scores: readonly Float64Array[]
  readonly labels: readonly number[]
}

export interface Calibration {
  /**
   * Find it anew for these examples.
   * @returns the margins of the examples as those of rows that it was not fitted to: see `marginOf`
   */
  fit(examples: Examples): Float64Array
  /** Go on with one example. */
  learnOne(scores: Float64Array, label: number): void
  /** One logit a class, in nats. Pure. */
  logits(scores: Float64Array): Float64Array
  /** Room for another class. */
  grow(classes: number): void
  tensors(): Tensors
  restore(prefix: string, tensors: TensorReader): void
}

/** The log-odds of the likeliest class against the second, in nats: infinite where there is but one. */
export function marginOf(logits: ArrayLike<number>): number {
  let first = Number.NEGATIVE_INFINITY
  let second = Number.NEGATIVE_INFINITY
  for (let k = 0; k < logits.length; k++) {
    if (logits[k] > first) {
      second = first
      first = logits[k]
    } else second = Math.max(second, logits[k])
  }
  return first - second
}

/** The index of the largest value, the first of several. */
export function likeliest(values: ArrayLike<number>): number {
  let best = 0
  for (let k = 1; k < values.length; k++) if (values[k] > values[best]) best = k
  return best
}

/** Parts of equal size that have classes in equal shares: for each example the part in which it is left out. */
export function foldsOf(labels: readonly number[], count: number): number[] {
  const seen = new Map<number, number>()
  return labels.map(label => {
    const before = seen.get(label) ?? 0
    seen.set(label, before + 1)
    return before % count
  })
}
