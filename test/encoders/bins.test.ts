import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { fitRange } from '../../pipeline/encoders/bin-range.ts'
import { BINS, bins } from '../../pipeline/encoders/bins.ts'
import type { FieldEncoder } from '../../pipeline/encoders/field.ts'

const STATES = BINS + 2

function encode(encoder: FieldEncoder, value: unknown): number[] {
  const row = new Float32Array(STATES).fill(Number.NaN)
  encoder.encode(value, row, 0)
  return [...row]
}

/** The place of a value on the ladder of states: the mean of the state it is in. */
const place = (encoder: FieldEncoder, value: unknown) =>
  encode(encoder, value).reduce((sum, share, state) => sum + share * state, 0)

const certain = (state: number) => Float32Array.from({ length: STATES }, (_, k) => (k === state ? 1 : 0))
const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

test('any number gives shares that add up to one, of at most two neighbouring states', () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 40 }), finite, (sample, value) => {
      const row = encode(bins.fit(sample), value)
      const used = row.flatMap((share, state) => (share > 0 ? [state] : []))
      // Two float32 roundings of shares below 1: 2⁻²⁴ each.
      assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) <= 2 ** -23, `${row}`)
      assert.ok(row.every(share => share >= 0 && share <= 1))
      assert.ok(used.length <= 2 && (used.at(-1) as number) - used[0] <= 1)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('a larger number never stands lower, and farther out has no shorter tail', () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 40 }), finite, finite, (sample, a, b) => {
      const encoder = bins.fit(sample)
      const [low, high] = a < b ? [a, b] : [b, a]
      // Shares are rounded to float32: at most STATES · 2⁻²⁴ in the sum.
      assert.ok(place(encoder, low) <= place(encoder, high) + STATES * 2 ** -24)
      if (encoder.tail(low) > 0 && place(encoder, low) > 1) assert.ok(encoder.tail(high) >= encoder.tail(low))
      if (encoder.tail(high) > 0 && place(encoder, high) < 1)
        assert.ok(encoder.tail(low) >= encoder.tail(high))
    }),
    { seed: 2, numRuns: 500 },
  )
})

test('a number between two centres is shared in proportion', () => {
  const encoder = bins.restore({ low: 10, width: 2, digits: 0, least: 10, most: 20, values: [] })
  assert.equal(encode(encoder, 10), [0, 1, 0, 0, 0, 0, 0, 0])
  assert.equal(encode(encoder, 10.5), [0, 0.75, 0.25, 0, 0, 0, 0, 0])
  assert.equal(encode(encoder, 8), [1, 0, 0, 0, 0, 0, 0, 0])
  assert.equal(encode(encoder, -1e9), [1, 0, 0, 0, 0, 0, 0, 0])
  assert.equal(encode(encoder, 21), [0, 0, 0, 0, 0, 0, 0.5, 0.5])
  assert.equal(encode(encoder, 1e300), [0, 0, 0, 0, 0, 0, 0, 1])
})

test('a number beyond the last state has a tail that grows with the logarithm of its distance', () => {
  const encoder = bins.restore({ low: 10, width: 2, digits: 0, least: 10, most: 20, values: [] })
  for (const value of [8, 10, 15, 22, 'text', null]) assert.is(encoder.tail(value), 0)
  // Ten widths beyond 22 and below 8: density (1 + 10)^−4.
  assert.is(encoder.tail(42), 4 * Math.log1p(10))
  assert.is(encoder.tail('-12'), 4 * Math.log1p(10))
  const narrow = bins.restore({ low: 0, width: 1e-300, digits: 0, least: 0, most: 0, values: [] })
  assert.ok(narrow.tail(1e300) > narrow.tail(1) && narrow.tail(1e300) < Infinity)
})

test('one number far out does not push all others into one bin', () => {
  const uniform = uniforms(1)
  const sample = Array.from({ length: 200 }, uniform)
  const encoder = bins.fit([...sample, 1e9, -1e9])
  assert.ok(place(encoder, 0.9) - place(encoder, 0.1) > BINS / 2)
  assert.ok(encoder.tail(1e9) > 50)
})

test('numbers that are nearly all alike take their range from the others', () => {
  const encoder = bins.fit([...Array(500).fill(0), ...count(1, 20).map(number => number * 10)])
  assert.ok(place(encoder, 0) < place(encoder, 60) && place(encoder, 60) < place(encoder, 120))
  assert.is(encoder.tail(150), 0)
})

test('a few whole numbers get a bin each', () => {
  const encoder = bins.fit([3, 4, 5, 4, 3, 7])
  for (const number of count(3, 7)) assert.ok(encode(encoder, number).includes(1))
  assert.is(new Set(count(3, 7).map(number => place(encoder, number))).size, 5)
})

test('a constant is told from every other number', () => {
  for (const [constant, other] of [
    [0, 1],
    [7, 8],
    [-0.25, -0.251],
    [1e-300, 1.01e-300],
    [1e300, 1.01e300],
  ]) {
    const encoder = bins.fit([constant, constant, constant])
    const distance = Math.abs(place(encoder, constant) - place(encoder, other))
    assert.ok(distance >= 1 - 1e-6, `${constant}: ${distance}`)
  }
})

test('texts, missing and nested values leave the row as it was and say what they are', () => {
  const encoder = bins.fit([1, 2, 3, 40])
  const row = new Float32Array(STATES).fill(Number.NaN)
  for (const [value, outcome] of [
    [null, 'missing'],
    ['', 'missing'],
    ['abc', 'kind'],
    [true, 'kind'],
    [{}, 'nested'],
    [Number.NaN, 'non-finite'],
    ['1e999', 'non-finite'],
  ] as const) {
    assert.is(encoder.encode(value, row, 0), outcome, `${value}`)
    assert.ok(row.every(Number.isNaN))
  }
  assert.is(encoder.encode('2.5', row, 0), 'present')
})

test('what is expected is a number that the sample could have had', () => {
  const status = bins.fit([...Array(50).fill(200), 404, 404, 503])
  for (let state = 0; state < STATES; state++) {
    assert.ok([200, 404, 503].includes(status.expected(certain(state)) as number))
  }
  const latency = bins.fit(count(1, 100))
  for (let state = 0; state < STATES; state++) {
    const expected = latency.expected(certain(state)) as number
    assert.ok(Number.isInteger(expected) && expected >= 1 && expected <= 100, `${expected}`)
  }
})

test('what is expected has the mean of the likely states, and no more decimals than the data', () => {
  const encoder = bins.restore({ low: 10, width: 2, digits: 1, least: 0, most: 99, values: [] })
  const half = Float32Array.from([0, 0, 0.5, 0.5, 0, 0, 0, 0])
  assert.is(encoder.expected(half), 13)
  const thirds = Float32Array.from([0, 0, 2 / 3, 1 / 3, 0, 0, 0, 0])
  assert.is(encoder.expected(thirds), 12.7)
  // Two likely numbers far apart: one of them, and not their mean, where none was.
  const apart = Float32Array.from([0, 0.6, 0, 0, 0, 0, 0.4, 0])
  assert.is(encoder.expected(apart), 10)
  assert.is(
    fitRange(
      count(1, 100).map(number => number / 4),
      BINS,
    ).digits,
    1,
  )
})

test('an encoder is rebuilt from its state', () => {
  const encoder = bins.fit([0.5, 1.25, 9, 30, 2])
  const again = bins.restore(JSON.parse(JSON.stringify(encoder.state())))
  assert.equal(again.state(), encoder.state())
  assert.equal(encode(again, 7.7), encode(encoder, 7.7))
})

test('a state that cannot be one is refused', () => {
  const sound = { low: 0, width: 1, digits: 0, least: 0, most: 9, values: [] as number[] }
  for (const wrong of [
    { width: 0 },
    { width: -1 },
    { low: 'a' },
    { digits: 1.5 },
    { digits: 1000 },
    { least: 10 },
    { values: Array(17).fill(0) },
    { values: ['x'] },
  ]) {
    assert.throws(() => bins.restore({ ...sound, ...wrong } as never), /Expected bins/)
  }
})

test.run()
