/** Stopping and going on is like not stopping, to the bit; a file that is not a model is refused. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector } from '../../pipeline/detector.ts'
import { ModelFileError } from '../../pipeline/errors.ts'
import type { MemberState } from '../../pipeline/member.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'
import { eventfulRecords, observeAll, sameBytes } from './streams.ts'

/** All kinds of fields, and a burst from record 300 to 339. */
const records = eventfulRecords(1400, 5)
const options = { seed: 3, family: { hidden: 6 } }

const files = new Map<number, Uint8Array<ArrayBuffer>>()
/** The model file after `count` records. */
function modelAfter(count: number): Uint8Array<ArrayBuffer> {
  const known = files.get(count)
  if (known) return known.slice()
  const detector = new Detector(options)
  observeAll(detector, records.slice(0, count))
  files.set(count, detector.save())
  return modelAfter(count)
}

const members: MemberState[] = JSON.parse(readSafetensors(modelAfter(1100)).metadata.members)

// Before the first record, while warming up, just before and after fits, before the gate works, before the first p-value,
// within the burst, while settling, when settled.
const stops = [0, 5, 7, 8, 9, 15, 16, 24, 33, 63, 64, 107, 108, 300, 306, 320, 360, 1023, 1024, 1030, 1399]

/** Past the next fit, if there is any: what comes later follows from what the file then holds. */
const endOf = (stop: number) => Math.min(Math.max(stop + 100, 2 * stop + 10), records.length)

/** What a detector that never stops says about each record. */
const verdicts: string[] = []
test.before(() => {
  const straight = new Detector(options)
  for (const [seen, record] of records.entries()) {
    if (stops.some(stop => stop === seen || endOf(stop) === seen)) files.set(seen, straight.save())
    verdicts.push(JSON.stringify(straight.observe(record)))
  }
  files.set(records.length, straight.save())
})

for (const stop of stops) {
  test(`saved after ${stop} records, loaded and gone on with: the same verdicts and the same file`, () => {
    const resumed = Detector.load(modelAfter(stop))
    const end = endOf(stop)
    for (let seen = stop; seen < end; seen++) {
      assert.ok(JSON.stringify(resumed.observe(records[seen])) === verdicts[seen], `record ${seen + 1}`)
    }
    sameBytes(resumed.save(), modelAfter(end))
    assert.is(resumed.learned, end)
  })
}

for (const experts of ['rbm', 'prototype', 'frequency', 'tokens']) {
  test(`${experts} alone: stopping while settling and afterwards is like not stopping`, () => {
    const straight = new Detector({ experts, seed: 3, protect: 20 })
    observeAll(straight, records.slice(0, 310))
    const resumed = Detector.load(straight.save())
    const between = observeAll(straight, records.slice(310, 1030))
    assert.ok(JSON.stringify(observeAll(resumed, records.slice(310, 1030))) === JSON.stringify(between))
    const again = Detector.load(resumed.save())
    const last = observeAll(straight, records.slice(1030, 1100))
    assert.ok(JSON.stringify(observeAll(again, records.slice(1030, 1100))) === JSON.stringify(last))
    sameBytes(again.save(), straight.save())
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
  assert.match(checksum, /^words-[0-9a-f]{8}$/)
  Detector.load(writeSafetensors(tensors, others))
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

/** The model file with other metadata or tensors, and without a checksum, which would tell. */
function altered(
  change: (parts: ReturnType<typeof readSafetensors>) => {
    metadata?: Record<string, string | undefined>
    tensors?: object
    without?: string
  },
): Uint8Array {
  const parts = readSafetensors(modelAfter(1100))
  const { metadata = {}, tensors = {}, without } = change(parts)
  const all = { ...parts.tensors, ...(tensors as typeof parts.tensors) }
  if (without) delete all[without]
  const { checksum: _, ...own } = parts.metadata
  const texts = Object.entries({ ...own, ...metadata }).filter(entry => entry[1] !== undefined)
  return writeSafetensors(all, Object.fromEntries(texts) as Record<string, string>)
}

/** The members with a change to one of them. */
const changed = (family: string, change: (member: MemberState) => object) =>
  JSON.stringify(
    members.map(member => (member.family === family ? { ...member, ...change(member) } : member)),
  )
const resized = (hidden: number) => (member: MemberState) => ({ options: { ...member.options, hidden } })

for (const [what, file, message] of [
  ['nothing', () => new Uint8Array(0), /at least 8 bytes, got 0/],
  ['a text', () => new TextEncoder().encode('{"a":1}\n{"b":2}\n'), /header/],
  ['another safetensors file', () => writeSafetensors({}, {}), /format 'veto' in its metadata, got none/],
  ['another format', () => altered(() => ({ metadata: { format: 'pt' } })), /format 'veto'.*got "pt"/],
  [
    'a later version',
    () => altered(() => ({ metadata: { version: '5' } })),
    /version 1, 2, 3, 4,.* got version "5"/,
  ],
  [
    'a version that never was',
    () => altered(() => ({ metadata: { version: '0' } })),
    /version 1, 2, 3, 4,.* got version "0"/,
  ],
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
      altered(({ metadata }) => ({ metadata: { options: metadata.options.replace('"auto"', '"gnome"') } })),
    /the families that were given.*"gnome"/,
  ],
  [
    'a member of another family',
    () =>
      altered(({ metadata }) => ({ metadata: { members: metadata.members.replace('"rbm"', '"gnome"') } })),
    /the families that were given.*"gnome"/,
  ],
  ['no member', () => altered(() => ({ metadata: { members: '[]' } })), /at least one family of experts/],
  [
    'members without weight',
    () =>
      altered(({ metadata }) => ({ metadata: { members: metadata.members.replace('"weight"', '"wait"') } })),
    /sound members/,
  ],
  [
    'a member too few',
    () => altered(() => ({ metadata: { members: JSON.stringify(members.slice(0, -1)) } })),
    /no tensors but its own, got members\.3\./,
  ],
  [
    'a negative count',
    () => altered(() => ({ metadata: { learned: '-1' } })),
    /sound number of records, got -1/,
  ],
  [
    'fewer fields than the product has',
    () =>
      altered(() => ({
        metadata: { members: changed('rbm', ({ fields }) => ({ fields: fields.slice(1) })) },
      })),
    /tensor experts\.w in shape \(6, \d+\), got \(6, \d+\)/,
  ],
  [
    'an unknown encoding',
    () => altered(() => ({ metadata: { members: JSON.stringify(members).replace('"bins"', '"sums"') } })),
    /encoding.*'sums'/,
  ],
  [
    'another size',
    () => altered(() => ({ metadata: { members: changed('rbm', resized(7)) } })),
    /\(7, \d+\), got \(6, \d+\)/,
  ],
  [
    'an enormous size',
    () => altered(() => ({ metadata: { members: changed('rbm', resized(1e12)) } })),
    /hidden/,
  ],
  [
    'a tensor too few',
    () => altered(() => ({ without: 'members.3.reference.random' })),
    /'members\.3\.reference\.random'.* got none/,
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
    'a burst that no record has made',
    () =>
      altered(({ tensors }) => ({
        tensors: {
          'protection.counters': { shape: [8], data: tensors['protection.counters'].data.map(() => -1) },
        },
      })),
    /state of a protection/,
  ],
  [
    'moments that are none',
    () => altered(() => ({ tensors: { 'members.0.moments': { shape: [1], data: Float64Array.of(1) } } })),
    /a count up to .* a mean up to .* and a variance/,
  ],
  [
    'tokens in its reservoir that there are not',
    () =>
      altered(({ tensors }) => {
        const { shape, data } = tensors['members.2.reference.rows']
        return { tensors: { 'members.2.reference.rows': { shape, data: data.map(() => 4096) } } }
      }),
    /a reservoir of up to 256 rows/,
  ],
  [
    'treatments of other records',
    () => {
      const { tensors, metadata } = readSafetensors(modelAfter(200))
      const { checksum: _, ...others } = metadata
      return writeSafetensors(
        { ...tensors, 'buffer.treatments': { shape: [1], data: Uint8Array.of(1) } },
        others,
      )
    },
    /200 treatments of records from 0 to 2, got 1/,
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
