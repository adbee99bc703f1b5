/** What a detector finds, and what it names. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/detector.ts'
import type { DataRecord, Verdict } from '../../pipeline/records.ts'
import { normals, observeAll, pairs, rocArea } from './streams.ts'

/** ROC area of the scores after `from` records. */
function area(verdicts: readonly Verdict[], anomalous: readonly boolean[], from: number): number {
  const scores = (wanted: boolean) =>
    verdicts.flatMap(({ score }, i) => (i >= from && anomalous[i] === wanted ? [score as number] : []))
  return rocArea(scores(true), scores(false))
}

/** Six numbers that share a cause, and one that does not. */
function sensors(count: number, seed: number): Record<string, number>[] {
  const uniform = uniforms(seed)
  const normal = normals(uniform)
  return Array.from({ length: count }, () => {
    const cause = normal()
    const record: Record<string, number> = {}
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) record[name] = 100 + 10 * cause + 3 * normal()
    record.free = uniform()
    return record
  })
}

test('two fields that always agree: a broken pair of common values is found', () => {
  const stream = pairs(4000, 1, 40)
  const verdicts = observeAll(
    new Detector({ why: 0 }),
    stream.map(({ record }) => record),
  )
  const found = area(
    verdicts,
    stream.map(({ broken }) => broken),
    1000,
  )
  // Each value by itself is as frequent as any other: without dependence the area is .5.
  assert.ok(found > 0.9, `${found}`)
})

test('a number far out is found and named first, with what was expected', () => {
  const records = sensors(2500, 2)
  const detector = new Detector()
  observeAll(detector, records.slice(0, 1500))
  const names = Object.keys(records[0])
  let named = 0
  let found = 0
  for (const [i, record] of records.slice(1500).entries()) {
    const field = names[i % names.length]
    const was = record[field]
    const { p, why } = detector.scoreOne({ ...record, [field]: was + (i % 2 ? 200 : -200) })
    if (why[0].field === field) named++
    if ((p as number) < 0.03) found++
    assert.ok(why[0].surprise >= why[1].surprise && why[1].surprise >= why[2].surprise)
  }
  assert.is(named, 1000)
  assert.ok(found > 990, `${found}`)
})

test('what is expected of a number comes from the other fields', () => {
  const records = sensors(4000, 3)
  const detector = new Detector({ why: 7 })
  observeAll(detector, records.slice(0, 3000))
  let error = 0
  let spread = 0
  for (const record of records.slice(3000)) {
    const { why } = detector.scoreOne({ ...record, c: 500 })
    const expected = why.find(({ field }) => field === 'c')?.expected as number
    error += Math.abs(expected - record.c)
    spread += Math.abs(100 - record.c)
  }
  // With the marginal mean alone the ratio would be 1.
  assert.ok(error < 0.75 * spread, `${error / spread}`)
})

test('the farther out, the more surprising', () => {
  const detector = new Detector()
  const records = sensors(1200, 4)
  observeAll(detector, records)
  let before = -Infinity
  for (const beyond of [20, 60, 100, 200, 1000, 1e6, 1e12, 1e300]) {
    const { score, why } = detector.scoreOne({ ...records[0], b: 100 + beyond })
    assert.ok((score as number) > before, `${beyond}`)
    if (beyond >= 100) assert.is(why[0].field, 'b')
    before = score as number
  }
})

test('a category never seen is found and named in a field of few values', () => {
  const uniform = uniforms(5)
  const stream = (): DataRecord => ({
    city: ['Oslo', 'Rome', 'Bonn'][Math.floor(uniform() * 3)],
    n: uniform(),
  })
  const records = Array.from({ length: 1500 }, stream)
  const verdictOf = (experts: string) => {
    const detector = new Detector({ experts })
    observeAll(detector, records)
    const { p, anomaly, why } = detector.scoreOne({ city: 'Atlantis', n: 0.5 })
    assert.ok((p as number) < 0.01 && anomaly)
    const reason = why.find(({ field }) => field === 'city')
    assert.is(reason?.value, 'Atlantis')
    assert.ok(['Oslo', 'Rome', 'Bonn'].includes(reason?.expected as string))
    return why
  }
  verdictOf('auto')
  const why = verdictOf('rbm')
  assert.is(why[0].field, 'city')
  // One in 1500 would be log 1500 = 7.3 nats; learning makes less of what never comes.
  assert.ok(why[0].surprise > Math.log(1500) && why[0].surprise < 20, `${why[0].surprise}`)
})

test('reasons say on which side of what was expected a number lies, and of other values nothing', () => {
  for (const experts of ['auto', 'rbm', 'prototype']) {
    const detector = new Detector({ experts, why: 9 })
    observeAll(
      detector,
      sensors(600, 9).map((record, i) => ({ ...record, unit: `u${i % 3}`, on: i % 2 === 0 })),
    )
    for (const [a, side] of [
      [900, 'above'],
      [-900, 'below'],
    ] as const) {
      const { why } = detector.scoreOne({ a, b: 100, unit: 'u9', on: true })
      assert.is(why.find(({ field }) => field === 'a')?.direction, side)
      for (const { field, value, expected, direction } of why) {
        if (typeof value === 'number') {
          const wanted = value === expected ? undefined : value > Number(expected) ? 'above' : 'below'
          assert.is(direction, wanted, field)
        } else assert.is(direction, undefined, field)
      }
    }
  }
})

test('a burst of equal attacks goes on alarming to its end', () => {
  const normal = sensors(6000, 10).map((record, i) => ({ ...record, unit: `u${i % 3}` }))
  const attack = { a: 40, b: 160, c: 40, d: 160, e: 40, f: 160, free: 2, unit: 'u1' }
  for (const [interleaved, alone] of [
    [1, 'in a row'],
    [2, 'every second record'],
  ] as const) {
    const detector = new Detector({ why: 0 })
    observeAll(detector, normal.slice(0, 3000))
    const alarms: boolean[] = []
    let falseAlarms = 0
    for (const [i, record] of normal.slice(3000).entries()) {
      if (i < 200) alarms.push(detector.observe(attack).anomaly === true)
      if (i < 200 && interleaved === 1) continue
      if (detector.observe(record).anomaly) falseAlarms++
    }
    assert.ok(alarms.every(Boolean), `${alone}: ${alarms.filter(Boolean).length} of 200`)
    // A share of .01 of 3000, and four standard deviations.
    assert.ok(falseAlarms <= 30 + 4 * Math.sqrt(30), `${falseAlarms}`)
    // Nor has it become normal meanwhile.
    assert.ok(detector.scoreOne(attack).anomaly)
  }
})

test('without protection the same burst is soon normal', () => {
  const attack = { a: 40, b: 160, c: 40, d: 160, e: 40, f: 160, free: 2 }
  const detector = new Detector({ why: 0, protect: 0 })
  observeAll(detector, sensors(3000, 10))
  assert.ok(observeAll(detector, Array(200).fill(attack)).filter(({ anomaly }) => anomaly).length < 20)
})

test('as many reasons as wanted, and only of fields that are there', () => {
  const records = sensors(200, 6)
  for (const why of [0, 1, 7, 50]) {
    const detector = new Detector({ why })
    observeAll(detector, records)
    assert.is(detector.scoreOne(records[0]).why.length, Math.min(why, 7))
    const partial = detector.scoreOne({ a: 100, free: null, c: 'x' })
    assert.equal(
      partial.why.map(({ field }) => field),
      why === 0 ? [] : ['a'],
    )
  }
})

test('a missing field neither makes an anomaly nor hides one', () => {
  const records = sensors(3000, 7)
  const detector = new Detector({ why: 0 })
  observeAll(detector, records.slice(0, 2000))
  let whole = 0
  let partial = 0
  let alarms = 0
  for (const record of records.slice(2000)) {
    const { a, d, ...rest } = record
    whole += detector.scoreOne(record).score as number
    const verdict = detector.scoreOne(rest)
    partial += verdict.score as number
    if ((verdict.p as number) < 0.01) alarms++
    assert.ok((detector.scoreOne({ ...rest, b: 4000 }).p as number) < 0.03)
  }
  // Two of seven fields gone: the mean score stays within a nat, and there are no more alarms than alpha allows, twice.
  assert.ok(Math.abs(whole - partial) / 1000 < 1, `${(whole - partial) / 1000}`)
  assert.ok(alarms <= 20, `${alarms}`)
})

test('a stream that changes for good is normal again', () => {
  const uniform = uniforms(8)
  const record = (words: readonly string[]) => ({
    w: words[Math.floor(uniform() * words.length)],
    n: uniform(),
  })
  const detector = new Detector({ why: 0 })
  for (let i = 0; i < 2000; i++) detector.observe(record(['a', 'b']))
  const rates = Array.from({ length: 4 }, () => {
    let alarms = 0
    for (let i = 0; i < 1000; i++) if (detector.observe(record(['c', 'd'])).anomaly) alarms++
    return alarms / 1000
  })
  assert.ok(rates[3] < 0.03, `${rates}`)
})

test.run()
