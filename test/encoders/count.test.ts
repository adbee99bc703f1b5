/** Numbers that count something: whole steps from 0 to N. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { count } from '../../pipeline/encoders/count.ts'
import type { EncoderState, FieldEncoder } from '../../pipeline/encoders/field.ts'
import { encodingNamed } from '../../pipeline/encoders/index.ts'

function encode(encoder: FieldEncoder, value: unknown): number {
  const row = Float32Array.of(Number.NaN)
  encoder.encode(value, row, 0)
  return row[0]
}

/** Forty numbers from 0 to 12, each of which occurs. */
const sample = Array.from({ length: 40 }, (_, n) => (7 * n) % 13)

test('a sample of small counts has a state for each, and half as many above', () => {
  const encoder = count.fit(sample)
  assert.equal(encoder.group, { kind: 'count', size: 18 })
  assert.equal(
    [0, 5, '12', 18].map(value => encode(encoder, value)),
    [0, 5, 12, 18],
  )
  assert.equal(encoder.summary(), { low: 0, high: 18, step: 1 })
  assert.is(encodingNamed('count'), count)
})

test('what lies beyond has the last state and a tail that grows', () => {
  const encoder = count.fit(sample)
  assert.equal(
    [30, 1e300, -5].map(value => encode(encoder, value)),
    [18, 18, 0],
  )
  assert.is(encoder.tail(18), 0)
  // 4 log(1 + 6 × 11.5 / 18)
  assert.ok(Math.abs(encoder.tail(30) - 4 * Math.log1p(69 / 18)) < 1e-12)
  assert.ok(encoder.tail(1e300) > encoder.tail(1e9) && encoder.tail(-5) > 0)
})

test('large counts are counted in steps, and come back within half a step', () => {
  const numbers = Array.from({ length: 50 }, (_, n) => 1000 * n + 7)
  const encoder = count.fit(numbers)
  const { step, size } = encoder.state()
  assert.ok(Number(size) <= 128)
  for (const number of numbers) {
    const row = Float32Array.of(encode(encoder, number))
    assert.ok(Math.abs(Number(encoder.decode?.(row, 0)) - number) <= Number(step) / 2)
  }
})

test('the likeliest state is what is expected, a number of the sample when they were few', () => {
  const likely = (size: number, at: number) => Float32Array.from({ length: size + 1 }, (_, n) => +(n === at))
  assert.is(count.fit(sample).expected(likely(18, 4)), 4)
  assert.is(count.fit([2, 2, 9, 9]).expected(likely(14, 4)), 2)
})

test('whatever the sample is, a state between 0 and N comes of a finite number, and the state restores it', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(fc.array(finite, { maxLength: 20 }), finite, (numbers, value) => {
      const encoder = count.fit(numbers)
      const n = encode(encoder, value)
      assert.ok(Number.isInteger(n) && n >= 0 && n <= encoder.group.size)
      assert.ok(encoder.tail(value) >= 0 && Number.isFinite(encoder.tail(value)))
      const again = count.restore(JSON.parse(JSON.stringify(encoder.state())))
      assert.is(encode(again, value), n)
    }),
  )
})

test('what is no number is left missing, and a state that cannot be is refused', () => {
  const encoder = count.fit(sample)
  assert.is(encoder.encode('many', new Float32Array(1), 0), 'kind')
  assert.is(encoder.encode(null, new Float32Array(1), 0), 'missing')
  const state = encoder.state()
  const damages: EncoderState[] = [
    { size: 0 },
    { size: 129 },
    { size: 1.5 },
    { step: 0 },
    { origin: 'a' },
    { digits: -1 },
  ]
  for (const wrong of damages) {
    assert.throws(() => count.restore({ ...state, ...wrong }), /Expected counts/)
  }
})

test.run()
