// The faults that the demo puts into a few records, each named, so that anyone can check what was found.

/** What was done to one record. */
export interface Fault {
  /** Position in the stream, counted from 1. */
  readonly record: number
  readonly field: string
  readonly was: string
  readonly is: string
}

type BirdStrike = Record<string, string>

/** One fault each: an impossible number, an unknown word, or two fields that contradict each other. */
const changes: readonly { field: string; apply: (record: BirdStrike) => string }[] = [
  { field: 'Speed IAS in knots', apply: () => '2400' },
  { field: 'Wildlife Species', apply: () => 'Flying saucer' },
  { field: 'Wildlife Size', apply: record => (record['Wildlife Size'] === 'Small' ? 'Large' : 'Small') },
  { field: 'Phase of flight', apply: () => 'Under water' },
  { field: 'Origin State', apply: record => (record['Origin State'] === 'Hawaii' ? 'Texas' : 'Hawaii') },
  { field: 'Cost Total $', apply: () => '-50000000' },
]

/**
 * Corrupt `count` records at even distances in the second half of the stream; each kind of fault comes in turn.
 * Returns new records and the list of faults; the input is left as it was.
 */
export function corrupt(
  records: readonly BirdStrike[],
  count: number,
): { records: BirdStrike[]; faults: Fault[] } {
  const out = records.slice()
  const faults: Fault[] = []
  const half = records.length >> 1
  const distance = Math.floor((records.length - half) / count)
  for (let k = 0; k < count; k++) {
    const at = half + k * distance + (distance >> 1)
    const record = records[at] as BirdStrike
    const { field, apply } = changes[k % changes.length] as (typeof changes)[number]
    const is = apply(record)
    out[at] = { ...record, [field]: is }
    faults.push({ record: at + 1, field, was: record[field] ?? '', is })
  }
  return { records: out, faults }
}
