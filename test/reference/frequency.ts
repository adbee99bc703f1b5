/** Frequencies by definition, in float64: every probability is counted anew from the rows that were learned. */
import type { VisibleGroup } from '../../pipeline/experts/product.ts'

/** A field: its position in a row is its index. `bernoulli` fields have the states off and on. */
interface Field {
  readonly bernoulli: boolean
  readonly states: number
}

/** The fields of a visible layer, one for each value of a row. */
export function fieldsOf(visible: readonly VisibleGroup[]): Field[] {
  return visible.flatMap(({ kind, size }): Field[] =>
    kind === 'bernoulli'
      ? Array.from({ length: size }, () => ({ bernoulli: true, states: 2 }))
      : [{ bernoulli: false, states: size }],
  )
}

/** How much evidence a present value is for a state. */
function evidence({ bernoulli }: Field, value: number, state: number): number {
  if (!bernoulli) return Number(value === state)
  const share = Math.min(value, 1)
  return state === 1 ? share : 1 - share
}

/**
 * p of every state of every field after `rows`: (n_v + ½) / (n + ½ S), both halved whenever n reaches `decay` (0: never).
 */
export function probabilities(
  visible: readonly VisibleGroup[],
  rows: readonly ArrayLike<number>[],
  decay = 0,
): number[][] {
  return fieldsOf(visible).map((field, f) => {
    let counts = new Array<number>(field.states).fill(0)
    for (const row of rows) {
      if (Number.isNaN(row[f])) continue
      counts = counts.map((count, state) => count + evidence(field, row[f], state))
      const n = counts.reduce((sum, count) => sum + count, 0)
      if (decay > 0 && n >= decay) counts = counts.map(count => count / 2)
    }
    const n = counts.reduce((sum, count) => sum + count, 0)
    return counts.map(count => (count + 0.5) / (n + 0.5 * field.states))
  })
}

/** −log p of every field, NaN where the row has none. */
export function surprise(visible: readonly VisibleGroup[], p: number[][], row: ArrayLike<number>): number[] {
  return fieldsOf(visible).map((field, f) => {
    if (Number.isNaN(row[f])) return Number.NaN
    const shares = p[f].map((_, state) => evidence(field, row[f], state))
    return shares.reduce((sum, share, state) => sum - (share > 0 ? share * Math.log(p[f][state]) : 0), 0)
  })
}
