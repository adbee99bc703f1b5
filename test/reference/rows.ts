/** Rows for tests: everything that a visible layer may be given. */
import type { VisibleGroup } from '../../pipeline/experts/product.ts'

/** A row of the layer: bits or probabilities, one-hot or shared between two neighbours, some groups missing. */
export function randomRow(
  visible: readonly VisibleGroup[],
  uniform: () => number,
  missing = 0,
): Float32Array {
  return Float32Array.from(
    visible.flatMap(({ kind, size }) => {
      if (kind === 'bernoulli') return Array.from({ length: size }, () => bit(uniform, missing))
      if (uniform() < missing) return new Array<number>(size).fill(Number.NaN)
      const state = Math.floor(uniform() * (size - 1))
      const share = uniform() < 0.5 ? 0 : uniform()
      return Array.from({ length: size }, (_, k) => (k === state ? 1 - share : k === state + 1 ? share : 0))
    }),
  )
}

function bit(uniform: () => number, missing: number): number {
  if (uniform() < missing) return Number.NaN
  return uniform() < 0.3 ? uniform() : Number(uniform() < 0.5)
}

/** `count` such rows back to back. */
export function randomRows(
  visible: readonly VisibleGroup[],
  count: number,
  uniform: () => number,
  missing = 0,
): Float32Array {
  const rows = Array.from({ length: count }, () => Array.from(randomRow(visible, uniform, missing)))
  return Float32Array.from(rows.flat())
}
