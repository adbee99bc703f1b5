/**
 * When a detector looks at its first records again. It starts after the warm-up, on little evidence, and refits its
 * encoders at each power of two until LAST_FIT: ranges, categories, kinds of fields, fields that came late. From then
 * on the layout stands, and the records are forgotten. After numbers have moved away for good (shift.ts) it keeps as
 * many records again and fits once: the old model bridges them.
 */
const FIRST_REFIT = 16
const LAST_FIT = 1024

/** The number of records at which the layout is settled. */
export function settledAt(warmup: number): number {
  return Math.max(warmup, LAST_FIT)
}

/** Is the detector to be fitted when it has kept this many records, after a shift or at its beginning? */
export function isFitDue(records: number, warmup: number, shifted: boolean): boolean {
  if (shifted) return records === settledAt(warmup)
  if (records <= warmup) return records === warmup
  for (let refit = FIRST_REFIT; refit <= LAST_FIT; refit *= 2) if (refit === records) return true
  return false
}
