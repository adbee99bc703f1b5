/** A number that moves away for good: the detector places its bins anew instead of seeing the field coarsely for ever. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/detector.ts'
import type { MemberState } from '../../pipeline/member.ts'
import type { DataRecord } from '../../pipeline/records.ts'
import { ShiftWatch } from '../../pipeline/shift.ts'
import { readSafetensors } from '../../pipeline/state/safetensors.ts'
import { normals, observeAll, sameBytes } from './streams.ts'

/** Two independent standard normal numbers; from record `from` on the first one is 100 higher. */
function shifting(count: number, from: number) {
  const normal = normals(uniforms(4))
  return Array.from({ length: count }, (_, i) => ({ a: normal() + (i < from ? 0 : 100), b: normal() }))
}

/** How an encoding sees a field. */
const detailOf = (detector: Detector, name: string, wanted: string) =>
  detector.describe().find(({ field, encoding }) => field === name && encoding === wanted)?.detail ?? {}
const binsOf = (detector: Detector, name: string) => detailOf(detector, name, 'bins')

const sameValues = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length && Array.from(a).every((value, i) => value === b[i])

const pOf = (detector: Detector, record: object) => detector.scoreOne({ ...record }).p as number

/** Alarms among each `size` records from `from` on. */
function alarmsBy(detector: Detector, records: readonly DataRecord[], size: number): number[] {
  const alarms: number[] = []
  for (const [i, { anomaly }] of observeAll(detector, records).entries()) {
    const part = Math.floor(i / size)
    alarms[part] = (alarms[part] ?? 0) + Number(anomaly === true)
  }
  return alarms
}

test('after the shift the new values are normal, the old ones and new outliers are not', () => {
  for (const [experts, count] of [
    // What is held back moves no range: 2000 records, then 355 beyond it and 1024 for the fit.
    ['rbm', 7000],
    // Prototypes of the old values take their time to fade.
    ['auto', 11_000],
  ] as const) {
    const detector = new Detector({ why: 0, experts })
    observeAll(detector, shifting(count, 2000))
    assert.ok(pOf(detector, { a: 100.2, b: 0.3 }) > 0.2)
    for (const outlier of [
      { a: 0, b: 0 },
      { a: 150, b: 0 },
      { a: 100, b: 9 },
    ]) {
      assert.ok(pOf(detector, outlier) < 0.01, `${experts} ${JSON.stringify(outlier)}`)
    }
    assert.ok(Number(binsOf(detector, 'a').low) > 90)
  }
})

for (const [experts, protect] of [
  ['auto', 2000],
  ['auto', 500],
  ['rbm', 500],
  ['prototype', 2000],
  ['prototype', 500],
] as const) {
  test(`${experts}: a lasting shift stops alarming within ${protect} records and a few hundred more`, () => {
    const detector = new Detector({ why: 0, experts, protect })
    observeAll(detector, shifting(2000, 2000))
    const shifted = shifting(7000, 2000).slice(2000)
    const alarms = alarmsBy(detector, shifted, 100)
    const calm = protect / 100 + 4
    assert.ok(
      alarms.slice(0, Math.min(protect, 1300) / 100).every(count => count > 95),
      `${alarms}`,
    )
    // One in a hundred, and four standard deviations of the mean of so many hundreds.
    const rest = alarms.slice(calm)
    const rate = rest.reduce((a, b) => a + b, 0) / (100 * rest.length)
    assert.ok(rate < 0.01 + 4 * Math.sqrt(0.01 / (100 * rest.length)), `${alarms}`)
  })
}

test('a burst that is over within 300 records moves nothing', () => {
  const records = shifting(4000, 4000).map((record, i) => (i >= 2000 && i < 2300 ? { a: 100, b: 0 } : record))
  for (const experts of ['auto', 'rbm']) {
    const detector = new Detector({ why: 0, experts })
    observeAll(detector, records)
    assert.ok(Number(binsOf(detector, 'a').high) < 10)
  }
})

test('what has not been outgrown survives a refit: prototypes go on, the machine starts anew', () => {
  const records = shifting(3600, 2000)
  const detector = new Detector({ why: 0, protect: 0 })
  const prototypes = () => {
    const { tensors, metadata } = readSafetensors(detector.save())
    const index = JSON.parse(metadata.members).findIndex(({ family }: MemberState) => family === 'prototype')
    const [seen] = tensors[`members.${index}.product.counters`].data
    return { seen, centres: tensors[`members.${index}.product.experts.centres`].data }
  }
  observeAll(detector, records.slice(0, 3300))
  assert.ok(Number(binsOf(detector, 'a').low) < 10)
  let before = prototypes()
  // Some 355 values beyond the range, then 1024 records to fit to.
  const refit = records.findIndex((record, i) => {
    if (i < 3300) return false
    before = prototypes()
    detector.observe(record)
    return Number(binsOf(detector, 'a').low) > 90
  })
  assert.ok(refit > 2000 + 1024 + 300 && refit < 2000 + 1024 + 356, `${refit}`)
  const after = prototypes()
  assert.equal([before.seen, after.seen], [refit, refit + 1])
  // Nor has a centre moved.
  assert.ok(sameValues(after.centres, before.centres))
  assert.ok(Math.abs(Number(detailOf(detector, 'a', 'real').median)) < 1)
})

for (const stop of [2100, 2360, 2800, 3379, 3380, 3400]) {
  test(`stopping at record ${stop} of a shift and going on is like not stopping`, () => {
    const records = shifting(3600, 2000)
    const straight = new Detector({ why: 0, protect: 0 })
    observeAll(straight, records.slice(0, stop))
    const resumed = Detector.load(straight.save())
    const expected = observeAll(straight, records.slice(stop))
    assert.is(JSON.stringify(observeAll(resumed, records.slice(stop))), JSON.stringify(expected))
    sameBytes(resumed.save(), straight.save())
  })
}

test('a share of half has to be lasting', () => {
  const watch = new ShiftWatch(2)
  const beyond = Float64Array.of(0, 3)
  const within = new Float64Array(2)
  // 1 − (1 − 1/512)^n passes one half at n = 355.
  for (let i = 0; i < 354; i++) watch.add(beyond)
  assert.is(watch.outgrown, false)
  watch.add(beyond)
  assert.is(watch.outgrown, true)
  watch.add(within)
  assert.is(watch.outgrown, false)
})

test('a state that cannot be one is refused', () => {
  for (const wrong of [[0], [0, -1], [0, 2], [0, Number.NaN]]) {
    assert.throws(() => new ShiftWatch(2).restore(Float64Array.from(wrong)), /Expected 2 shares/)
  }
})

test.run()
