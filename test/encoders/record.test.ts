import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RecordEncoder } from '../../pipeline/encoders/record.ts'
import { Reported } from '../../pipeline/encoders/reported.ts'
import { usableValues } from '../../pipeline/encoders/sample.ts'
import { type FieldSample, fieldsOf } from '../../pipeline/encoders/schema.ts'
import type { Encoding, FieldKind } from '../../pipeline/experts/product.ts'
import { Layout } from '../../pipeline/layout.ts'
import type { DataRecord, Notice } from '../../pipeline/records.ts'

const none = new Set<string>()
const byKind: Partial<Record<FieldKind, Encoding>> = { number: 'bins', category: 'one-hot', boolean: 'bit' }
const encodings = ({ kind }: FieldSample) => [byKind[kind] ?? []].flat()

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

/** Encode with notices. */
function encode(
  encoder: RecordEncoder,
  record: DataRecord,
  settled = true,
  ignored: ReadonlySet<string> = none,
  layout = new Layout([encoder], new Reported()),
) {
  const notices: Notice[] = []
  const out = encoder.workspace()
  layout.encode(record, [out], ignored, settled, notice => notices.push(notice))
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
  const layout = new Layout([encoder], new Reported())
  const codes = (record: DataRecord, settled = true, ignored = none) =>
    encode(encoder, record, settled, ignored, layout).notices.map(({ code }) => code)
  assert.equal(codes({ late: 1 }, false), [])
  assert.equal(codes({ late: null }), [])
  assert.equal(codes({ late: 1 }, true, new Set(['late'])), [])
  assert.equal(codes({ late: 1 }), ['new-field'])
  assert.equal(codes({ late: 1 }), [])
  assert.equal(codes({ deep: {} }), ['nested'])
})

test('a stream of ever new fields is not remembered without bound', () => {
  const encoder = fitted(people)
  const layout = new Layout([encoder], new Reported())
  let reported = 0
  for (let i = 0; i < 3000; i++) {
    reported += encode(encoder, { [`f${i}`]: 1 }, true, none, layout).notices.length
  }
  assert.is(reported, 1024)
})

test('a field that two members look at is present, and reported, once', () => {
  const fields = fieldsOf(people, new Map())
  const encoders = [
    RecordEncoder.fit(fields, encodings),
    RecordEncoder.fit(fields, ({ kind }) => (kind === 'number' ? ['real'] : [])),
  ]
  const layout = new Layout(encoders, new Reported())
  const out = encoders.map(encoder => encoder.workspace())
  assert.equal(layout.names, ['name', 'age', 'member'])
  assert.is(layout.encode(people[3], out), 3)
  assert.equal(
    out.map(({ present }) => present),
    [3, 1],
  )
  const notices: Notice[] = []
  assert.is(
    layout.encode({ age: 'old' }, out, none, true, notice => notices.push(notice)),
    0,
  )
  assert.equal(
    notices.map(({ code, field }) => [code, field]),
    [['kind', 'age']],
  )
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

test('it is told when there is no room for a category', () => {
  const encoder = fitted(people)
  const full = new Set<string>()
  const out = encoder.workspace()
  for (let i = 0; i < 600; i++) {
    encoder.encode({ name: `n${i}` }, out)
    encoder.admit({ name: `n${i}` }, out.row, ({ name }) => full.add(name))
  }
  assert.equal([...full], ['name'])
})

test('an encoder is rebuilt from its state', () => {
  const encoder = fitted(people)
  const again = RecordEncoder.restore(JSON.parse(JSON.stringify(encoder.state())))
  assert.equal(again.state(), encoder.state())
  assert.equal(encode(again, people[5]), encode(encoder, people[5]))
  assert.throws(() => RecordEncoder.restore([{ name: 'a', encoding: 'roman', state: {} }]), /got 'roman'/)
})

test.run()
