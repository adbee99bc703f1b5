import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector } from '../../pipeline/detector.ts'
import { ModelFileError } from '../../pipeline/errors.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'

/** A detector that stands there. */
function standingAt(position: unknown): Detector {
  const detector = new Detector()
  detector.learnOne({ a: 1 })
  detector.position = position
  return detector
}

/** A model file whose metadata says that. */
function fileWith(position: string): Uint8Array {
  const { tensors, metadata } = readSafetensors(standingAt(0).save())
  const { checksum: _, ...others } = metadata
  return writeSafetensors(tensors, { ...others, position })
}

test('without a position none is saved', () => {
  const file = standingAt(undefined).save()
  assert.not('position' in readSafetensors(file).metadata)
  assert.is(Detector.load(file).position, undefined)
})

test('any JSON value comes back, and the same bytes are saved again', () => {
  fc.assert(
    // JSON has no −0.
    fc.property(fc.jsonValue({ maxDepth: 5 }), value => {
      const position: unknown = JSON.parse(JSON.stringify(value))
      const file = standingAt(position).save()
      const loaded = Detector.load(file)
      assert.equal(loaded.position, position)
      assert.ok(Buffer.compare(loaded.save(), file) === 0)
    }),
    { seed: 1, numRuns: 150 },
  )
})

test('members that are undefined are absent', () => {
  assert.equal(Detector.load(standingAt({ bytes: 7, tail: undefined }).save()).position, { bytes: 7 })
})

test('a name that objects know is a name like any other', () => {
  const position: unknown = JSON.parse('{"__proto__":{"polluted":true},"constructor":1}')
  const loaded = Detector.load(standingAt(position).save()).position as Record<string, unknown>
  assert.equal(Object.keys(loaded), ['__proto__', 'constructor'])
  assert.is(Object.getPrototypeOf(loaded), Object.prototype)
  assert.is(({} as Record<string, unknown>).polluted, undefined)
})

const circular: { self?: unknown } = {}
circular.self = circular

for (const [what, position, kind, message] of [
  ['NaN', Number.NaN, TypeError, /as JSON .* got NaN/],
  ['an infinite number within', { bytes: [Infinity] }, TypeError, /got Infinity/],
  ['a bigint', 1n, TypeError, /got 1/],
  ['a function', () => 1, TypeError, /got a function/],
  ['a date', new Date(0), TypeError, /plain objects/],
  ['a map', { of: new Map() }, TypeError, /plain objects/],
  ['nothing within a list', [undefined], TypeError, /got undefined/],
  ['an object within itself', circular, RangeError, /up to 32 levels/],
  ['more than 16 megabytes', 'x'.repeat(2 ** 24), RangeError, /at most 16777216 characters.* got 16777218/],
] as const) {
  test(`saving refuses ${what}`, () => {
    const detector = standingAt(position)
    assert.throws(
      () => detector.save(),
      (error: Error) => error instanceof kind && message.test(error.message),
    )
    detector.position = null
    assert.is(Detector.load(detector.save()).position, null)
  })
}

for (const [what, text] of [
  ['no JSON', '{"bytes":'],
  ['too deep', '['.repeat(40) + ']'.repeat(40)],
  ['deep enough to exhaust the stack', '['.repeat(400_000) + ']'.repeat(400_000)],
  ['too long', JSON.stringify('x'.repeat(2 ** 24))],
] as const) {
  test(`a file with a position that is ${what} is refused`, () => {
    assert.throws(
      () => Detector.load(fileWith(text)),
      (error: Error) => error instanceof ModelFileError,
    )
  })
}

test.run()
