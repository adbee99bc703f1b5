/** What becomes of times that were measured round by round. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** The median over the rounds of a round's ratio: a slow round slows both. */
export const medianRatio = (times: readonly number[], others: readonly number[]) =>
  median(times.map((time, round) => time / others[round]))
