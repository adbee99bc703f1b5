import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { usableValues } from '../../pipeline/encoders/sample.ts'
import { fieldsOf, kindOf, withinLimit } from '../../pipeline/encoders/schema.ts'
import type { DataRecord } from '../../pipeline/records.ts'

const none = new Set<string>()
const fields = (records: readonly DataRecord[], kinds = {}) =>
  fieldsOf(
    records.map(record => usableValues(record, none)),
    new Map(Object.entries(kinds)),
  ).map(({ name, kind }) => `${name}:${kind}`)
const many = (count: number, make: (i: number) => DataRecord) =>
  Array.from({ length: count }, (_, i) => make(i))
/** Numbers that neither grow nor fall throughout. */
const varied = (i: number) => (i * 7) % 11

test('kinds: numbers, numeric texts, truth values, everything else', () => {
  assert.is(kindOf([1, 2.5, '3']), 'number')
  assert.is(kindOf(['1', '0']), 'number')
  assert.is(kindOf([true, false, 'true']), 'boolean')
  assert.is(kindOf(['yes', 'no']), 'category')
  assert.is(kindOf([true, 'x']), 'category')
  assert.is(kindOf([true, 1]), 'category')
})

test('one text among twenty numbers is a slip, two are a kind', () => {
  assert.is(kindOf([...Array(19).fill(1), 'n/a']), 'number')
  assert.is(kindOf([...Array(18).fill(1), 'n/a', 'n/a']), 'category')
})

test('fields come in order of first appearance', () => {
  const records = [
    ...many(6, i => ({ b: varied(i), a: 'x' })),
    ...many(6, i => ({ c: i % 2 === 0, a: 'y', b: 1 })),
  ]
  assert.equal(fields(records), ['b:number', 'a:category', 'c:boolean'])
})

test('a field that few records have is not taken up', () => {
  const records = many(20, i => ({ a: varied(i), ...(i < 3 ? { rare: 1 } : {}) }))
  assert.equal(fields(records), ['a:number'])
})

test('a given kind is taken for the inferred one', () => {
  const records = many(20, i => ({ code: varied(i), flag: i % 2 }))
  assert.equal(fields(records, { code: 'category', flag: 'boolean' }), ['code:category', 'flag:boolean'])
})

test('a given kind that no value is of leaves the field out', () => {
  assert.equal(
    fields(
      many(20, i => ({ a: varied(i), b: 'text' })),
      { b: 'number' },
    ),
    ['a:number'],
  )
})

test('counters and clocks are left out, unless there is nothing else or their kind is given', () => {
  const records = many(40, i => ({ id: 1000 + i, time: 9e9 - (i >> 1), a: varied(i) }))
  assert.equal(fields(records), ['a:number'])
  assert.equal(fields(records, { id: 'number' }), ['id:number', 'a:number'])
  assert.equal(fields(many(40, i => ({ id: i }))), ['id:number'])
})

test('steps and values that recur make no counter', () => {
  assert.equal(fields(many(40, i => ({ level: i >> 3, a: varied(i) }))), ['level:number', 'a:number'])
  assert.equal(fields(many(10, i => ({ few: i, a: varied(i) }))), ['few:number', 'a:number'])
})

test('only what can be used is kept of a record', () => {
  const record = {
    a: 1,
    b: null,
    c: '',
    d: [1],
    e: { x: 1 },
    f: Number.NaN,
    g: 'text',
    h: 5n,
    i: undefined,
    skip: 1,
  }
  assert.equal({ ...usableValues(record, new Set(['skip'])) }, { a: 1, g: 'text', h: 5 })
})

test('names of object members are fields like any other', () => {
  const record = JSON.parse('{"__proto__": 1, "constructor": "x", "hasOwnProperty": true}')
  assert.equal(Object.keys(usableValues(record, none)), ['__proto__', 'constructor', 'hasOwnProperty'])
  assert.equal(fields(Array(8).fill(record)), [
    '__proto__:number',
    'constructor:category',
    'hasOwnProperty:boolean',
  ])
})

test('of very many fields those with the most values are taken', () => {
  const wide: DataRecord = Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`f${i}`, 'x']))
  const narrow: DataRecord = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i + 100}`, 'x']))
  const all = fieldsOf([wide, wide, wide, wide, narrow], new Map())
  assert.is(all.length, 1100)
  const taken = withinLimit(all, 1024).map(({ name }) => name)
  assert.is(taken.length, 1024)
  assert.ok(taken.includes('f1099') && taken.includes('f23') && !taken.includes('f24'))
})

test('a few whole numbers of three digits are codes, and codes are categories', () => {
  const repeated = (values: readonly (number | string)[], times = 10) =>
    Array.from({ length: times * values.length }, (_, i) => values[i % values.length])
  assert.is(kindOf(repeated([200, 404, 500])), 'category')
  assert.is(kindOf(repeated(['200', '404', '500'])), 'category')
  // Grades, counts, measurements, too many of them, or too few times to tell.
  assert.is(kindOf(repeated([1, 2, 3])), 'number')
  assert.is(kindOf(repeated([200, 404.5, 500])), 'number')
  assert.is(kindOf(repeated([200])), 'number')
  assert.is(kindOf(repeated(Array.from({ length: 17 }, (_, i) => 100 + i))), 'number')
  assert.is(kindOf(repeated([200, 404, 500], 7)), 'number')
})

test.run()
