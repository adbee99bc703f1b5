/** Which fields a detector finds, and what it says about those that it cannot use. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector } from '../../pipeline/detector.ts'
import type { DataRecord } from '../../pipeline/records.ts'
import { listened, mixedRecords, numbers, observeAll } from './streams.ts'

const nothing = { score: null, p: null, anomaly: null, why: [] }

test('kinds and encodings are described, with what is known of each field', () => {
  const detector = new Detector({ ignore: ['note'] })
  assert.equal(detector.describe(), [])
  observeAll(detector, mixedRecords(1100, 7))
  const kinds = Object.fromEntries(detector.describe().map(({ field, kind }) => [field, kind]))
  assert.equal(kinds, {
    method: 'category',
    path: 'category',
    status: 'category',
    latency: 'number',
    bytes: 'number',
    cached: 'boolean',
    late: 'category',
  })
  const method = detector.describe().find(({ field }) => field === 'method')
  assert.equal(method?.detail.values, ['GET', 'POST'])
  assert.equal([...detector.experts].sort(), ['frequency', 'prototype', 'rbm'])
  const views = detector.describe().map(({ field, experts, encoding }) => `${field} ${experts} ${encoding}`)
  for (const view of [
    'latency prototype real',
    'latency rbm bins',
    'path frequency index',
    'path rbm one-hot',
    'cached frequency bit',
    'cached rbm bit',
  ]) {
    assert.ok(views.includes(view), `${view} is not among ${views}`)
  }
  assert.is(detector.learned, 1100)
})

test('fields that come late are taken up until the layout is settled, later ones are reported once', () => {
  const { detector, codes } = listened()
  const records = numbers(1200).map((record, i) => ({
    ...record,
    ...(i >= 500 ? { late: (i * 7) % 5 } : {}),
    ...(i >= 1100 ? { later: 1 } : {}),
  }))
  observeAll(detector, records)
  assert.equal([...new Set(detector.describe().map(({ field }) => field))], ['x', 'y', 'late'])
  assert.equal(codes(), ['new-field later'])
})

test('a field that turns out to be of another kind is read anew', () => {
  const records = Array.from({ length: 200 }, (_, i) => ({
    code: i < 40 ? (i * 7) % 13 : `A${i % 3}`,
    x: (i * 5) % 7,
  }))
  const detector = new Detector()
  const kinds = () => detector.describe().flatMap(({ field, kind }) => (field === 'code' ? [kind] : []))
  observeAll(detector, records.slice(0, 40))
  assert.equal(new Set(kinds()), new Set(['number']))
  observeAll(detector, records.slice(40))
  assert.equal(new Set(kinds()), new Set(['category']))
})

test('a settled field that changes its kind is missing, and said so', () => {
  const { detector, notices } = listened()
  observeAll(detector, numbers(1100))
  const { score } = detector.observe({ x: 'broken', y: 0.1 })
  assert.ok(Number.isFinite(score))
  assert.equal(
    notices.map(({ code }) => code),
    ['kind'],
  )
  assert.match(notices[0].message, /"x": expected a number, got "broken"/)
})

test('values that cannot be used are reported before and after the warm-up, once for each look', () => {
  const { detector, codes } = listened()
  const record = { x: 1, y: { z: 1 }, w: Number.NaN }
  detector.observe(record)
  assert.equal(codes(), ['nested y', 'non-finite w'])
  observeAll(detector, numbers(100))
  detector.observe(record)
  assert.equal(codes().slice(2), ['nested y'])
  detector.scoreOne(record)
  assert.equal(codes().slice(3), ['nested y'])
})

test('a record without values gets its verdict, is reported and not learned', () => {
  const { detector, codes } = listened({ ignore: ['z'] })
  observeAll(detector, [{}, { z: 1 }, { y: null }, { y: '' }])
  assert.equal(codes(), Array(4).fill('no-fields '))
  assert.is(detector.learned, 0)
  observeAll(detector, numbers(100))
  assert.equal(detector.observe({ z: 1 }), nothing)
  assert.equal(detector.scoreOne({}), nothing)
  assert.is(detector.learned, 100)
  assert.is(codes().length, 6)
})

test('a stream of fields that never recur starts when some do', () => {
  const detector = new Detector()
  observeAll(
    detector,
    Array.from({ length: 1024 }, (_, i) => ({ [`f${i}`]: i })),
  )
  assert.is(
    observeAll(detector, numbers(40)).findIndex(({ score }) => score !== null),
    8,
  )
})

test('a stream whose first thousand records have no values starts when they come', () => {
  const detector = new Detector()
  observeAll(detector, Array(1500).fill({ list: [] }))
  const verdicts = observeAll(detector, numbers(40))
  assert.is(
    verdicts.findIndex(({ score }) => score !== null),
    8,
  )
})

test('ignored fields are neither scored nor learned', () => {
  const [plain, ignoring] = [new Detector(), new Detector({ ignore: ['z', 'w'] })]
  const records = numbers(300)
  const noisy = records.map((record, i) => ({ ...record, z: `${i}`, w: { deep: i } }))
  assert.equal(observeAll(ignoring, noisy), observeAll(plain, records))
})

test('a given kind is taken for the inferred one', () => {
  const detector = new Detector({ kinds: { code: 'category', flag: 'boolean', n: 'number' } })
  observeAll(
    detector,
    Array.from({ length: 40 }, (_, i) => ({ code: i % 4, flag: i % 2, n: i % 3 === 0 ? 'a' : 'b', m: i })),
  )
  assert.equal(
    [...new Set(detector.describe().map(({ field, kind }) => `${field} ${kind}`))],
    ['code category', 'flag boolean'],
  )
})

test('a field of identifiers neither hogs states nor alarms for ever', () => {
  for (const experts of ['auto', 'rbm']) {
    const { detector, codes } = listened({ experts })
    const records = numbers(3000).map((record, i) => ({ ...record, user: `u${(i * 7919) % 100_003}`, id: i }))
    const verdicts = observeAll(detector, records)
    const users = detector.describe().filter(({ field }) => field === 'user')
    assert.ok(users.every(({ detail }) => (detail.values as string[]).length === 0))
    assert.ok(users.every(({ experts, size }) => size <= (experts === 'rbm' ? 8 : 1024)))
    const last = verdicts.slice(2000)
    assert.ok(last.filter(({ anomaly }) => anomaly).length < 30)
    const surprises = last.flatMap(({ why }) =>
      why.flatMap(({ field, surprise }) => (field === 'user' ? [surprise] : [])),
    )
    // A machine without a state for any of them knows nothing of them. Counts do: each is one of many, and costs about
    // what they usually do, log 1024 = 7 nats.
    if (experts === 'rbm') assert.ok(surprises.every(surprise => surprise < 0.1))
    else
      assert.ok(
        surprises.every(surprise => Math.abs(surprise) < 4),
        `${Math.max(...surprises)}`,
      )
    assert.equal(codes().sort(), ['categories user', 'new-field id'])
  }
})

test('ten thousand categories go by without error', () => {
  const { detector, codes } = listened()
  for (let i = 0; i < 20_000; i++) detector.observe({ c: `v${i % 10_000}`, d: i % 3 })
  assert.equal(codes(), ['categories c'])
})

test('names of object members are fields like any other', () => {
  const records: DataRecord[] = Array.from({ length: 300 }, (_, i) =>
    JSON.parse(`{"__proto__": ${(i * 7) % 11}, "constructor": "c${i % 3}", "toString": ${i % 2 === 0}}`),
  )
  const detector = new Detector()
  const verdicts = observeAll(detector, records)
  assert.ok(verdicts.slice(8).every(({ score }) => Number.isFinite(score)))
  // A fit needs four values of a field that is a counter at first.
  assert.ok(verdicts.slice(32).every(({ why }) => why.length === 3))
  const { record } = detector.denoiseOne(
    JSON.parse('{"__proto__": 1e9, "constructor": null, "toString": true}'),
  )
  assert.equal(Object.keys(record), ['__proto__', 'constructor', 'toString'])
  assert.is(Object.getPrototypeOf(record), Object.prototype)
  assert.equal(({} as Record<string, unknown>).polluted, undefined)
})

test('numbers as texts are learned like numbers', () => {
  const records = numbers(300)
  const texts = records.map(({ x, y }) => ({ x: String(x), y: String(y) }))
  assert.equal(observeAll(new Detector(), texts), observeAll(new Detector(), records))
})

test('extreme numbers are scored', () => {
  const detector = new Detector()
  const extremes = [1e308, -1e308, 5e-324, -0, Number.MAX_SAFE_INTEGER, 1e-300]
  const records = Array.from({ length: 400 }, (_, i) => ({
    x: extremes[(i * 5) % 6],
    y: extremes[(i * i) % 6],
  }))
  for (const { score } of observeAll(detector, records).slice(8)) assert.ok(Number.isFinite(score))
  assert.ok(Number.isFinite(detector.scoreOne({ x: Number.MAX_VALUE, y: -Number.MAX_VALUE }).score))
})

test.run()
