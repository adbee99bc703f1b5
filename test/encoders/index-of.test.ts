import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EncoderState, FieldEncoder } from '../../pipeline/encoders/field.ts'
import { indexOf, MOST_STATES } from '../../pipeline/encoders/index-of.ts'
import { frequency } from '../../pipeline/experts/frequency.ts'

const repeat = <T>(values: readonly T[], times: number) => Array.from({ length: times }, () => values).flat()
const names = (count: number, prefix = 'v') => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

/** The state of a value. */
function stateOf(encoder: FieldEncoder, value: unknown): number {
  const row = Float32Array.of(Number.NaN)
  assert.is(encoder.encode(value, row, 0), 'present')
  assert.ok(Number.isInteger(row[0]) && row[0] >= 0 && row[0] < encoder.group.size)
  assert.is(encoder.isOther?.(row, 0), row[0] < Number(encoder.summary().buckets))
  return row[0]
}

/** Which of the states with a value of their own a value has, from 1 on; 0 for "other", whichever its bucket. */
const nameOf = (encoder: FieldEncoder, value: unknown) =>
  Math.max(0, stateOf(encoder, value) + 1 - Number(encoder.summary().buckets))

/** Surprises of values to frequencies that score, then learn, as a stream does. */
function surprises(encoder: FieldEncoder, stream: readonly string[]): number[] {
  const product = frequency.create([encoder.group])
  const found = stream.map(value => {
    const row = Float32Array.of(stateOf(encoder, value))
    const energy = product.freeEnergy(row)
    if (encoder.isOther?.(row, 0)) encoder.admit(value)
    product.learnOne(row)
    return energy
  })
  product.release()
  return found
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

test('values that recur have a state each, those seen once are "other"', () => {
  const encoder = indexOf.fit(['a', 'b', 'a', 'c', 'b', 'a'])
  assert.equal(
    ['a', 'b', 'c', 'never seen'].map(value => nameOf(encoder, value)),
    [1, 2, 0, 0],
  )
  assert.is(encoder.group.kind, 'index')
})

test('encoding does not take up a value, learning it twice does', () => {
  const encoder = indexOf.fit(repeat(['a', 'b'], 5))
  for (let i = 0; i < 10; i++) assert.is(nameOf(encoder, 'new'), 0)
  assert.is(encoder.admit('new'), 'unchanged')
  assert.is(nameOf(encoder, 'new'), 0)
  assert.is(encoder.admit('new'), 'admitted')
  assert.is(nameOf(encoder, 'new'), 3)
  assert.is(encoder.admit('new'), 'unchanged')
})

test('there are as many buckets as values recur, effectively', () => {
  const bucketsOf = (values: readonly string[]) => Number(indexOf.fit(values).summary().buckets)
  assert.is(bucketsOf(repeat(names(5), 20)), 5)
  // Nine of ten: e to the entropy, .325 nats, is 1.38.
  assert.is(bucketsOf([...repeat(['a'], 90), ...repeat(['b'], 10)]), 1)
  assert.is(bucketsOf(names(256)), 256)
  assert.is(bucketsOf(names(5000)), 768)
})

test('a stranger is a surprise among five values', () => {
  const encoder = indexOf.fit(repeat(names(5), 40))
  const found = surprises(encoder, [...repeat(names(5), 100), 'never seen'])
  const [usual, stranger] = [mean(found.slice(250, 500)), found[500]]
  // Never seen, and seen by a hundred: log 201.
  assert.ok(Math.abs(stranger - usual - Math.log(201)) < 0.5, `${stranger} beside ${usual}`)
})

test('a stranger is no surprise where most values are new, and no less of one than a value that recurs', () => {
  const encoder = indexOf.fit(names(256))
  const found = surprises(encoder, names(5000, 'user '))
  const late = found.slice(2000)
  // 256 buckets fill up evenly, with 8 and more in each: log 8 − log 1.5 is what the emptiest may stand out by.
  assert.ok(Math.max(...late) - mean(late) < Math.log(8 / 1.5), `${Math.max(...late)} beside ${mean(late)}`)
  assert.ok(Math.abs(mean(found.slice(0, 500)) - mean(late)) < 0.5)
})

test('a stranger surprises more than a regular by −log of the share of strangers', () => {
  const regulars = names(40)
  for (const every of [2, 5, 20]) {
    const stream = (length: number, salt: string) =>
      Array.from({ length }, (_, i) => (i % every === 0 ? `${salt} ${i}` : regulars[(i * 7) % 40]))
    const encoder = indexOf.fit(stream(800, 'sample'))
    const found = surprises(encoder, stream(8000, 'stream')).slice(2000)
    const strangers = mean(found.filter((_, i) => i % every === 0))
    const usual = mean(found.filter((_, i) => i % every !== 0))
    // Buckets fill up unevenly, which adds to the mean of −log p: with 10 in each about .05, with the sample's own error.
    assert.ok(Math.abs(strangers - usual - Math.log(every)) < 0.5, `${every}: ${strangers} beside ${usual}`)
  }
})

test('a frequent value far down the list has a count of its own, nearly', () => {
  const encoder = indexOf.fit(names(3000))
  for (const name of names(300, 'early')) for (const _ of [1, 2]) encoder.admit(name)
  assert.is(encoder.summary().free, 0)
  assert.is(encoder.admit('late'), 'unchanged')
  const state = stateOf(encoder, 'late')
  assert.ok(state < Number(encoder.summary().buckets))
  const others = names(500, 'x').filter(name => stateOf(encoder, name) === state)
  assert.ok(others.length <= 5, `${others.length} of 500 share the bucket`)
  assert.is(encoder.group.size, MOST_STATES)
})

test('running out of states is told', () => {
  const encoder = indexOf.fit(repeat(['a', 'b'], 50))
  const admissions = repeat(names(18), 2).map(name => encoder.admit(name))
  assert.equal(admissions.slice(18), [...repeat(['admitted'], 16), 'full', 'full'])
})

test('numbers, booleans, texts and names of object members are values like any other', () => {
  const encoder = indexOf.fit(repeat([404, 'x', true, '__proto__', 'constructor'], 3))
  assert.equal(
    ['404', 404, 'x', 'true', '__proto__', 'constructor', 'toString'].map(value => nameOf(encoder, value)),
    [1, 1, 2, 3, 4, 5, 0],
  )
})

test('what cannot be a category is left out', () => {
  const encoder = indexOf.fit(repeat(['a'], 3))
  const row = Float32Array.of(Number.NaN)
  const wrong = [{}, Number.NaN, null, '', () => 1]
  assert.equal(
    wrong.map(value => encoder.encode(value, row, 0)),
    ['nested', 'non-finite', 'missing', 'missing', 'kind'],
  )
  assert.ok(Number.isNaN(row[0]))
})

test('the likeliest value with a name is expected', () => {
  const encoder = indexOf.fit(repeat(['a', 'b', 'c'], 3))
  const probabilities = new Float32Array(encoder.group.size)
  probabilities.set([0.5, 0.1, 0, 0.1, 0.2, 0.1])
  assert.is(encoder.expected(probabilities), 'b')
  assert.is(indexOf.fit(names(9)).expected(new Float32Array(MOST_STATES)), null)
})

test('an encoder is rebuilt from its state and goes on alike', () => {
  const encoder = indexOf.fit([...repeat(['a', 'b'], 4), 'once', 'seldom'])
  const again = indexOf.restore(JSON.parse(JSON.stringify(encoder.state())))
  for (const value of ['once', 'x', 'x', 'y', 'seldom', 'z', 'y'])
    assert.is(again.admit(value), encoder.admit(value))
  assert.equal(again.state(), encoder.state())
})

test('a state that cannot be one is refused', () => {
  for (const wrong of [
    { size: 1, buckets: 1, values: [], strangers: [] },
    { size: 1025, buckets: 1, values: [], strangers: [] },
    { size: 10, buckets: 0, values: [], strangers: [] },
    { size: 1000, buckets: 769, values: [], strangers: [] },
    { size: 3, buckets: 1, values: ['a', 'b', 'c'], strangers: [] },
    { size: 5, buckets: 1, values: ['a', 'a'], strangers: [] },
    { size: 5, buckets: 1, values: 'ab', strangers: [] },
    { size: 5, values: [], strangers: [] },
    { size: 5, buckets: 1, values: [], strangers: names(257) },
  ] as EncoderState[])
    assert.throws(() => indexOf.restore(wrong), /Expected up to 1024 states/)
})

test.run()
