/** What a stream cannot make a detector do: remember without end. Limits, what is said about them, and heap that stays flat. */
import v8 from 'node:v8'
import vm from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { DetectorOptions, Notice } from '../../pipeline/core-detector.ts'
import { Detector } from '../../pipeline/detector.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'
import { listened, observeAll } from './streams.ts'

v8.setFlagsFromString('--expose-gc')
const gc = vm.runInNewContext('gc') as () => void

/** Bytes of the heap that are in use after everything that nobody holds is gone. */
function heapUsed(): number {
  gc()
  return process.memoryUsage().heapUsed
}

const fieldsOf = (detector: Detector) => [...new Set(detector.describe().map(({ field }) => field))]
const wide = (fields: number, records: number) =>
  Array.from({ length: records }, (_, t) =>
    Object.fromEntries(Array.from({ length: fields }, (_, i) => [`f${i}`, (t * (i + 3)) % 7])),
  )

function noticesOf(options: DetectorOptions, records: readonly object[]) {
  const notices: Notice[] = []
  const detector = new Detector({ ...options, onNotice: notice => notices.push(notice) })
  observeAll(detector, records as Record<string, unknown>[])
  return { detector, notices }
}

test('of more fields than the limit those with the most values are taken, and the numbers are said once', () => {
  const records = wide(30, 20).map(({ f0, f1, f2, ...others }, t) =>
    t < 8 && t > 3 ? others : { f0, f1, f2, ...others },
  )
  const { detector, notices } = noticesOf({ maxFields: 27 }, records)
  assert.equal(
    fieldsOf(detector),
    Array.from({ length: 27 }, (_, i) => `f${i + 3}`),
  )
  assert.equal(
    notices.map(({ code }) => code),
    ['fields'],
  )
  assert.match(
    notices[0].message,
    /at most 27 fields, got 30 in the first 8 records; the 27 .* the other 3 are left out/,
  )
})

test('the limits go along with the model, which settles by them after it was loaded', () => {
  const records = wide(12, 40)
  const options = { maxFields: 5, maxCategories: 4, kinds: { f3: 'category' } } as const
  const whole = new Detector(options)
  observeAll(whole, records)
  const first = new Detector(options)
  observeAll(first, records.slice(0, 12))
  const second = Detector.load(first.save())
  observeAll(second, records.slice(12))
  assert.equal(second.save(), whole.save())
  assert.equal([second.options.maxFields, second.options.maxCategories], [5, 4])
  assert.is(fieldsOf(second).length, 5)
})

test('a model file from before the limits has the defaults', () => {
  const detector = new Detector()
  observeAll(detector, wide(3, 20))
  const { tensors, metadata } = readSafetensors(detector.save())
  const { checksum: _, ...others } = metadata
  const { maxFields, maxCategories, ...options } = JSON.parse(others.options)
  assert.equal([maxFields, maxCategories], [1024, 256])
  const old = Detector.load(writeSafetensors(tensors, { ...others, options: JSON.stringify(options) }))
  assert.equal([old.options.maxFields, old.options.maxCategories], [1024, 256])
})

test('limits that are none are refused', () => {
  for (const maxFields of [0, -1, 1.5, 16_385, Number.NaN])
    assert.throws(() => new Detector({ maxFields }), /maxFields as a whole number from 1 to 16384/)
  for (const maxCategories of [0, 257])
    assert.throws(() => new Detector({ maxCategories }), /maxCategories as a whole number from 1 to 256/)
  assert.throws(() => new Detector({ maxFields: '9' as never }), TypeError)
})

test('values beyond the limit of categories count as one, whichever family looks; the number is said', () => {
  const records = Array.from({ length: 1200 }, (_, t) => ({ name: `n${(t * t) % 97}`, x: (t * 5) % 7 }))
  const { detector, notices } = noticesOf({ maxCategories: 10, kinds: { name: 'category' } }, records)
  const views = detector.describe().filter(({ field }) => field === 'name')
  assert.is(views.length, 2)
  for (const { detail } of views) assert.is((detail.values as string[]).length, 10)
  assert.equal(
    notices.map(({ code, field }) => `${code} ${field}`),
    ['categories name'],
  )
  assert.match(notices[0].message, /at most 10 categories that recur/)
})

test('ever new names of fields leave the first ones alone, and are said once', () => {
  const records = Array.from({ length: 1100 }, (_, t) => ({
    x: (t * 5) % 7,
    ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${t} ${i}`, t])),
  }))
  const { detector, notices } = noticesOf({}, records)
  assert.equal(fieldsOf(detector), ['x'])
  assert.is(notices.filter(({ code }) => code === 'names').length, 1)
  assert.match(notices.find(({ code }) => code === 'names')?.message ?? '', /at most 2048 different names/)
})

test('a name of a megabyte becomes no part of a model', () => {
  const name = 'x'.repeat(1 << 20)
  const { detector, codes } = listened()
  observeAll(
    detector,
    Array.from({ length: 1100 }, (_, t) => ({ x: (t * 5) % 7, [name]: t % 2 })),
  )
  assert.equal(fieldsOf(detector), ['x'])
  assert.ok(codes().some(code => code.startsWith('names')))
  assert.ok(detector.save().length < 1 << 20)
})

test('first records of a megabyte each are not kept as such', () => {
  const detector = new Detector({ experts: 'frequency' })
  const before = heapUsed()
  for (let t = 0; t < 200; t++) {
    const texts = Array.from({ length: 256 }, (_, i) => [`f${i}`, `${t} ${i} `.padEnd(4096, 'words ')])
    detector.learnOne(Object.fromEntries(texts))
  }
  // 200 records of 64 K characters, and the model of 256 texts: kept whole they would be 200 MB alone.
  const megabytes = (heapUsed() - before) / 2 ** 20
  assert.ok(megabytes < 60, `${megabytes} MB`)
  detector.release()
})

/** Heap in use after the first and after the second half of a stream, once the layout has settled. */
function growthOver(
  experts: string,
  count: number,
  recordOf: (t: number) => Record<string, unknown>,
): number {
  const detector = new Detector({ experts, onNotice: () => {} })
  for (let t = 0; t < 1100; t++) detector.observe(recordOf(t))
  const used = [0, 1].map(half => {
    for (let t = 0; t < count / 2; t++) detector.observe(recordOf(1100 + half * (count / 2) + t))
    return heapUsed()
  })
  detector.release()
  return (used[1] - used[0]) / 2 ** 20
}

// Whatever of these were remembered would be 10 MB: half of 100,000 names of 200 characters, of 20,000 of 1000.
for (const [experts, count, length] of [
  ['frequency', 100_000, 200],
  ['rbm', 20_000, 1000],
] as const) {
  test(`${count} ever new names, categories, texts and kinds of values do not fill the memory of ${experts}`, () => {
    const long = (t: number) => `${t}`.padEnd(length, '.')
    const megabytes = growthOver(experts, count, t => ({
      number: t * 1.0001,
      [`name ${long(t)}`]: 1,
      [`nested ${long(t)}`]: {},
      category: `id ${long(t)}`,
      twice: `id ${long(t >> 1)}`,
      text: `the user ${t} of host ${t + 7} has left for good, ${long(t)}`,
      kinds: [t, `${t}`, long(t), true, null, [t]][t % 6],
    }))
    assert.ok(megabytes < 3, `${megabytes} MB`)
  })
}

test.run()
