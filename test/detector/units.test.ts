/** Which units numbers get: asked for, refused, saved. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector, readSafetensors } from '../../pipeline/index.ts'
import { encodingsFor, type Unit } from '../../pipeline/units.ts'

const layered = {
  name: 'layered',
  encodings: { number: 'bins', category: 'one-hot' },
  alternatives: { number: ['bins', 'real', 'count'] },
} as const
const single = { name: 'single', encodings: { number: 'real' } } as const
const a = { name: 'a', kind: 'number' } as const

test('a family takes the unit that is asked for when it has it, and keeps its own otherwise', () => {
  assert.equal(encodingsFor(layered, a), ['bins'])
  assert.equal(encodingsFor(layered, a, 'gaussian'), ['real'])
  assert.equal(encodingsFor(layered, a, { a: 'binomial' }), ['count'])
  assert.equal(encodingsFor(layered, a, { b: 'binomial' }), ['bins'])
  assert.equal(encodingsFor(single, a, 'bins'), ['real'])
  assert.equal(encodingsFor(layered, { name: 'a', kind: 'category' }, 'gaussian'), ['one-hot'])
  assert.equal(encodingsFor({ name: 'none', encodings: {} }, a, 'gaussian'), [])
  // Names of properties are no names of fields.
  assert.equal(encodingsFor(layered, { name: 'toString', kind: 'number' }, { b: 'binomial' }), ['bins'])
})

test('refusals, with the reason', () => {
  const refused = (options: object, said: RegExp, wrong: unknown = RangeError) =>
    assert.throws(
      () => new Detector(options),
      (error: Error) => error instanceof (wrong as typeof Error) && said.test(error.message),
    )
  refused({ units: 3 }, /Expected units as one of bins, gaussian, binomial, or an object/, TypeError)
  refused({ units: ['bins'] }, /Expected units/, TypeError)
  refused({ units: 'real' }, /Expected the unit as bins, gaussian, binomial, got "real"/)
  refused({ units: { a: 'toString' } }, /Expected the unit of field "a" as bins/)
  refused(
    { experts: 'prototype', units: 'bins' },
    /as prototype has them for numbers \(gaussian\), got 'bins'/,
  )
  refused(
    { experts: 'frequency', units: { a: 'bins' } },
    /field "a" as frequency has them for numbers \(none\)/,
  )
  refused(
    { units: { a: 'gaussian' }, kinds: { a: 'category' } },
    /field "a", 'gaussian', with a number, got the kind category/,
  )
  new Detector({ units: 'bins' }).release()
})

const record = (t: number) => ({ code: [200, 404][t % 2], x: (t * 7) % 11 })

function learned(options: object): Detector {
  const detector = new Detector(options)
  for (let t = 0; t < 300; t++) detector.learnOne(record(t))
  return detector
}

test('a field with a unit of its own is a number', () => {
  const kindOf = (options: object) =>
    learned(options)
      .describe()
      .find(({ field }) => field === 'code')?.kind
  assert.is(kindOf({ experts: 'rbm' }), 'category')
  assert.is(kindOf({ experts: 'rbm', units: { code: 'bins' } }), 'number')
})

test('units are saved with the model, and only where there are some', () => {
  const stored = (detector: Detector) => JSON.parse(readSafetensors(detector.save()).metadata.options).units
  assert.is(stored(learned({})), undefined)
  const units = { x: 'bins' as Unit }
  const detector = learned({ experts: 'rbm', units })
  assert.equal(stored(detector), units)
  assert.equal(Detector.load(detector.save()).options.units, units)
  assert.is(stored(learned({ units: 'gaussian' })), 'gaussian')
})

test.run()
