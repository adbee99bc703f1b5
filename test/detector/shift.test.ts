/** A number that moves away for good: the detector places its bins anew instead of seeing the field coarsely for ever. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/detector.ts'
import { ShiftWatch } from '../../pipeline/shift.ts'
import { normals, observeAll, sameBytes } from './streams.ts'

/** Two independent standard normal numbers; from record `from` on the first one is 100 higher. */
function shifting(count: number, from: number) {
  const normal = normals(uniforms(4))
  return Array.from({ length: count }, (_, i) => ({ a: normal() + (i < from ? 0 : 100), b: normal() }))
}

const pOf = (detector: Detector, record: object) => detector.scoreOne({ ...record }).p as number

test('after the shift the new values are normal, the old ones and new outliers are not', () => {
  const detector = new Detector({ why: 0 })
  // 355 records until the shift is noticed, 1024 to fit anew, and a full window of scores since.
  observeAll(detector, shifting(5000, 2000))
  assert.ok(pOf(detector, { a: 100.2, b: 0.3 }) > 0.2)
  for (const outlier of [
    { a: 0, b: 0 },
    { a: 150, b: 0 },
    { a: 100, b: 9 },
  ]) {
    assert.ok(pOf(detector, outlier) < 0.01, JSON.stringify(outlier))
  }
  assert.ok(Number(detector.describe()[0].detail.low) > 90)
})

test('a burst that is over within 300 records moves nothing', () => {
  const records = shifting(4000, 4000).map((record, i) => (i >= 2000 && i < 2300 ? { a: 100, b: 0 } : record))
  const detector = new Detector({ why: 0 })
  observeAll(detector, records)
  assert.ok(Number(detector.describe()[0].detail.high) < 10)
})

for (const stop of [2100, 2360, 2800, 3379, 3380, 3400]) {
  test(`stopping at record ${stop} of a shift and going on is like not stopping`, () => {
    const records = shifting(3600, 2000)
    const straight = new Detector({ why: 0 })
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
