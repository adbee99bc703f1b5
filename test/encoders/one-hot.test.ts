import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { FieldEncoder } from '../../pipeline/encoders/field.ts'
import { MOST_STATES, oneHot } from '../../pipeline/encoders/one-hot.ts'

const repeat = <T>(values: readonly T[], times: number) => Array.from({ length: times }, () => values).flat()
const names = (count: number, prefix = 'v') => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

/** The state of a value; −1 when it is not present. */
function stateOf(encoder: FieldEncoder, value: unknown): number {
  const row = new Float32Array(encoder.group.size).fill(Number.NaN)
  if (encoder.encode(value, row, 0) !== 'present') return -1
  assert.is(
    row.reduce((a, b) => a + b),
    1,
  )
  return row.indexOf(1)
}

test('values that recur have a state each, those seen once are "other"', () => {
  const encoder = oneHot.fit(['a', 'b', 'a', 'c', 'b', 'a'])
  assert.equal(
    ['a', 'b'].map(value => stateOf(encoder, value)),
    [1, 2],
  )
  assert.is(stateOf(encoder, 'c'), 0)
  assert.is(stateOf(encoder, 'never seen'), 0)
})

test('encoding does not take up a value, learning it twice does', () => {
  const encoder = oneHot.fit(repeat(['a', 'b'], 5))
  for (let i = 0; i < 10; i++) assert.is(stateOf(encoder, 'new'), 0)
  assert.is(encoder.admit('new'), 'unchanged')
  assert.is(stateOf(encoder, 'new'), 0)
  assert.is(encoder.admit('new'), 'admitted')
  assert.is(stateOf(encoder, 'new'), 3)
  assert.is(encoder.admit('new'), 'unchanged')
  assert.equal(encoder.state().strangers, [])
})

test('a field of names gives none of its states away', () => {
  const encoder = oneHot.fit(names(1000))
  for (const name of names(5000, 'later')) encoder.admit(name)
  for (const name of names(5000, 'later')) assert.is(stateOf(encoder, name), 0)
  assert.is(encoder.expected(new Float32Array(encoder.group.size).fill(0.1)), null)
})

test('more values than states: the most frequent have them, and the rest is told to be too many', () => {
  const values = names(100).flatMap((name, i) => Array<string>(i < 70 ? 3 : 2).fill(name))
  const encoder = oneHot.fit(values)
  assert.is(encoder.group.size, MOST_STATES)
  assert.is(stateOf(encoder, 'v0'), 1)
  assert.is(stateOf(encoder, 'v99'), 0)
  encoder.admit('another')
  assert.is(encoder.admit('another'), 'full')
})

test('more newcomers than can be remembered are told to be too many', () => {
  const encoder = oneHot.fit(repeat(['a'], 10))
  const admissions = names(300).map(name => encoder.admit(name))
  assert.is(admissions.indexOf('full'), 256)
})

test('numbers, booleans and texts are categories by their text', () => {
  const encoder = oneHot.fit(repeat([404, 'x', true], 3))
  assert.is(stateOf(encoder, '404'), stateOf(encoder, 404))
  assert.is(stateOf(encoder, 'true'), stateOf(encoder, true))
  assert.ok(stateOf(encoder, 404) > 0)
})

test('names of object members are values like any other', () => {
  const encoder = oneHot.fit(repeat(['__proto__', 'constructor', 'toString'], 3))
  assert.equal(
    ['__proto__', 'constructor', 'toString', 'valueOf'].map(value => stateOf(encoder, value)),
    [1, 2, 3, 0],
  )
})

test('what cannot be a category is left out', () => {
  const encoder = oneHot.fit(repeat(['a'], 3))
  const row = new Float32Array(encoder.group.size)
  assert.is(encoder.encode({}, row, 0), 'nested')
  assert.is(encoder.encode(Number.NaN, row, 0), 'non-finite')
  assert.is(encoder.encode(null, row, 0), 'missing')
  assert.is(
    encoder.encode(() => 1, row, 0),
    'kind',
  )
})

test('the likeliest value with a name is expected', () => {
  const encoder = oneHot.fit(repeat(['a', 'b', 'c'], 3))
  const probabilities = new Float32Array(encoder.group.size)
  probabilities.set([0.5, 0.1, 0.3, 0.1])
  assert.is(encoder.expected(probabilities), 'b')
})

test('an encoder is rebuilt from its state and goes on alike', () => {
  const encoder = oneHot.fit([...repeat(['a', 'b'], 4), 'once', 'seldom'])
  const again = oneHot.restore(JSON.parse(JSON.stringify(encoder.state())))
  for (const value of ['once', 'x', 'x', 'y', 'seldom', 'z', 'y']) {
    assert.is(again.admit(value), encoder.admit(value))
  }
  assert.equal(again.state(), encoder.state())
})

test('a state that cannot be one is refused', () => {
  for (const wrong of [
    { size: 1, values: [], strangers: [] },
    { size: 65, values: [], strangers: [] },
    { size: 3, values: ['a', 'b', 'c'], strangers: [] },
    { size: 5, values: ['a', 'a'], strangers: [] },
    { size: 5, values: 'ab', strangers: [] },
    { size: 5, values: [], strangers: names(257) },
  ]) {
    assert.throws(() => oneHot.restore(wrong), /Expected up to 64 states/)
  }
})

test.run()
