/**
 * When a detector looks at its first records again. It starts after the warm-up, on little evidence, and refits its
 * encoders at each power of two until LAST_FIT: ranges, categories, kinds of fields, fields that came late. From then
 * on the layout stands, and the records are forgotten.
 */
const FIRST_REFIT = 64
export const LAST_FIT = 1024

/** The number of records at which the layout is settled. */
export function settledAt(warmup: number): number {
  return Math.max(warmup, LAST_FIT)
}

/** The number of records at which the detector is fitted next, after `records` records; Infinity when never. */
export function nextFit(records: number, warmup: number): number {
  if (records < warmup) return warmup
  for (let refit = FIRST_REFIT; refit <= LAST_FIT; refit *= 2) if (refit > records) return refit
  return Number.POSITIVE_INFINITY
}
