/** Records beyond all measure: one of them alarms and changes nothing else, many of them are the new normal. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/detector.ts'
import { families } from '../../pipeline/experts/index.ts'
import type { DataRecord, Verdict } from '../../pipeline/records.ts'
import { normals } from './streams.ts'

const numeric = families.filter(({ encodings }) => encodings.number)

/** Load follows temperature; a switch is on now and then. `record` `at` has a temperature of its own. */
function* stream(count: number, at = -1, outlier = 0): Generator<DataRecord> {
  const uniform = uniforms(5)
  const normal = normals(uniform)
  for (let n = 0; n < count; n++) {
    const temperature = 20 + 3 * normal()
    const load = 50 + 2 * temperature + normal()
    yield { temperature: n === at ? outlier : temperature, load, pressure: 4 + 0.1 * normal() }
  }
}

function verdicts(experts: string, records: Iterable<DataRecord>, seed = 1): Verdict[] {
  const detector = new Detector({ experts, seed, why: 0 })
  const all = Array.from(records, record => detector.observe(record))
  detector.release()
  return all
}

const alarmsOf = (all: readonly Verdict[]) => all.filter(({ anomaly }) => anomaly).length

for (const { name } of numeric) {
  test(`${name}: after one wild record the others are as usual`, () => {
    for (const outlier of [1e6, -1e38]) {
      const all = verdicts(name, stream(1600, 400, outlier))
      assert.is(all[400].anomaly, true, `${outlier} is no alarm`)
      // One in a hundred on average; of 1,500 more than 40 with a probability below 1e-7. A spoilt model alarms on a thousand.
      assert.ok(alarmsOf(all) <= 40, `${alarmsOf(all)} alarms after ${outlier}`)
    }
  })
}

// Prototypes have no ranges to be fitted anew: their centres follow.
for (const { name } of numeric.filter(({ relativeTo }) => relativeTo !== 'past')) {
  test(`${name}: numbers that have moved away for good become normal, and anomalies are found there`, () => {
    const detector = new Detector({ experts: name, why: 0, protect: 200 })
    const moved = ({ load, ...record }: DataRecord) => ({ ...record, load: Number(load) + 1e7 })
    const all = Array.from(stream(4200), (record, n) =>
      detector.observe(n < 1200 ? record : moved(n === 4100 ? { ...record, load: 200 } : record)),
    )
    detector.release()
    assert.ok(alarmsOf(all.slice(1200, 1300)) > 90)
    // Two hundred are held back, some four hundred have to be beyond, and a thousand are fitted: by record 3,000 it is over.
    assert.ok(alarmsOf(all.slice(3200)) <= 40, `${alarmsOf(all.slice(3200))} alarms at the end`)
    assert.is(all[4100].anomaly, true, `${all[4100].score} nats`)
  })
}

test('hmm: a step along a long window does not overshoot', () => {
  const normal = normals(uniforms(7))
  const records = Array.from({ length: 1000 }, () => {
    const level = normal()
    return Object.fromEntries(Array.from({ length: 40 }, (_, t) => [`t${t}`, level + 0.3 * normal()]))
  })
  // Overshooting steps fit the last record alone: nearly all others alarm.
  assert.ok(alarmsOf(verdicts('hmm', records)) <= 40)
})

test('student: a switch, whose values repeat exactly, makes no expert infinitely sharp', () => {
  const uniform = uniforms(6)
  const normal = normals(uniform)
  const records = Array.from({ length: 6000 }, () => ({ load: 40 + 5 * normal(), on: uniform() < 0.3 }))
  const all = verdicts('student', records)
  // Without noise the last thousands alarm two to five times as often as alpha. 40 of 4,000, with a deviation of 6.
  assert.ok(alarmsOf(all.slice(2000)) <= 40 + 5 * 6.3)
})

test('unigauss: a field that has never varied leaves no room for another value', () => {
  const records = Array.from({ length: 600 }, () => ({ a: 5, b: 5 }))
  const all = verdicts('unigauss', [...records, { a: 6, b: 5 }])
  assert.ok((all[600].score ?? 0) > 10, `${all[600].score} nats`)
})

test('options of one family are taken together', () => {
  const detector = new Detector({ experts: 'unigauss', family: { low: -10, high: 10 } })
  detector.release()
  assert.throws(
    () => new Detector({ experts: 'unigauss', family: { low: 3, high: 1 } }),
    (error: Error) => error instanceof RangeError && /got 3 and 1/.test(error.message),
  )
})

test.run()
