/** What a detector does from its first record on. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector, type DetectorOptions } from '../../pipeline/detector.ts'
import type { DataRecord, Notice } from '../../pipeline/records.ts'
import { mixedRecords, normals, observeAll, sameBytes } from './streams.ts'

const nothing = { score: null, p: null, anomaly: null, why: [] }
const numbers = (count: number, seed = 1) => {
  const normal = normals(uniforms(seed))
  return Array.from({ length: count }, () => ({ x: normal(), y: normal() }))
}

const experienced = new Detector()
observeAll(experienced, numbers(100))

/** A detector and the notices it gives. */
function listened(options: DetectorOptions = {}) {
  const notices: Notice[] = []
  const detector = new Detector({ ...options, onNotice: notice => notices.push(notice) })
  return { detector, notices, codes: () => notices.map(({ code, field }) => `${code} ${field}`) }
}

test('one verdict for each record: none during the warm-up, scores from then on, p-values after 100 scores', () => {
  const verdicts = observeAll(new Detector(), numbers(200))
  assert.ok(verdicts.slice(0, 32).every(verdict => JSON.stringify(verdict) === JSON.stringify(nothing)))
  assert.ok(verdicts.slice(32).every(({ score }) => Number.isFinite(score)))
  assert.ok(verdicts.slice(0, 132).every(({ p, anomaly }) => p === null && anomaly === null))
  for (const { p, anomaly } of verdicts.slice(132)) {
    assert.ok((p as number) > 0 && (p as number) <= 1)
    assert.is(anomaly, (p as number) < 0.01)
  }
})

test('the warm-up can be shorter or longer', () => {
  for (const warmup of [1, 10, 2000]) {
    const verdicts = observeAll(new Detector({ warmup }), numbers(2010))
    assert.is(
      verdicts.findIndex(({ score }) => score !== null),
      warmup,
    )
  }
})

test('observing is scoring, then learning', () => {
  const records = mixedRecords(1200, 2)
  const [one, two] = [new Detector(), new Detector()]
  for (const record of records) {
    assert.equal(one.observe(record), two.scoreOne(record))
    two.learnOne(record)
  }
  sameBytes(one.save(), two.save())
})

test('scoring, denoising, features and descriptions change nothing', () => {
  for (const learned of [10, 100, 1100]) {
    const records = mixedRecords(learned + 50, 3)
    const detector = new Detector()
    observeAll(detector, records.slice(0, learned))
    const before = detector.save()
    for (const record of records) {
      const untouched = JSON.stringify(record)
      detector.scoreOne(record)
      detector.denoiseOne(record)
      detector.transformOne(record)
      assert.is(JSON.stringify(record), untouched)
    }
    detector.describe()
    sameBytes(detector.save(), before)
  }
})

test('the same seed gives the same verdicts and the same file, another seed others', () => {
  const records = mixedRecords(1100, 4)
  const run = (seed: number) => {
    const detector = new Detector({ seed })
    return { verdicts: JSON.stringify(observeAll(detector, records)), file: detector.save() }
  }
  const [one, same, other] = [run(1), run(1), run(2)]
  assert.ok(same.verdicts === one.verdicts)
  sameBytes(same.file, one.file)
  assert.ok(other.verdicts !== one.verdicts)
})

test('detectors side by side do not touch each other', () => {
  const records = mixedRecords(600, 5)
  const alone = new Detector()
  const expected = observeAll(alone, records)
  const [one, other] = [new Detector(), new Detector({ seed: 9, family: { hidden: 5 } })]
  const interleaved = records.map((record, i) => {
    other.observe(records[(i * 7) % records.length])
    return one.observe(record)
  })
  assert.equal(interleaved, expected)
})

test('streams of few different records keep the promise, too', () => {
  const streams: Record<string, (uniform: () => number) => object> = {
    constant: () => ({ a: 5, b: 'x', c: true }),
    status: uniform => ({ status: uniform() < 0.001 ? 500 : 200, method: uniform() < 0.3 ? 'POST' : 'GET' }),
    'three numbers': uniform => ({ a: Math.floor(3 * uniform()) }),
    'one boolean': uniform => ({ a: uniform() < 0.1 }),
  }
  for (const [name, next] of Object.entries(streams)) {
    const uniform = uniforms(2)
    const detector = new Detector({ why: 0 })
    let judged = 0
    let alarms = 0
    for (let i = 0; i < 10_000; i++) {
      const { anomaly } = detector.observe({ ...next(uniform) })
      if (anomaly !== null) judged++
      if (anomaly) alarms++
    }
    // alpha is .01; four standard deviations of a share of 10,000 are .004.
    assert.ok(alarms / judged < 0.014, `${name}: ${alarms} of ${judged}`)
    if (name === 'constant') assert.is(alarms, 0)
  }
})

test('about a share alpha of normal records alarm', () => {
  const uniform = uniforms(6)
  const normal = normals(uniform)
  const detector = new Detector({ why: 0, alpha: 0.02 })
  let alarms = 0
  const count = 12_000
  for (let i = 0; i < count + 2000; i++) {
    const x = normal()
    const { anomaly } = detector.observe({
      x,
      y: x + normal(),
      color: ['red', 'green', 'blue'][Math.floor(uniform() * 3)],
    })
    if (i >= 2000 && anomaly) alarms++
  }
  // Four standard deviations of the count, and of the rank in a window of 1024 renewed 12 times.
  const noise = 4 * Math.sqrt((0.02 * 0.98) / count) + 4 * Math.sqrt((0.02 * 0.98) / 1024 / 12)
  assert.ok(Math.abs(alarms / count - 0.02) < noise, `${alarms / count}`)
})

test('kinds and encodings are described, with what is known of each field', () => {
  const detector = new Detector({ ignore: ['note'] })
  assert.equal(detector.describe(), [])
  observeAll(detector, mixedRecords(1100, 7))
  const kinds = Object.fromEntries(detector.describe().map(({ field, kind }) => [field, kind]))
  assert.equal(kinds, {
    method: 'category',
    path: 'category',
    status: 'number',
    latency: 'number',
    bytes: 'number',
    cached: 'boolean',
    late: 'category',
  })
  const method = detector.describe().find(({ field }) => field === 'method')
  assert.equal(method?.detail.values, ['GET', 'POST'])
  assert.is(detector.family, 'rbm')
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
  assert.equal(
    detector.describe().map(({ field }) => field),
    ['x', 'y', 'late'],
  )
  assert.equal(codes(), ['new-field later'])
})

test('a field that turns out to be of another kind is read anew', () => {
  const records = Array.from({ length: 200 }, (_, i) => ({
    code: i < 40 ? (i * 7) % 13 : `A${i % 3}`,
    x: (i * 5) % 7,
  }))
  const detector = new Detector()
  observeAll(detector, records.slice(0, 40))
  assert.is(detector.describe()[0].kind, 'number')
  observeAll(detector, records.slice(40))
  assert.is(detector.describe()[0].kind, 'category')
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
    32,
  )
})

test('scores are relative to the stream: about 0 on average', () => {
  const records = mixedRecords(3000, 8)
  const scores = observeAll(new Detector(), records).map(({ score }) => score as number)
  const mean = scores.slice(-1000).reduce((a, b) => a + b) / 1000
  // The reference is 256 of the rows; scores have a standard deviation of about 3, its mean one of 0.2.
  assert.ok(Math.abs(mean) < 0.8, `${mean}`)
})

test('a stream whose first thousand records have no values starts when they come', () => {
  const detector = new Detector()
  observeAll(detector, Array(1500).fill({ list: [] }))
  const verdicts = observeAll(detector, numbers(40))
  assert.is(
    verdicts.findIndex(({ score }) => score !== null),
    32,
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
    detector.describe().map(({ field, kind }) => `${field} ${kind}`),
    ['code category', 'flag boolean'],
  )
})

test('a field of identifiers neither hogs states nor alarms for ever', () => {
  const { detector, codes } = listened()
  const records = numbers(3000).map((record, i) => ({ ...record, user: `u${(i * 7919) % 100_003}`, id: i }))
  const verdicts = observeAll(detector, records)
  const user = detector.describe().find(({ field }) => field === 'user')
  assert.ok(user && user.size <= 8 && (user.detail.values as string[]).length === 0)
  const last = verdicts.slice(2000)
  assert.ok(last.filter(({ anomaly }) => anomaly).length < 30)
  assert.ok(last.every(({ why }) => why.every(({ field, surprise }) => field !== 'user' || surprise < 0.1)))
  assert.equal(codes().sort(), ['categories user', 'new-field id'])
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
  assert.ok(verdicts.slice(32).every(({ score, why }) => Number.isFinite(score) && why.length === 3))
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
  for (const { score } of observeAll(detector, records).slice(32)) assert.ok(Number.isFinite(score))
  assert.ok(Number.isFinite(detector.scoreOne({ x: Number.MAX_VALUE, y: -Number.MAX_VALUE }).score))
})

test('features are probabilities of the hidden units', () => {
  const detector = new Detector({ family: { hidden: 12 } })
  assert.is(detector.transformOne({ x: 1 }).length, 0)
  observeAll(detector, numbers(100))
  const features = detector.transformOne({ x: 1, y: null })
  assert.is(features.length, 12)
  assert.ok(features.every(feature => feature >= 0 && feature <= 1))
})

test('what is no record is a wrong kind of argument', () => {
  for (const value of [null, undefined, 'text', 5, [1, 2], Symbol('s')]) {
    for (const detector of [new Detector(), experienced]) {
      for (const method of ['observe', 'scoreOne', 'learnOne', 'denoiseOne', 'transformOne'] as const) {
        assert.throws(
          () => detector[method](value as never),
          /Expected a record, an object of fields by name, got/,
        )
      }
    }
  }
})

test('options that cannot be are refused with what was expected', () => {
  for (const [options, kind, message] of [
    [{ alpha: 0 }, RangeError, /alpha between 0 and 1.*got 0/],
    [{ alpha: '0.1' }, TypeError, /alpha as a number, got "0\.1"/],
    [{ warmup: 0 }, RangeError, /warmup as a whole number from 1/],
    [{ warmup: 2.5 }, RangeError, /got 2\.5/],
    [{ seed: -1 }, RangeError, /seed as a whole number/],
    [{ why: 'all' }, TypeError, /why as a whole number/],
    [{ ignore: 'a' }, TypeError, /ignore as a list/],
    [{ kinds: { a: 'date' } }, RangeError, /"a" as number, category, boolean, got "date"/],
    [{ experts: 'gnome' }, RangeError, /'gnome'/],
  ] as const) {
    let thrown: unknown
    try {
      new Detector(options as never)
    } catch (error) {
      thrown = error
    }
    assert.instance(thrown, kind)
    assert.match((thrown as Error).message, message)
  }
})

test.run()
