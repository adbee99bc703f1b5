/** Numbers as they are, moved and scaled so that single precision tells them apart. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EncoderState, FieldEncoder } from '../../pipeline/encoders/field.ts'
import { real } from '../../pipeline/encoders/real.ts'

/** What stands in the row for a value; NaN when nothing does. */
function encode(encoder: FieldEncoder, value: unknown): number {
  const row = Float32Array.of(Number.NaN)
  encoder.encode(value, row, 0)
  return row[0]
}

const outcome = (encoder: FieldEncoder, value: unknown) => encoder.encode(value, new Float32Array(1), 0)
/** The value that a row stands for. */
const decoded = (encoder: FieldEncoder, value: unknown) =>
  encoder.expected(Float32Array.of(encode(encoder, value)))

/** Nine numbers, whose median is 50 and whose quartiles are 30 and 70; more than 16 would not be few. */
const tens = [10, 20, 30, 40, 50, 60, 70, 80, 90]
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

test('the median stands at 0, and the distance between the quartiles is 1', () => {
  const encoder = real.fit(tens)
  assert.equal(
    [50, 90, 10, 70, '30', ' 5e1 '].map(value => encode(encoder, value)),
    [0, 1, -1, 0.5, -0.5, 0],
  )
  assert.equal(encoder.summary(), { median: 50, spread: 40 })
  assert.is(encoder.tail(1e9), 0)
})

test('numbers come back as precisely as single precision tells them from the median', () => {
  const sample = fc.array(finite, { minLength: 20, maxLength: 40 })
  fc.assert(
    fc.property(sample, numbers => {
      const encoder = real.fit(numbers)
      const { origin, unit, digits, values } = encoder.state() as Record<string, number> & {
        values: number[]
      }
      if (values.length > 0) return
      for (const number of numbers) {
        const place = (number - origin) / unit
        // What is beyond single precision is clamped, and what overflows in double precision has no distance.
        if (!Number.isFinite(place) || Math.abs(place) > 3e38) continue
        const back = decoded(encoder, number) as number
        // Half a unit of the last place of the distance in single precision, of the numbers in double, and of the digits;
        // distances below the least normal one, 2⁻¹²⁶, have the same absolute error.
        const tolerance =
          2 ** -24 * Math.max(Math.abs(number - origin), 2 ** -126 * unit) +
          2 ** -51 * (Math.abs(number) + Math.abs(origin)) +
          10 ** -digits
        assert.ok(Math.abs(back - number) <= tolerance, `${number} came back as ${back}`)
      }
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('any finite number, huge or tiny, gives a finite value after any sample', () => {
  const sample = fc.array(finite, { maxLength: 30 })
  fc.assert(
    fc.property(sample, finite, (numbers, value) => {
      const encoder = real.fit(numbers)
      assert.is(outcome(encoder, value), 'present')
      assert.ok(Number.isFinite(encode(encoder, value)), `${value}`)
      assert.ok(Number.isFinite(decoded(encoder, value)))
    }),
    { seed: 2, numRuns: 1000 },
  )
})

test('a larger number never stands lower', () => {
  const sample = fc.array(finite, { maxLength: 30 })
  fc.assert(
    fc.property(sample, finite, finite, (numbers, a, b) => {
      const encoder = real.fit(numbers)
      assert.ok(encode(encoder, Math.min(a, b)) <= encode(encoder, Math.max(a, b)))
    }),
    { seed: 3, numRuns: 1000 },
  )
})

test('what a number is measured in makes no difference', () => {
  for (const factor of [2 ** -40, 2 ** 20, 2 ** 300]) {
    const [plain, scaled] = [real.fit(tens), real.fit(tens.map(number => number * factor))]
    for (const number of [...tens, -7, 1e6]) {
      assert.is(encode(scaled, number * factor), encode(plain, number))
    }
  }
})

test('timestamps in milliseconds are told apart', () => {
  const start = 1_700_000_000_000
  const encoder = real.fit(Array.from({ length: 100 }, (_, i) => start + 1000 * i))
  assert.ok(encode(encoder, start + 1) < encode(encoder, start + 2))
  assert.is(decoded(encoder, start + 33_000), start + 33_000)
})

test('a constant is 0, and what differs from it is measured by its own size', () => {
  const encoder = real.fit(Array(50).fill(200))
  assert.equal(
    [200, 300, -200].map(value => encode(encoder, value)),
    [0, 0.5, -2],
  )
  assert.is(decoded(encoder, 200), 200)
  const zero = real.fit(Array(50).fill(0))
  assert.equal(
    [0, 3].map(value => encode(zero, value)),
    [0, 3],
  )
})

test('a field that hardly varies is measured by its range', () => {
  const encoder = real.fit([...Array(50).fill(1), 5])
  assert.equal(
    [1, 5, 9].map(value => encode(encoder, value)),
    [0, 1, 2],
  )
})

test('nothing but one of a few numbers is expected', () => {
  const encoder = real.fit([1, 2, 4, 1, 2, 4, 1, 2, 4])
  const { origin, unit } = encoder.state() as Record<string, number>
  const expected = (number: number) => encoder.expected(Float32Array.of((number - origin) / unit))
  assert.equal([1.2, 2.9, 3.2, 100, -100].map(expected), [1, 2, 4, 4, 1])
})

test('numbers are expected with no more decimals than the sample has, nor than its range is worth', () => {
  const between = (step: number) =>
    real.fit(Array.from({ length: 40 }, (_, i) => i * step)).expected(Float32Array.of(0.123456))
  // The median of 0 … 39 is 19 and its quartiles, 9 and 30, are 21 apart: 19 + 21 × 0.123456 = 21.592576.
  assert.is(between(1), 22)
  assert.is(between(0.25), 5.4)
  assert.is(between(0.0001), 0.00216)
})

test('truth values are 0 and 1 and come back as such', () => {
  const encoder = real.fit([true, false, 'TRUE', 'false'])
  assert.is(encoder.kind, 'boolean')
  assert.equal(
    [true, false, 'true', 'FALSE'].map(value => encode(encoder, value)),
    [1, 0, 1, 0],
  )
  assert.equal(
    [0.2, 0.7].map(number => encoder.expected(Float32Array.of(number))),
    [false, true],
  )
  assert.equal(
    [true, 'false'].map(value => encoder.read(value)),
    [true, false],
  )
  assert.is(outcome(encoder, 'perhaps'), 'kind')
  assert.is(real.fit([1, 2, 3]).kind, 'number')
})

test('what is no finite number is missing, and why', () => {
  const encoder = real.fit(tens)
  for (const [value, why] of [
    [null, 'missing'],
    [undefined, 'missing'],
    ['', 'missing'],
    [[1], 'nested'],
    [{}, 'nested'],
    [Number.NaN, 'non-finite'],
    [-Infinity, 'non-finite'],
    ['inf', 'non-finite'],
    ['1e999', 'non-finite'],
    ['slow', 'kind'],
    ['0x10', 'kind'],
    [true, 'kind'],
  ] as const) {
    assert.is(outcome(encoder, value), why, String(value))
    assert.ok(Number.isNaN(encode(encoder, value)))
  }
})

test('put back it encodes and expects the same, and has the same state', () => {
  for (const sample of [
    tens,
    [],
    [true, false],
    Array(20).fill(7),
    [1e300, -1e300, 5e-324],
    Array.from({ length: 40 }, (_, i) => i / 4),
  ]) {
    const encoder = real.fit(sample)
    const again = real.restore(JSON.parse(JSON.stringify(encoder.state())))
    assert.equal(again.state(), encoder.state())
    for (const value of [0, 1, -1e300, true, 55.5, 'x']) {
      assert.is(outcome(again, value), outcome(encoder, value))
      if (outcome(again, value) === 'present') assert.is(decoded(again, value), decoded(encoder, value))
    }
  }
})

test('a state that cannot be one is refused', () => {
  const state = real.fit(tens).state()
  for (const change of [
    { origin: Number.NaN },
    { origin: 'x' },
    { unit: 0 },
    { unit: -1 },
    { unit: Infinity },
    { digits: -1 },
    { digits: 1.5 },
    { digits: 21 },
    { values: 'x' },
    { values: [Number.NaN] },
    { values: Array.from({ length: 17 }, (_, i) => i) },
    { truth: 2 },
    { truth: 'true' },
    { truth: undefined },
  ]) {
    const wrong = { ...state, ...change } as unknown as EncoderState
    assert.throws(
      () => real.restore(wrong),
      /Expected a finite origin, a unit above 0/,
      JSON.stringify(change),
    )
  }
})

test.run()
