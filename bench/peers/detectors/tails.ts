/**
 * Tail probabilities of every value within its field, the common ground of COPOD and ECOD:
 * left = share of rows ≤ the value, right = share of rows ≥ it (ECOD, eqs. 4–5), both at least 1/n.
 */
export interface Tails {
  /** −ln left, one per row. */
  readonly left: Float64Array
  /** −ln right, one per row. */
  readonly right: Float64Array
  /** Whether the tail further from the bulk is the left one: negative skewness. */
  readonly isLeftSkewed: boolean
}

export function tailsOf(rows: readonly Float64Array[], field: number): Tails {
  const values = Float64Array.from(rows, row => row[field])
  const sorted = values.toSorted()
  const count = values.length
  return {
    left: values.map(value => -Math.log(countBefore(sorted, each => each <= value) / count)),
    right: values.map(value => -Math.log(1 - countBefore(sorted, each => each < value) / count)),
    isLeftSkewed: skewness(values) < 0,
  }
}

/** How many of the first sorted values fulfil a condition that, once false, stays false. */
function countBefore(sorted: Float64Array, holds: (value: number) => boolean): number {
  let from = 0
  let to = sorted.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (holds(sorted[middle])) from = middle + 1
    else to = middle
  }
  return from
}

/** Third central moment over the cube of the standard deviation; 0 for a constant field. */
function skewness(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const moment = (power: number) =>
    values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length
  const deviation = Math.sqrt(moment(2))
  return deviation > 0 ? moment(3) / deviation ** 3 : 0
}
