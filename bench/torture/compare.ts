/** What two files have in common: every record once, and the same bytes. */
import { existsSync, readFileSync } from 'node:fs'

export interface Difference {
  readonly lost: number
  readonly duplicated: number
  readonly identical: boolean
  /** Where they part, in words; empty when they do not. */
  readonly where: string
}

/** A line of output that begins a record, in NDJSON and in CSV. */
const RECORD = /^(?:\{"id":)?(\d+),/gm

/** How often each record occurs. */
function occurrences(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [, id] of text.matchAll(RECORD)) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

function firstDifference(expected: Buffer, got: Buffer): string {
  const shorter = Math.min(expected.length, got.length)
  let at = 0
  while (at < shorter && expected[at] === got[at]) at++
  const excerpt = (bytes: Buffer) => JSON.stringify(bytes.subarray(at, at + 60).toString())
  return `at byte ${at}: expected ${excerpt(expected)} (${expected.length} bytes in all), got ${excerpt(got)} (${got.length})`
}

/** @param expected the output of a run that nothing happened to */
export function compareOutputs(expected: string, got: string): Difference {
  const [wanted, found] = [expected, got].map(path =>
    existsSync(path) ? readFileSync(path) : Buffer.alloc(0),
  )
  if (wanted.equals(found)) return { lost: 0, duplicated: 0, identical: true, where: '' }
  const [once, counts] = [wanted, found].map(bytes => occurrences(bytes.toString()))
  const lost = [...once.keys()].filter(id => !counts.has(id)).length
  const duplicated = [...counts.values()].reduce((sum, count) => sum + count - 1, 0)
  return { lost, duplicated, identical: false, where: firstDifference(wanted, found) }
}

/** Where two files differ, in words; empty when they have the same bytes. */
export function differenceOfFiles(expected: string, got: string): string {
  const [wanted, found] = [readFileSync(expected), readFileSync(got)]
  return wanted.equals(found) ? '' : `${got} is not ${expected} ${firstDifference(wanted, found)}`
}
