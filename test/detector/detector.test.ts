/** What a detector does from its first record on. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { choices } from '../../pipeline/choice.ts'
import { Detector, type DetectorOptions } from '../../pipeline/detector.ts'
import type { DataRecord, Notice } from '../../pipeline/records.ts'
import { eventfulRecords, mixedRecords, normals, observeAll, sameBytes } from './streams.ts'

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
  assert.ok(verdicts.slice(0, 8).every(verdict => JSON.stringify(verdict) === JSON.stringify(nothing)))
  assert.ok(verdicts.slice(8).every(({ score }) => Number.isFinite(score)))
  assert.ok(verdicts.slice(0, 108).every(({ p, anomaly }) => p === null && anomaly === null))
  for (const { p, anomaly } of verdicts.slice(108)) {
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

for (const experts of choices) {
  test(`${experts}: observing is scoring, then learning`, () => {
    const records = eventfulRecords(1200, 2)
    const [one, two] = [new Detector({ experts }), new Detector({ experts })]
    for (const record of records) {
      assert.equal(one.observe(record), two.scoreOne(record))
      two.learnOne(record)
    }
    sameBytes(one.save(), two.save())
  })

  test(`${experts}: scoring, denoising, features and descriptions change nothing`, () => {
    for (const learned of [5, 10, 100, 1100]) {
      const records = eventfulRecords(learned + 50, 3)
      const detector = new Detector({ experts })
      observeAll(detector, records.slice(0, learned))
      const before = detector.save()
      for (const record of records.slice(-100)) {
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
}

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

for (const experts of ['auto', 'rbm']) {
  test(`${experts}: streams of few different records keep the promise, too`, () => {
    const streams: Record<string, (uniform: () => number) => object> = {
      constant: () => ({ a: 5, b: 'x', c: true }),
      status: uniform => ({
        status: uniform() < 0.001 ? 500 : 200,
        method: uniform() < 0.3 ? 'POST' : 'GET',
      }),
      'three numbers': uniform => ({ a: Math.floor(3 * uniform()) }),
      // A third of the stream with a score of its own, which is no burst.
      'one category': uniform => ({ a: uniform() < 0.3 ? 'x' : 'y' }),
      'one boolean': uniform => ({ a: uniform() < 0.1 }),
    }
    for (const [name, next] of Object.entries(streams)) {
      const uniform = uniforms(2)
      const detector = new Detector({ why: 0, experts })
      let judged = 0
      let alarms = 0
      for (let i = 0; i < 10_000; i++) {
        const { anomaly } = detector.observe({ ...next(uniform) })
        if (anomaly !== null) judged++
        if (anomaly) alarms++
      }
      // alpha is .01; four standard deviations of a share of 10,000 are .004.
      assert.ok(alarms / judged < 0.014, `${name}: ${alarms} of ${judged}`)
      // Each fit of the settling phase moves all scores a little; the first record after it may stand out.
      if (name === 'constant') assert.ok(alarms <= 3, `${alarms}`)
    }
  })
}

for (const [experts, protect] of [
  ['auto', 2000],
  ['auto', 0],
  ['rbm', 2000],
  ['prototype', 2000],
] as const) {
  test(`${experts}, protect ${protect}: about a share alpha of normal records alarm`, () => {
    const uniform = uniforms(6)
    const normal = normals(uniform)
    const detector = new Detector({ why: 0, alpha: 0.02, experts, protect })
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
}

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

test('scores are relative to the stream: about 0 on average', () => {
  const records = mixedRecords(3000, 8)
  const meanOf = (experts: string, from: number) => {
    const scores = observeAll(new Detector({ experts, why: 0 }), records).map(({ score }) => score as number)
    return scores.slice(from).reduce((a, b) => a + b) / (records.length - from)
  }
  // The reference is 256 of the rows; scores have a standard deviation of about 3, its mean one of 0.2.
  assert.ok(Math.abs(meanOf('rbm', 2000)) < 0.8)
  // What others are relative to is the mean of all before, which were higher while less was known: scores have a standard
  // deviation of about 7, and their means stay within that.
  const late = meanOf('auto', 2000)
  assert.ok(late > -7 && late < 0.8, `${late}`)
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

test('features of a machine are probabilities of its hidden units', () => {
  const detector = new Detector({ experts: 'rbm', family: { hidden: 12 } })
  assert.is(detector.transformOne({ x: 1 }).length, 0)
  observeAll(detector, numbers(100))
  const features = detector.transformOne({ x: 1, y: null })
  assert.is(features.length, 12)
  assert.ok(features.every(feature => feature >= 0 && feature <= 1))
})

test('features of several families stand one behind the other', () => {
  const records = mixedRecords(200, 6)
  const features = (experts: string) => {
    const detector = new Detector({ experts })
    observeAll(detector, records)
    return { features: detector.transformOne(records[0]), experts: detector.experts }
  }
  const all = features('auto')
  const lengths = all.experts.map(name => features(name).features.length)
  assert.is(
    all.features.length,
    lengths.reduce((a, b) => a + b),
  )
  assert.ok(all.features.every(Number.isFinite))
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
    [{ kinds: { a: 'date' } }, RangeError, /"a" as number, .*timestamp, text, got "date"/],
    [{ protect: -1 }, RangeError, /protect as a whole number from 0/],
    [{ protect: '9' }, TypeError, /protect as a whole number/],
    [{ family: { hiden: 4 } }, RangeError, /options of the experts \(.*hidden.*\), got 'hiden'/],
    [{ experts: 'prototype', family: { hidden: 4 } }, RangeError, /options of the experts .*, got 'hidden'/],
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
