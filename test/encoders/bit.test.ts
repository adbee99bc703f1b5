import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bit } from '../../pipeline/encoders/bit.ts'

test('true is one, false is zero, everything else is left out', () => {
  const encoder = bit.fit([])
  for (const [value, outcome, written] of [
    [true, 'present', 1],
    ['false', 'present', 0],
    [1, 'present', 1],
    [null, 'missing', Number.NaN],
    [2, 'kind', Number.NaN],
    ['maybe', 'kind', Number.NaN],
    [Infinity, 'non-finite', Number.NaN],
    [[true], 'nested', Number.NaN],
  ] as const) {
    const row = Float32Array.of(Number.NaN)
    assert.is(encoder.encode(value, row, 0), outcome)
    assert.equal([...row], [written])
  }
})

test('what is at least as likely as not is expected', () => {
  const encoder = bit.restore({})
  assert.is(encoder.expected(Float32Array.of(0.7)), true)
  assert.is(encoder.expected(Float32Array.of(0.3)), false)
  assert.is(encoder.read('TRUE'), true)
  assert.is(encoder.admit(true), 'unchanged')
  assert.is(encoder.tail(true), 0)
})

test.run()
