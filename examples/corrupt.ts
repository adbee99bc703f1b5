// The faults that the demo puts into a few records, each named, so that anyone can check what was found.

/** What was done to one record. */
export interface Fault {
  /** Position in the stream, counted from 1. */
  readonly record: number
  readonly what: string
  /** The fields that were changed. */
  readonly fields: readonly string[]
}

type BirdStrike = Record<string, string>

/** A kind of fault: what a person would call it, and the fields that it changes. */
interface Change {
  readonly what: string
  readonly values: Readonly<Record<string, string>>
}

const changes: readonly Change[] = [
  { what: 'a speed typed twice', values: { 'Speed IAS in knots': '140140' } },
  {
    what: 'a broken spreadsheet reference',
    values: {
      'Aircraft Make Model': '#REF!',
      'Phase of flight': '#REF!',
      'Wildlife Size': '#REF!',
      'Wildlife Species': '#REF!',
    },
  },
  { what: 'a cost with the wrong sign', values: { 'Cost Total $': '-250000', 'Cost Repair': '-250000' } },
  { what: 'a state the airport is not in', values: { 'Origin State': 'Hawaii' } },
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
    const { what, values } = changes[k % changes.length]
    out[at] = { ...records[at], ...values }
    faults.push({ record: at + 1, what, fields: Object.keys(values) })
  }
  return { records: out, faults }
}
