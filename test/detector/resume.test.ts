/** Stopping and going on is like not stopping, to the bit; a file that is not a model is refused. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector } from '../../pipeline/detector.ts'
import { ModelFileError } from '../../pipeline/errors.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'
import { mixedRecords, observeAll, sameBytes } from './streams.ts'

const records = mixedRecords(1400, 5)
const options = { seed: 3, family: { hidden: 6 } }

/** A model after `count` records. */
function modelAfter(count: number): Uint8Array<ArrayBuffer> {
  const detector = new Detector(options)
  observeAll(detector, records.slice(0, count))
  return detector.save()
}

// Before the first record, while warming up, just before and after fits, while settling, when settled.
for (const stop of [0, 5, 31, 32, 33, 63, 64, 100, 300, 1023, 1024, 1030, 1399]) {
  test(`saved after ${stop} records, loaded and gone on with: the same verdicts and the same file`, () => {
    const straight = new Detector(options)
    const first = observeAll(straight, records.slice(0, stop))
    const resumed = Detector.load(straight.save())
    const last = observeAll(straight, records.slice(stop))
    assert.ok(JSON.stringify(observeAll(resumed, records.slice(stop))) === JSON.stringify(last))
    sameBytes(resumed.save(), straight.save())
    assert.is(first.length + last.length, resumed.learned)
  })
}

test('what was overridden at loading is not saved', () => {
  const file = modelAfter(1200)
  const detector = Detector.load(file, { alpha: 0.5, why: 0 })
  assert.is(detector.options.alpha, 0.5)
  sameBytes(detector.save(), file)
  assert.is(Detector.load(detector.save()).options.alpha, 0.01)
})

test('a flipped bit is noticed wherever it is, and a file without a checksum was made by hand', () => {
  const file = modelAfter(1200)
  const header = Number(new DataView(file.buffer).getBigUint64(0, true))
  for (let at = 8 + header; at < file.length; at += 997) {
    const damaged = file.slice()
    damaged[at] ^= 1
    assert.throws(() => Detector.load(damaged), /damaged/)
  }
  const { tensors, metadata } = readSafetensors(file)
  const { checksum, ...others } = metadata
  assert.match(checksum, /^[0-9a-f]{8}$/)
  Detector.load(writeSafetensors(tensors, others))
})

test('parameters beyond use are told, not turned into scores', () => {
  const { tensors, metadata } = readSafetensors(modelAfter(1200))
  const { shape, data } = tensors['product.experts.b']
  const huge = { ...tensors, 'product.experts.b': { shape, data: data.map(() => 3e38) as Float32Array } }
  const { checksum: _, ...others } = metadata
  const detector = Detector.load(writeSafetensors(huge, others))
  assert.throws(() => detector.scoreOne(records[0]), /Expected a finite free energy, got -Infinity/)
})

test('learning one by one and in two halves by two processes comes to the same', () => {
  const whole = new Detector(options)
  for (const record of records) whole.learnOne(record)
  const half = new Detector(options)
  for (const record of records.slice(0, 700)) half.learnOne(record)
  const other = Detector.load(half.save())
  for (const record of records.slice(700)) other.learnOne(record)
  sameBytes(other.save(), whole.save())
})

test('all options come back, and what may be chosen anew is', () => {
  const given = {
    ...options,
    alpha: 0.2,
    why: 1,
    warmup: 50,
    ignore: ['note'],
    kinds: { status: 'category' } as const,
  }
  const detector = new Detector(given)
  observeAll(detector, records.slice(0, 300))
  sameBytes(Detector.load(detector.save()).save(), detector.save())
  const other = Detector.load(detector.save(), { alpha: 0.5, why: 0 })
  assert.equal(other.scoreOne(records[0]).why, [])
  assert.ok(other.describe().some(({ field, kind }) => field === 'status' && kind === 'category'))
})

/** What a call threw; undefined when it returned. */
function errorOf(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

const fields = readSafetensors(modelAfter(1100)).metadata.fields

/** The model file with other metadata or tensors, and without a checksum, which would tell. */
function altered(
  change: (parts: ReturnType<typeof readSafetensors>) => {
    metadata?: object
    tensors?: object
    without?: string
  },
): Uint8Array {
  const parts = readSafetensors(modelAfter(1100))
  const { metadata = {}, tensors = {}, without } = change(parts)
  const all = { ...parts.tensors, ...(tensors as typeof parts.tensors) }
  if (without) delete all[without]
  const { checksum: _, ...own } = parts.metadata
  const texts = Object.entries({ ...own, ...metadata }).filter(([, text]) => text !== undefined)
  return writeSafetensors(all, Object.fromEntries(texts))
}

for (const [what, file, message] of [
  ['nothing', () => new Uint8Array(0), /at least 8 bytes, got 0/],
  ['a text', () => new TextEncoder().encode('{"a":1}\n{"b":2}\n'), /header/],
  ['another safetensors file', () => writeSafetensors({}, {}), /format 'veto' in its metadata, got none/],
  ['another format', () => altered(() => ({ metadata: { format: 'pt' } })), /format 'veto'.*got "pt"/],
  ['a later version', () => altered(() => ({ metadata: { version: '2' } })), /version 1,.* got "2"/],
  ['no options', () => altered(() => ({ metadata: { options: undefined } })), /options in JSON, got none/],
  [
    'wrong options',
    () => altered(() => ({ metadata: { options: '{"seed":1}' } })),
    /sound options, got \{"seed":1\}/,
  ],
  [
    'an option out of range',
    () =>
      altered(({ metadata }) => ({
        metadata: { options: metadata.options.replace('"alpha":0.01', '"alpha":7') },
      })),
    /agreement with itself\. Expected alpha between 0 and 1.*got 7/,
  ],
  [
    'another family',
    () =>
      altered(({ metadata }) => ({ metadata: { options: metadata.options.replace('"rbm"', '"gnome"') } })),
    /family of experts.*'gnome'/,
  ],
  [
    'a negative count',
    () => altered(() => ({ metadata: { learned: '-1' } })),
    /sound number of records, got -1/,
  ],
  [
    'fewer fields than the product has',
    () => altered(() => ({ metadata: { fields: JSON.stringify(JSON.parse(fields).slice(1)) } })),
    /tensor experts\.w in shape \(6, \d+\), got \(6, \d+\)/,
  ],
  [
    'an unknown encoding',
    () => altered(() => ({ metadata: { fields: fields.replace('"bins"', '"sums"') } })),
    /encoding.*'sums'/,
  ],
  [
    'another size',
    () =>
      altered(({ metadata }) => ({
        metadata: { product: metadata.product.replace('"hidden":6', '"hidden":7') },
      })),
    /\(7, \d+\), got \(6, \d+\)/,
  ],
  [
    'an enormous size',
    () =>
      altered(({ metadata }) => ({
        metadata: { product: metadata.product.replace('"hidden":6', '"hidden":1e12') },
      })),
    /hidden/,
  ],
  [
    'a tensor too few',
    () => altered(() => ({ without: 'reference.random' })),
    /'reference\.random'.* got none/,
  ],
  [
    'a tensor too many',
    () => altered(() => ({ tensors: { extra: { shape: [1], data: Uint8Array.of(1) } } })),
    /no tensors but its own, got extra/,
  ],
  [
    'a tensor of another type',
    () => altered(() => ({ tensors: { 'calibration.scores': { shape: [1], data: Uint8Array.of(1) } } })),
    /'calibration\.scores' as Float64Array, got Uint8Array/,
  ],
  [
    'scores that are no numbers',
    () =>
      altered(() => ({
        tensors: { 'calibration.scores': { shape: [1], data: Float64Array.of(Number.NaN) } },
      })),
    /finite scores/,
  ],
] as const) {
  test(`refuses ${what}`, () => {
    const error = errorOf(() => Detector.load(file()))
    assert.instance(error, ModelFileError)
    assert.match((error as Error).message, message)
  })
}

test('a model file cut anywhere is refused', () => {
  const file = modelAfter(200)
  for (let length = 0; length < file.length; length += 997) {
    assert.throws(() => Detector.load(file.subarray(0, length)), /Expected a model file/)
  }
})

test('a damaged header is read or refused, never anything else', () => {
  const file = modelAfter(40)
  const headerLength = Number(new DataView(file.buffer).getBigUint64(0, true))
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: headerLength + 7 }),
      fc.integer({ min: 1, max: 255 }),
      (at, change) => {
        const damaged = file.slice()
        damaged[at] ^= change
        try {
          Detector.load(damaged).release()
        } catch (error) {
          assert.instance(error, ModelFileError, `byte ${at}: ${error}`)
        }
      },
    ),
    { seed: 1, numRuns: 1500 },
  )
})

test.run()
