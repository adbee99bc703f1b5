/** What is read from a row again: the value that was written, up to what its encoding leaves out. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodingNamed } from '../../pipeline/encoders/index.ts'
import { widthOf } from '../../pipeline/visible.ts'

/** Each value of `values` through an encoder that was fitted to all of them, and back. */
function roundTrip(encoding: string, values: readonly unknown[], asked = values): unknown[] {
  const encoder = encodingNamed(encoding).fit(values)
  const row = new Float32Array(widthOf([encoder.group])).fill(Number.NaN)
  return asked.map(value => {
    encoder.encode(value, row, 0)
    return encoder.decode?.(row, 0)
  })
}

const twice = (values: readonly unknown[]) => [...values, ...values]

test('numbers in bins and as they are, with the digits of the sample', () => {
  const prices = Array.from({ length: 40 }, (_, t) => ((t * 37) % 41) / 10)
  // A tenth at either end lies beyond the first and the last centre but within the outer states.
  for (const encoding of ['bins', 'real']) assert.equal(roundTrip(encoding, prices), prices)
})

test('few numbers are themselves, and what is between them is the nearest', () => {
  const few = [1, 5, 25, 125]
  for (const encoding of ['bins', 'real']) {
    assert.equal(roundTrip(encoding, twice(few)), twice(few))
    assert.equal(roundTrip(encoding, twice(few), [24]), [25])
  }
})

test('a single state of the bins is its centre, and the outermost is within the sample', () => {
  const encoder = encodingNamed('bins').fit(Array.from({ length: 101 }, (_, t) => t * 1.5))
  const { low, high } = encoder.summary() as { low: number; high: number }
  const centre = (state: number) =>
    encoder.decode?.(
      Float32Array.from({ length: 8 }, (_, k) => Number(k === state)),
      0,
    )
  assert.is(centre(1), Math.max(0, low))
  assert.is(centre(0), 0)
  assert.is(centre(7), 150)
  assert.is(centre(6), Math.min(150, high))
})

test('categories, booleans', () => {
  for (const encoding of ['one-hot', 'index']) {
    assert.equal(roundTrip(encoding, ['a', 'b', 'a', 'b', 'c'], ['a', 'b', 'c']), ['a', 'b', null])
    // A state without a value yet.
    const encoder = encodingNamed(encoding).fit(['a', 'a'])
    const row = new Float32Array(encoder.group.size)
    if (encoding === 'index') row[0] = encoder.group.size - 1
    else row[encoder.group.size - 1] = 1
    assert.is(encoder.decode?.(row, 0), null)
  }
  assert.equal(roundTrip('bit', [true, false]), [true, false])
  assert.equal(roundTrip('real', [true, false]), [true, false])
})

test('texts: words in their order, or what their template says', () => {
  const texts = ['User 12 LEFT room 7', 'user 4 joined room 9', 'user 5 left room 7', 'user 12 joined hall 4']
  assert.equal(roundTrip('words', texts), [
    'user 12 left room 7',
    'user 4 joined room …',
    'user … left room 7',
    'user 12 joined … 4',
  ])
  assert.equal(roundTrip('template', twice(['User 12 left room7', 'b c d'])).slice(0, 2), [
    'user # left room#',
    'b c d',
  ])
  assert.is(encodingNamed('tokens').fit(texts).decode, undefined)
  assert.is(encodingNamed('hour').fit(['2026-01-01T00:00:00Z']).decode, undefined)
})

test.run()
