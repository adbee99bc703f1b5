/** A learning rate that is far too high is noticed, said, and costs no more than the experts that it was given to. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { orders } from '../../fixtures/orders.ts'
import type { DetectorOptions } from '../../pipeline/core-detector.ts'
import { Detector } from '../../pipeline/detector.ts'
import { DivergenceWatch } from '../../pipeline/divergence.ts'
import { ModelFileError } from '../../pipeline/errors.ts'
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import type { DataRecord } from '../../pipeline/records.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'
import {
  eventfulRecords,
  listened,
  mixedRecords,
  numbers,
  observeAll,
  pairs,
  rocArea,
  sameBytes,
} from './streams.ts'

/** A hundred times the rate that streams are learned with. */
const HUNDREDFOLD = { learningRate: 10 }
/** Weights are multiplied by −9 with every update. */
const EXPLODING = { learningRate: 10, learningRateDecay: 0, weightDecay: 1 }

const ordered = (count: number, fields: Parameters<typeof orders>[1]) =>
  orders(count, fields).map(({ record }) => record)
/** Orders that from the middle on are of another world. */
const changing = (count: number): DataRecord[] =>
  ordered(count, 'mixed').map((record, i) =>
    2 * i < count
      ? record
      : { item: `new ${record.item}`, shop: 'west', paid: !record.paid, pieces: -100, weight: 1e6, price: 7 },
  )
const streams: Readonly<Record<string, readonly DataRecord[]>> = {
  mixed: mixedRecords(1500, 1),
  eventful: eventfulRecords(1200, 2),
  numbers: numbers(1500),
  pairs: pairs(1500, 1, 20).map(({ record }) => record),
  changing: changing(1500),
  requests: readFileSync(new URL('../../fixtures/requests.ndjson', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as DataRecord),
}

/** What a stream brings: scores, and messages of divergence. */
function pass(records: readonly DataRecord[], options: DetectorOptions) {
  const { detector, notices } = listened(options)
  const scores = observeAll(detector, records).map(({ score }) => score)
  const messages = notices.filter(({ code }) => code === 'divergence').map(({ message }) => message)
  return { detector, scores, messages }
}

for (const [name, records] of Object.entries(streams)) {
  test(`${name}: a hundred times the learning rate is reported once, and scores remain finite`, () => {
    const { detector, scores, messages } = pass(records, { experts: 'rbm', family: HUNDREDFOLD })
    assert.is(messages.length, 1)
    assert.match(messages[0], /rbm.* by chance, \d+\.\d nats, got \d+\.\d nats .* lower learningRate.* 10\.$/)
    assert.ok(scores.slice(8).every(Number.isFinite))
    Detector.load(detector.save()).release()
  })

  test(`${name}: nothing is reported at the learning rate for streams, nor at ten times as much`, () => {
    for (const options of [{}, { experts: 'rbm' }, { experts: 'rbm', family: { learningRate: 1 } }])
      assert.equal(pass(records, options).messages, [], JSON.stringify(options))
  })
}

test('of words it is noticed after some hundred texts', () => {
  const texts = eventfulRecords(700, 2).map(({ message }) => ({ message }))
  assert.is(pass(texts, { experts: 'tokens', family: HUNDREDFOLD }).messages.length, 1)
  assert.equal(pass(texts, { experts: 'tokens' }).messages, [])
})

test('experts whose learning diverges no longer count, and the others go on as if alone', () => {
  const records = ordered(600, 'categories')
  const options = { protect: 0, family: HUNDREDFOLD }
  const { detector, scores, messages } = pass(records, options)
  assert.is(messages.length, 1)
  assert.match(messages[0], /rbm.*no longer counts, and the other experts go on/)
  const muted = detector.describeExperts().map(each => [each.experts, each.muted])
  assert.equal(muted, [
    ['frequency', undefined],
    ['rbm', true],
  ])
  const alone = pass(records, { protect: 0, experts: 'frequency' })
  // It is known at record 128.
  assert.equal(scores.slice(128), alone.scores.slice(128))
  const reasons = detector.scoreOne({ item: 'tea', shop: 'west', paid: true }).why
  assert.equal(reasons, alone.detector.scoreOne({ item: 'tea', shop: 'west', paid: true }).why)
})

test('on records of all kinds it is the same: prototypes take no such rate, and find what they found', () => {
  const stream = orders(1000, 'mixed')
  const { detector, scores, messages } = pass(
    stream.map(({ record }) => record),
    { family: HUNDREDFOLD },
  )
  assert.is(messages.length, 1)
  const muted = detector.describeExperts().filter(each => each.muted)
  assert.equal(
    muted.map(({ experts }) => experts),
    ['rbm'],
  )
  const late = (fault: boolean) => scores.filter((_, i) => i >= 300 && stream[i].fault === fault).map(Number)
  assert.ok(rocArea(late(true), late(false)) > 0.95)
})

test('an option that every family refuses is refused, and one that does not go with others', () => {
  const refused: FamilyOptions[] = [
    { learningRate: 11 },
    { learningRate: -1 },
    { hidden: 0.5 },
    { unheard: 1 },
  ]
  for (const family of refused)
    assert.throws(
      () => new Detector({ family }),
      (error: Error) => error instanceof RangeError,
    )
  assert.throws(
    () => new Detector({ family: { persistentChains: 2, chainsPerStep: 3 } }),
    /at most persistentChains/,
  )
  assert.throws(() => new Detector({ family: { hidden: 'many' } }), TypeError)
  new Detector({ family: { persistentChains: 3, chainsPerStep: 3, hidden: 2 ** 18 } })
})

test('p-values begin anew without them', () => {
  const { detector } = listened({ family: HUNDREDFOLD })
  const p = ordered(300, 'categories').map(record => detector.observe(record).p)
  assert.ok(p[120] !== null && p[130] === null && p[220] === null && p[235] !== null)
})

test('features keep their number, and are zeros where nothing counts', () => {
  const records = ordered(300, 'categories')
  const [diverged, sound] = [HUNDREDFOLD, {}].map(family => pass(records, { family }).detector)
  const features = diverged.transformOne(records[0])
  assert.is(features.length, sound.transformOne(records[0]).length)
  const counts = features.length - 16
  assert.ok(features.subarray(0, counts).some(feature => feature !== 0))
  assert.ok(features.subarray(counts).every(feature => feature === 0))
})

test('stopping before and after it is like not stopping, and it is not said twice', () => {
  const records = ordered(700, 'categories')
  for (const stop of [100, 127, 128, 129, 400]) {
    const straight = new Detector({ family: HUNDREDFOLD })
    observeAll(straight, records.slice(0, stop))
    const messages: string[] = []
    const resumed = Detector.load(straight.save(), { onNotice: ({ message }) => messages.push(message) })
    observeAll(resumed, records.slice(stop))
    observeAll(straight, records.slice(stop))
    sameBytes(resumed.save(), straight.save())
    assert.is(messages.length, stop < 128 ? 1 : 0, `stopped at ${stop}`)
  }
})

test('parameters that are no numbers any more mute their experts and nothing else', () => {
  const records = ordered(400, 'categories')
  const { detector, scores, messages } = pass(records, { protect: 0, family: EXPLODING })
  assert.is(messages.length, 1)
  assert.match(messages[0], /rbm.* finite free energies, got none.* others? .*go on/)
  assert.equal(scores.slice(200), pass(records, { protect: 0, experts: 'frequency' }).scores.slice(200))
  assert.ok(detector.denoiseOne({ item: 'tea', shop: null, paid: true }).changed.length > 0)
  sameBytes(Detector.load(detector.save()).save(), detector.save())
})

test('when no experts are left it is an error that says what to do', () => {
  assert.throws(
    () => pass(ordered(400, 'mixed'), { experts: 'rbm', family: EXPLODING }),
    (error: Error) =>
      error instanceof RangeError && /finite free energy, got none.*lower/.test(error.message),
  )
})

test('a file in which nobody is left to be heard is refused', () => {
  const { detector } = pass(ordered(300, 'categories'), { family: HUNDREDFOLD })
  const { tensors, metadata } = readSafetensors(detector.save())
  const { checksum: _, ...others } = metadata
  const muted = { shape: [6], data: Float64Array.of(9, 1, 9, 200, 1, 1) }
  const alone = writeSafetensors({ ...tensors, 'members.0.divergence': muted }, others)
  assert.throws(
    () => Detector.load(alone),
    (error: Error) => error instanceof ModelFileError && /has not diverged, got none/.test(error.message),
  )
})

test('a watch compares means over rows with chance', () => {
  const watch = new DivergenceWatch(
    [
      { kind: 'softmax', size: 4 },
      { kind: 'bernoulli', size: 1 },
    ],
    true,
  )
  /** Show it rows of that cost; the rows that it looked at. */
  const show = (rows: number, surprises: Float32Array) => {
    let looks = 0
    for (let row = 0; row < rows; row++) {
      if (!watch.isNextDue()) continue
      looks++
      watch.add(surprises)
    }
    return looks
  }
  // 64, then one in 16.
  assert.is(show(1000, Float32Array.of(1.5 * Math.log(4) - 0.01, 1.5 * Math.log(2))), 64 + 58)
  assert.is(watch.diverged, null)
  assert.is(show(16, Float32Array.of(Number.NaN, Number.NaN)), 1)
  show(16, Float32Array.of(100, Number.NaN))
  const { measured = 0, chance = 0 } = watch.diverged ?? {}
  assert.ok(measured > 1.5 * chance)
  assert.ok(Math.abs(chance - (122 * Math.log(8) + Math.log(4)) / 123) < 1e-12)
  const other = new DivergenceWatch([{ kind: 'softmax', size: 4 }], true)
  other.restore(watch.state())
  assert.equal(other.state(), watch.state())
})

test('nothing is looked at where nothing can be told', () => {
  const due = (watch: DivergenceWatch) => Array.from({ length: 300 }, () => watch.isNextDue()).some(Boolean)
  assert.not(due(new DivergenceWatch([{ kind: 'real', size: 3 }], true)))
  assert.not(due(new DivergenceWatch([{ kind: 'index', size: 3 }], false)))
})

test('a watch takes only what it gave', () => {
  const watch = new DivergenceWatch([{ kind: 'bernoulli', size: 1 }], true)
  for (const state of [
    [],
    [0, 0, 0, 0, 0],
    [-1, 0, 0, 0, 0, 0],
    [Number.NaN, 0, 0, 0, 0, 0],
    [1e16, 0, 0, 0, 0, 0],
    [0, 0, 257, 0, 0, 0],
    [0, 0, 0, 0.5, 0, 0],
    [0, 0, 0, 0, 2, 0],
    [0, 0, 0, 0, 0, 1],
  ]) {
    assert.throws(() => watch.restore(Float64Array.from(state)), RangeError)
  }
})

test.run()
