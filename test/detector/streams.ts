/** What the tests of the detector share. All streams are seeded. */
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { requests } from '../../fixtures/requests.ts'
import type { DetectorOptions } from '../../pipeline/core-detector.ts'
import { Detector } from '../../pipeline/detector.ts'
import type { DataRecord, Notice, Verdict } from '../../pipeline/records.ts'

/** A standard normal number from two uniform ones (Box and Muller 1958). */
export function normals(uniform: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

/** Records of two independent standard normal numbers. */
export function numbers(count: number, seed = 1) {
  const normal = normals(uniforms(seed))
  return Array.from({ length: count }, () => ({ x: normal(), y: normal() }))
}

/** A detector and the notices it gives. */
export function listened(options: DetectorOptions = {}) {
  const notices: Notice[] = []
  const detector = new Detector({ ...options, onNotice: notice => notices.push(notice) })
  return { detector, notices, codes: () => notices.map(({ code, field }) => `${code} ${field}`) }
}

/** Records with numbers, categories, truth values, gaps, and some values that cannot be used. */
export function mixedRecords(count: number, seed: number): DataRecord[] {
  const uniform = uniforms(seed)
  return [...requests(count, seed)].map((request, i) => {
    const record: Record<string, unknown> = { ...request, note: `n${Math.floor(uniform() * 400)}` }
    if (uniform() < 0.1) record.latency = null
    if (uniform() < 0.1) delete record.path
    if (uniform() < 0.02) record.bytes = 'lost'
    if (uniform() < 0.02) record.status = { code: 200 }
    // A field that comes late, but not too late.
    if (i > 200) record.late = uniform() < 0.5 ? 'x' : 'y'
    return record
  })
}

/** The same with a field of each other kind, and from record 300 on a burst of forty equal attacks. */
export function eventfulRecords(count: number, seed: number): DataRecord[] {
  const words = ['disk', 'full', 'on', 'node', 'retry', 'lost', 'link', 'up', 'down', 'slow']
  const uniform = uniforms(seed + 1000)
  const message = () => Array.from({ length: 6 }, () => words[Math.floor(uniform() * words.length)]).join(' ')
  return mixedRecords(count, seed).map((record, i) => ({
    ...record,
    time: new Date(1.7e12 + 3e5 * i).toISOString(),
    message: message(),
    ...(i >= 300 && i < 340 ? { latency: 90_000, bytes: 5e7, method: 'DELETE' } : {}),
  }))
}

/** Two fields of four values that always agree, and two that vary freely; every `period`-th record breaks the pair. */
export function pairs(count: number, seed: number, period: number) {
  const uniform = uniforms(seed)
  const pick = (values: number) => Math.floor(uniform() * values)
  return Array.from({ length: count }, (_, i) => {
    const a = pick(4)
    const broken = i % period === period - 1
    const b = broken ? (a + 1 + pick(3)) % 4 : a
    return { broken, record: { a: `a${a}`, b: `b${b}`, c: `c${pick(5)}`, d: `d${pick(3)}` } }
  })
}

/** The verdicts on records, each learned after it was judged. */
export function observeAll(detector: Detector, records: readonly DataRecord[]): Verdict[] {
  return records.map(record => detector.observe(record))
}

/** P(score of a positive > score of a negative), ties half: the area under the ROC curve. */
export function rocArea(positive: readonly number[], negative: readonly number[]): number {
  let wins = 0
  for (const p of positive) for (const n of negative) wins += p > n ? 1 : p === n ? 0.5 : 0
  return wins / (positive.length * negative.length)
}

/** Like assert.equal, which would take minutes to show the difference between two files. */
export function sameBytes(got: Uint8Array, expected: Uint8Array): void {
  assert.ok(
    Buffer.from(got).equals(expected),
    `${got.length} bytes differ from the ${expected.length} expected`,
  )
}
