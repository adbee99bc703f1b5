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

/** Is the detector to be fitted when it has this many records? */
export function isFitDue(records: number, warmup: number): boolean {
  if (records <= warmup) return records === warmup
  for (let refit = FIRST_REFIT; refit <= LAST_FIT; refit *= 2) if (refit === records) return true
  return false
}
