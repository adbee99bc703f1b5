/** One look at every field of a record, for all members that look at it. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Encoded, RecordEncoder } from '../../pipeline/encoders/record.ts'
import { Reported } from '../../pipeline/encoders/reported.ts'
import { fieldsOf } from '../../pipeline/encoders/schema.ts'
import type { Encoding, FieldKind } from '../../pipeline/experts/product.ts'
import { Layout } from '../../pipeline/layout.ts'
import type { DataRecord, Notice } from '../../pipeline/records.ts'

const people = Array.from({ length: 40 }, (_, i) => ({
  age: (i * 17) % 60,
  name: ['ann', 'bob', 'cid'][i % 3],
  member: i % 2 === 0,
  since: new Date(1.7e12 + 3e7 * i).toISOString(),
}))
const sample = fieldsOf(people, new Map())

const encoderOf = (encodings: Partial<Record<FieldKind, Encoding | readonly Encoding[]>>) =>
  RecordEncoder.fit(
    sample.filter(({ kind }) => encodings[kind] !== undefined),
    ({ kind }) => [encodings[kind] ?? []].flat(),
  )

/** Members of numbers, of all but numbers, and of numbers and categories. */
const encoders = [
  encoderOf({ number: 'real' }),
  encoderOf({ category: 'index', boolean: 'bit', timestamp: ['hour', 'weekday'] }),
  encoderOf({ number: 'bins', category: 'one-hot' }),
]

function look(record: DataRecord, settled = true, layout = new Layout(encoders, new Reported())) {
  const notices: Notice[] = []
  const out = encoders.map(encoder => encoder.workspace())
  const present = layout.encode(record, out, new Set(['ignored']), settled, notice => notices.push(notice))
  return { present, out, codes: notices.map(({ code, field }) => `${code} ${field}`) }
}

/** As texts, in which NaN equals itself. */
const shown = (out: readonly Encoded[]) =>
  out.map(({ row, tails, tail, present }) => `${row} ${tails} ${tail} ${present}`)
const backwards = (record: DataRecord) => Object.fromEntries(Object.entries(record).reverse())

test('the names of all fields, each once, as members look at them', () => {
  assert.equal(new Layout(encoders, new Reported()).names, ['age', 'name', 'member', 'since'])
})

test('every member gets what it would encode alone, in whatever order the fields come', () => {
  for (const record of [...people.slice(0, 5), { age: 5 }, { name: 'bob', other: 1 }, {}, { age: null }]) {
    const alone = encoders.map(encoder => {
      const out = encoder.workspace()
      encoder.encode(record, out)
      return out
    })
    assert.equal(shown(look(record).out), shown(alone))
    assert.equal(shown(look(backwards(record)).out), shown(alone))
  }
})

test('a field counts once, however many members look at it and in however many ways', () => {
  assert.is(look(people[0]).present, 4)
  assert.is(look({ age: 1, name: 'ann' }).present, 2)
  assert.is(look({ since: people[0].since }).present, 1)
  assert.equal(
    look(people[0]).out.map(({ present }) => present),
    [1, 4, 2],
  )
  assert.is(look({ other: 1, ignored: 2 }).present, 0)
})

test('nothing is left of the record before', () => {
  const layout = new Layout(encoders, new Reported())
  const out = encoders.map(encoder => encoder.workspace())
  layout.encode(people[0], out)
  assert.is(layout.encode({}, out), 0)
  assert.equal(shown(out), shown(encoders.map(encoder => encoder.workspace())))
})

test('what no member can use is reported once, not once a member', () => {
  assert.equal(look({ age: 'old', name: ['ann'], member: 'maybe', since: Infinity }).codes, [
    'kind age',
    'nested name',
    'kind member',
    'non-finite since',
  ])
  assert.is(look({ age: 'old' }).present, 0)
})

test('fields that nobody looks at are reported once when no more are taken up', () => {
  const layout = new Layout(encoders, new Reported())
  assert.equal(look({ late: 1 }, false, layout).codes, [])
  assert.equal(look({ late: 1, ignored: 1 }, true, layout).codes, ['new-field late'])
  assert.equal(look({ late: 1 }, true, layout).codes, [])
})

test('inherited fields are none', () => {
  assert.is(look(Object.create({ age: 5 })).present, 0)
})

test.run()
