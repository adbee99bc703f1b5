/** What all encodings of numbers have in common. */
import { FEW } from './bin-range.ts'
import type { Outcome } from './field.ts'
import { isMissing, isNested, isNonFinite } from './values.ts'

/** What became of a value that is no finite number. */
export function whyNot(value: unknown): Outcome {
  if (isMissing(value)) return 'missing'
  if (isNested(value)) return 'nested'
  return isNonFinite(value) ? 'non-finite' : 'kind'
}

/** The nearest of the numbers that were the only ones in the sample, of which there is at least one. */
export function nearest(values: readonly number[], number: number): number {
  return values.reduce((best, value) => (Math.abs(value - number) < Math.abs(best - number) ? value : best))
}

/** Can these be all the numbers of a sample that had few? */
export function areFewNumbers(values: unknown): values is readonly number[] {
  return Array.isArray(values) && values.length <= FEW && values.every(Number.isFinite)
}
