import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RecordEncoder } from '../../pipeline/encoders/record.ts'
import { fieldsOf, usableValues } from '../../pipeline/encoders/schema.ts'
import type { DataRecord, Notice } from '../../pipeline/records.ts'

const none = new Set<string>()
const encodings = { number: 'bins', category: 'one-hot', boolean: 'bit' } as const

function fitted(records: readonly DataRecord[]): RecordEncoder {
  return RecordEncoder.fit(
    fieldsOf(
      records.map(record => usableValues(record, none)),
      new Map(),
    ),
    encodings,
  )
}

const people = Array.from({ length: 40 }, (_, i) => ({
  name: ['ann', 'bob', 'cid'][i % 3],
  age: (i * 17) % 60,
  member: i % 2 === 0,
}))

/** Encode without and with notices. */
function encode(
  encoder: RecordEncoder,
  record: DataRecord,
  settled = true,
  ignored: ReadonlySet<string> = none,
) {
  const notices: Notice[] = []
  const out = encoder.workspace()
  encoder.encode(record, out, ignored, settled, notice => notices.push(notice))
  return { ...out, row: [...out.row], tails: [...out.tails], notices }
}

test('fields stand side by side, one visible group each', () => {
  const encoder = fitted(people)
  assert.equal(
    encoder.visible.map(({ kind }) => kind),
    ['softmax', 'softmax', 'bernoulli'],
  )
  assert.is(
    encoder.width,
    encoder.visible.reduce((sum, { size }) => sum + size, 0),
  )
  assert.equal(
    encoder.fields.map(({ at }) => at),
    [0, encoder.visible[0].size, encoder.width - 1],
  )
})

test('the order of the fields in a record does not matter', () => {
  const encoder = fitted(people)
  const { name, age, member } = people[7]
  const straight = encode(encoder, { name, age, member })
  for (const record of [
    { member, age, name },
    { age, name, member },
    { x: 1, age, y: 2, member, name },
  ]) {
    assert.equal(encode(encoder, record).row, straight.row)
  }
  assert.is(straight.present, 3)
})

test('missing fields are NaN throughout their group, and leave no trace of the record before', () => {
  const encoder = fitted(people)
  const out = encoder.workspace()
  encoder.encode(people[0], out)
  encoder.encode({ age: 1e9 }, out)
  assert.ok(out.tail > 0)
  encoder.encode({ member: true, age: null }, out)
  assert.is(out.present, 1)
  assert.is(out.tail, 0)
  assert.ok([...out.row].slice(0, -1).every(Number.isNaN))
  assert.is(out.row.at(-1), 1)
})

test('the tails of a record add up', () => {
  const encoder = fitted(people)
  const { tail, tails } = encode(encoder, { ...people[0], age: 10_000 })
  assert.ok(tail > 0)
  assert.equal(tails, [0, tail, 0])
})

test('inherited members are no values', () => {
  const encoder = fitted(Array.from({ length: 8 }, (_, i) => ({ constructor: 'abc'[i % 3], toString: 'x' })))
  const { present, notices } = encode(encoder, {})
  assert.is(present, 0)
  assert.equal(notices, [])
})

test('a field called __proto__ is read and nothing is inherited from it', () => {
  const records = Array.from({ length: 8 }, (_, i) => JSON.parse(`{"__proto__": "${i % 2}x", "b": ${i % 3}}`))
  const encoder = fitted(records)
  assert.equal(
    encoder.fields.map(({ name }) => name),
    ['__proto__', 'b'],
  )
  assert.is(encode(encoder, records[0]).present, 2)
  assert.is(encode(encoder, JSON.parse('{"__proto__": {"b": 1}}')).present, 0)
})

test('what cannot be used is reported with field, expectation and remedy', () => {
  const encoder = fitted(people)
  const { notices, present } = encode(encoder, { name: { first: 'ann' }, age: 'old', member: Number.NaN })
  assert.is(present, 0)
  assert.equal(
    notices.map(({ code, field }) => [code, field]),
    [
      ['nested', 'name'],
      ['kind', 'age'],
      ['non-finite', 'member'],
    ],
  )
  assert.match(notices[1].message, /"age": expected a number, got "old"; .*missing\. Clean the field/)
})

test('a huge value does not make a huge message', () => {
  const { notices } = encode(fitted(people), { age: 'x'.repeat(1e6) })
  assert.ok(notices[0].message.length < 300)
  assert.match(notices[0].message, /1000000 characters/)
})

test('an unknown field is reported once, when no more are taken up', () => {
  const encoder = fitted(people)
  assert.equal(encode(encoder, { late: 1 }, false).notices, [])
  assert.equal(encode(encoder, { late: null }).notices, [])
  assert.equal(encode(encoder, { late: 1 }, true, new Set(['late'])).notices, [])
  assert.equal(
    encode(encoder, { late: 1 }).notices.map(({ code }) => code),
    ['new-field'],
  )
  assert.equal(encode(encoder, { late: 1 }).notices, [])
  assert.equal(
    encode(encoder, { deep: {} }).notices.map(({ code }) => code),
    ['nested'],
  )
})

test('a stream of ever new fields is not remembered without bound', () => {
  const encoder = fitted(people)
  let reported = 0
  for (let i = 0; i < 3000; i++) reported += encode(encoder, { [`f${i}`]: 1 }).notices.length
  assert.is(reported, 1024)
})

test('a category is taken up when learned, and the row with it', () => {
  const encoder = fitted(people)
  const out = encoder.workspace()
  const learn = () => {
    encoder.encode({ name: 'dan' }, out)
    encoder.admit({ name: 'dan' }, out.row)
    return out.row.indexOf(1)
  }
  assert.is(learn(), 0)
  assert.is(learn(), 4)
  assert.is(encode(encoder, { name: 'dan' }).row.indexOf(1), 4)
})

test('too many categories are reported once', () => {
  const encoder = fitted(people)
  const notices: Notice[] = []
  const out = encoder.workspace()
  for (let i = 0; i < 600; i++) {
    encoder.encode({ name: `n${i}` }, out)
    encoder.admit({ name: `n${i}` }, out.row, notice => notices.push(notice))
  }
  assert.equal(
    notices.map(({ code, field }) => [code, field]),
    [['categories', 'name']],
  )
})

test('a kind that the family has no encoding for is refused with the reason', () => {
  const fields = fieldsOf(people, new Map())
  assert.throws(
    () => RecordEncoder.fit(fields, { number: 'bins' }),
    /Expected fields of kind number, .* got "name" of kind category; ignore the field or choose another family/,
  )
})

test('an encoder is rebuilt from its state', () => {
  const encoder = fitted(people)
  const again = RecordEncoder.restore(JSON.parse(JSON.stringify(encoder.state())))
  assert.equal(again.state(), encoder.state())
  assert.equal(encode(again, people[5]), encode(encoder, people[5]))
  assert.throws(() => RecordEncoder.restore([{ name: 'a', encoding: 'roman', state: {} }]), /got 'roman'/)
})

test.run()
