/** Model files that somebody has tampered with are refused, or they are models like any other: finite, and savable. */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Said } from '../../fixtures/models.ts'
import { orders } from '../../fixtures/orders.ts'
import type { DetectorOptions } from '../../pipeline/core-detector.ts'
import { Detector } from '../../pipeline/detector.ts'
import { ModelFileError } from '../../pipeline/errors.ts'
import type { MemberState } from '../../pipeline/member.ts'
import type { DataRecord } from '../../pipeline/records.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'
import { observeAll } from '../detector/streams.ts'

const OBSERVED = 50

/** A sound file, and what comes next in its stream. */
function model(learned: number, fields: Parameters<typeof orders>[1], options: DetectorOptions) {
  const records: DataRecord[] = orders(learned + OBSERVED, fields).map(({ record }) => record)
  const detector = new Detector(options)
  observeAll(detector, records.slice(0, learned))
  const { tensors, metadata } = readSafetensors(detector.save())
  detector.release()
  const { checksum: _, ...others } = metadata
  return { tensors, metadata: others, next: records.slice(learned) }
}

/** A file that an earlier Veto wrote, as `fixtures/models.ts` says. */
function earlier(name: string) {
  const folder = new URL('../../fixtures/models/', import.meta.url)
  const { learned, fields }: Said = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
  const file = readSafetensors(Uint8Array.from(readFileSync(new URL(`${name}.veto`, folder))))
  const { checksum: _, ...others } = file.metadata
  const next: DataRecord[] = orders(learned + OBSERVED, fields).map(({ record }) => record)
  return { tensors: file.tensors, metadata: others, next: next.slice(learned) }
}

const small = { hidden: 3, experts: 6, centres: 4 }
const models = [
  model(300, 'all', { family: small }),
  model(1030, 'mixed', { family: small }),
  model(200, 'mixed', {
    experts: 'rbm',
    family: { hidden: 3, persistentChains: 2, averaging: true, momentum: 0.5 },
  }),
  model(200, 'all', { experts: 'tokens', family: { hidden: 3 } }),
  model(200, 'numbers', { experts: 'prototype', family: { experts: 6, centres: 4, fieldShare: 0.5 } }),
  model(200, 'numbers', { experts: 'prototype', family: { experts: 6, centres: 4, learningRate: 0.5 } }),
  model(200, 'categories', { experts: 'frequency', family: { decay: 100 } }),
  earlier('v1-settled'),
  earlier('v2-settled'),
]

/** Whether a file is refused; if it is not, the model has to go on, and to be saved and loaded again. */
function isRefused(file: Uint8Array, next: readonly DataRecord[], what: string): boolean {
  let detector: Detector
  try {
    detector = Detector.load(file)
  } catch (error) {
    assert.instance(error, ModelFileError, `${what}: ${error}`)
    return true
  }
  try {
    for (const record of next) {
      const { score, p, why } = detector.observe(record)
      const finite = [score, p, ...why.map(({ surprise }) => surprise)].every(
        each => each === null || Number.isFinite(each),
      )
      assert.ok(finite, `${what}: score ${score}, p ${p}, ${JSON.stringify(why)}`)
    }
    Detector.load(detector.save()).release()
  } catch (error) {
    throw new Error(`${what} was taken, then: ${error}`)
  } finally {
    detector.release()
  }
  return false
}

/** Values at the edges of everything, by the kind of tensor. */
const doubles = [
  0,
  -0,
  1,
  -1,
  0.5,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  1e15,
  -1e15,
  1e100,
  -1e100,
  1e300,
  -1e300,
  5e-324,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.NaN,
  Infinity,
  -Infinity,
]
const floats = [
  0,
  -0,
  1,
  -1,
  1e-45,
  1e3,
  -1e3,
  9e5,
  -9e5,
  1e9,
  -1e9,
  3e38,
  -3e38,
  Number.NaN,
  Infinity,
  -Infinity,
]
const words = [0, 1, 2, 3, 63, 255, 256, 2 ** 31, 2 ** 32 - 1]

function valueFor(data: unknown): fc.Arbitrary<number> {
  if (data instanceof Float64Array)
    return fc.oneof(fc.constantFrom(...doubles), fc.double(), fc.double({ min: -100, max: 100 }))
  if (data instanceof Float32Array) return fc.oneof(fc.constantFrom(...floats), fc.float())
  return fc.oneof(fc.constantFrom(...words), fc.nat(2 ** 31 - 1))
}

/** A change of one value, or of all values, of one tensor. */
const change = fc.nat(models.length - 1).chain(which => {
  const names = Object.keys(models[which].tensors).filter(name => models[which].tensors[name].data.length > 0)
  return fc.constantFrom(...names).chain(name => {
    const { data } = models[which].tensors[name]
    return fc.record({
      which: fc.constant(which),
      name: fc.constant(name),
      at: fc.option(fc.nat(data.length - 1), { freq: 4 }),
      value: valueFor(data),
    })
  })
})

test('a changed value of any tensor is refused, or the model goes on with finite scores', () => {
  let refused = 0
  let taken = 0
  fc.assert(
    fc.property(change, ({ which, name, at, value }) => {
      const { tensors, metadata, next } = models[which]
      const data = tensors[name].data.slice()
      if (at === null) data.fill(value)
      else data[at] = value
      const file = writeSafetensors({ ...tensors, [name]: { ...tensors[name], data } }, metadata)
      if (isRefused(file, next, `${name}[${at ?? 'all'}] = ${value}`)) refused++
      else taken++
    }),
    { seed: 1, numRuns: 250 },
  )
  // Both kinds of files came.
  assert.ok(refused > 30 && taken > 30, `${refused} refused, ${taken} taken`)
})

/** The file of a settled model with changed metadata. */
function withMetadata(change: Record<string, string>): Uint8Array {
  const { tensors, metadata } = models[1]
  return writeSafetensors(tensors, { ...metadata, ...change })
}

const { metadata: sound } = models[1]
const members: MemberState[] = JSON.parse(sound.members)
const withMember = (change: object) =>
  withMetadata({ members: JSON.stringify([{ ...members[0], ...change }, ...members.slice(1)]) })

function refuses(file: Uint8Array, message: RegExp): void {
  assert.throws(
    () => Detector.load(file),
    (error: Error) => error instanceof ModelFileError && message.test(error.message),
  )
}

/** A file with that header, and as many zeros as are asked for. */
function fileWith(header: string, zeros = 0): Uint8Array {
  const text = new TextEncoder().encode(header)
  const file = new Uint8Array(8 + text.length + zeros)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  return file
}

test('no length is believed', () => {
  for (const length of [9n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    const file = new Uint8Array(16)
    new DataView(file.buffer).setBigUint64(0, length, true)
    refuses(file, /a header of at most the 8 bytes/)
  }
  const long = new Uint8Array(100_000_010)
  new DataView(long.buffer).setBigUint64(0, 100_000_001n, true)
  refuses(long, /a header of at most 100000000 bytes, got 100000001/)
  const shaped = (shape: string) => `{"t":{"dtype":"F64","shape":${shape},"data_offsets":[0,8]}}`
  for (const shape of ['[9007199254740991,9007199254740991]', `[${'9007199254740991,'.repeat(400)}0]`])
    refuses(fileWith(shaped(shape), 8), /its shape times its dtype/)
  refuses(fileWith(shaped('[1e400]'), 8), /shape of whole numbers/)
})

test('large sizes have to be brought before memory is taken for them', () => {
  const own = members.map(({ options }) => options)
  const sizes: Record<string, object> = {
    rbm: { hidden: 2 ** 20 },
    prototype: { experts: 2 ** 20, centres: 1024, reservoir: 2 ** 20 },
  }
  for (const [family, options] of Object.entries(sizes)) {
    const at = members.findIndex(member => member.family === family)
    const changed = members.with(at, { ...members[at], options: { ...own[at], ...options } })
    refuses(withMetadata({ members: JSON.stringify(changed) }), /at least \d{7,} values in the tensors of/)
  }
})

test('what is nested too deep is refused, and exhausts no stack', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '1}'],
  ]) {
    const deep = open.repeat(300_000) + close.repeat(300_000)
    refuses(fileWith(deep), /a header of at most 3 levels/)
    for (const name of ['options', 'members', 'position', 'learned'])
      refuses(withMetadata({ [name]: deep }), /levels of objects and arrays/)
  }
  const { tensors, metadata } = models[0]
  const records = new TextEncoder().encode('['.repeat(300_000))
  const file = writeSafetensors(
    { ...tensors, 'buffer.records': { shape: [records.length], data: records } },
    metadata,
  )
  refuses(file, /levels of objects and arrays/)
})

test('brackets within texts are no nesting', () => {
  const detector = new Detector()
  detector.learnOne({ ['['.repeat(100)]: `"\\"${'{'.repeat(100)}` })
  detector.position = '['.repeat(1000)
  Detector.load(detector.save()).release()
})

test('names that objects know change nothing but the file that they stand in', () => {
  const polluted = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
  const inserted = (json: string) => json.replace('{', `{"__proto__":{"polluted":1},`)
  const { fields } = members[0]
  const files = [
    fileWith(polluted),
    fileWith(`{"__metadata__":${polluted}}`),
    fileWith('{"__metadata__":{"__proto__":"x","format":"veto","version":"__proto__"}}'),
    fileWith('{"t":{"__proto__":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}}', 8),
    withMetadata({ options: inserted(sound.options) }),
    withMetadata({ options: sound.options.replace('"kinds":{', '"kinds":{"__proto__":"number"') }),
    withMetadata({ options: sound.options.replace('"family":{', '"family":{"__proto__":1,') }),
    withMetadata({ members: inserted(sound.members) }),
    withMetadata({ members: sound.members.replace('"state":{', '"state":{"__proto__":["polluted"],') }),
    withMember({ family: '__proto__' }),
    withMember({ fields: [{ ...fields[0], encoding: '__proto__' }] }),
    withMember({ fields: [{ ...fields[0], encoding: 'constructor' }] }),
  ]
  for (const [index, file] of files.entries()) {
    isRefused(file, models[1].next, `file ${index}`)
    assert.is(({} as Record<string, unknown>).polluted, undefined)
    assert.is(([] as unknown as Record<string, unknown>).polluted, undefined)
  }
})

test('records of any names are kept, saved and learned as they came', () => {
  const named = (i: number): DataRecord =>
    JSON.parse(`{"__proto__":${i % 7},"constructor":"c${i % 3}","toString":${i % 2 === 0}}`)
  const detector = new Detector()
  for (let i = 0; i < 40; i++) detector.observe(named(i))
  const resumed = Detector.load(detector.save())
  for (let i = 40; i < 200; i++) assert.equal(resumed.observe(named(i)), detector.observe(named(i)))
  const fields = new Set(resumed.describe().map(({ field }) => field))
  assert.equal([...fields].sort(), ['__proto__', 'constructor', 'toString'])
})

test('a family that stands twice, and weights that are none, are refused', () => {
  refuses(withMetadata({ members: JSON.stringify([members[0], ...members]) }), /every family of experts once/)
  for (const weight of [0, -1, 1e300]) refuses(withMember({ weight }), /sound members/)
})

test('whatever the metadata says, it is refused, or the model goes on with finite scores', () => {
  const numbers = fc.constantFrom(
    '0',
    '-1',
    '0.5',
    '1e9',
    '1e300',
    '-1e300',
    '5e-324',
    '1e400',
    '9007199254740993',
  )
  const others = fc.constantFrom('null', 'true', '"x"', '[]', '{}', '"__proto__"', '[[[]]]')
  fc.assert(
    fc.property(
      fc.nat(models.length - 1),
      fc.nat(),
      fc.nat(),
      fc.oneof(numbers, others),
      (which, part, at, text) => {
        const { tensors, metadata, next } = models[which]
        const names = ['options', 'learned', 'members', 'fields', 'product'].filter(name => name in metadata)
        const name = names[part % names.length]
        // One of the numbers in the text becomes something else.
        const places = [...metadata[name].matchAll(/-?\d+(\.\d+)?(e[+-]?\d+)?/g)]
        const place = places[at % places.length]
        const changed =
          metadata[name].slice(0, place.index) + text + metadata[name].slice(place.index + place[0].length)
        isRefused(
          writeSafetensors(tensors, { ...metadata, [name]: changed }),
          next,
          `${name}: …${changed.slice(Math.max(0, place.index - 40), place.index + 20)}`,
        )
      },
    ),
    { seed: 1, numRuns: 150 },
  )
})

test.run()
