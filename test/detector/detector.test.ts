/** What a detector does from its first record on. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector } from '../../pipeline/detector.ts'
import { choices } from '../../pipeline/experts/index.ts'
import { eventfulRecords, mixedRecords, numbers, observeAll, sameBytes } from './streams.ts'

const nothing = { score: null, p: null, anomaly: null, why: [] }
const experienced = new Detector()
observeAll(experienced, numbers(100))

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
