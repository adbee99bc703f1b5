/** A mean of independent values, and how far it may be off. */
export interface Mean {
  /** NaN without values. */
  readonly mean: number
  /** NaN with fewer than two values. */
  readonly standardError: number
}

export function meanOf(values: ArrayLike<number>): Mean {
  const count = values.length
  let sum = 0
  for (let i = 0; i < count; i++) sum += values[i]
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < count; i++) squares += (values[i] - mean) * (values[i] - mean)
  return { mean, standardError: count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1) / count) }
}
