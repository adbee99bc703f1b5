/** Which families look at which fields, and how much the opinion of each counts. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { partsFor } from '../../pipeline/choice.ts'
import { Detector } from '../../pipeline/detector.ts'
import { fieldKinds } from '../../pipeline/encoders/kinds.ts'
import { Reported } from '../../pipeline/encoders/reported.ts'
import type { FieldSample } from '../../pipeline/encoders/schema.ts'
import { choices, families } from '../../pipeline/experts/index.ts'
import type { FieldKind } from '../../pipeline/experts/product.ts'
import type { Notice } from '../../pipeline/records.ts'
import { eventfulRecords, observeAll } from './streams.ts'

const field = (kind: FieldKind, name: string = kind): FieldSample => ({ name, kind, values: [] })
const numbers = (count: number) => Array.from({ length: count }, (_, i) => field('number', `n${i}`))

/** The choice as `family: names × weight`. */
function chosen(experts: string, fields: readonly FieldSample[], notices: Notice[] = []) {
  const parts = partsFor({ experts, families }, fields, new Reported(), notice => notices.push(notice))
  return Object.fromEntries(
    parts.map(({ family, fields, weight }) => [family.name, [fields.map(({ name }) => name).join(), weight]]),
  )
}

test('auto and every family can be chosen', () => {
  assert.equal(choices, ['auto', ...families.map(({ name }) => name)])
})

test('each kind has its families, and numbers together have the power of their density', () => {
  assert.equal(chosen('auto', numbers(3)), { prototype: ['n0,n1,n2', 4], rbm: ['n0,n1,n2', 0.4] })
  assert.equal(chosen('auto', [field('category'), field('boolean')]), {
    frequency: ['category,boolean', 1],
    rbm: ['category,boolean', 1],
  })
  const all = chosen('auto', [...numbers(1), ...fieldKinds.map(kind => field(kind))])
  // Never less than their own nats: .15 times 3 would be.
  const counts = 1
  assert.equal(all, {
    prototype: ['n0,number', 3],
    frequency: ['category,boolean,timestamp,text', counts],
    tokens: ['text', 0.05 * counts],
    rbm: ['n0,number,category,boolean', 1],
  })
  assert.equal(Object.keys(all), ['prototype', 'frequency', 'tokens', 'rbm'], 'the most important first')
  assert.equal(chosen('auto', [field('text')]), { frequency: ['text', 1], tokens: ['text', 0.05] })
})

test('counts keep their share beside many numbers', () => {
  const { frequency } = chosen('auto', [...numbers(39), field('category')])
  assert.equal(frequency, ['category', 0.15 * 40])
})

test('a family that is alone counts in full', () => {
  assert.equal(chosen('auto', [field('timestamp')]), { frequency: ['timestamp', 1] })
  assert.equal(chosen('rbm', numbers(5)), { rbm: ['n0,n1,n2,n3,n4', 1] })
  assert.equal(chosen('prototype', numbers(5)), { prototype: ['n0,n1,n2,n3,n4', 6] })
})

test('every kind of field is looked at by someone', () => {
  for (const kind of fieldKinds) assert.ok(Object.keys(chosen('auto', [field(kind)])).length > 0, kind)
})

test('a given family leaves out what it has no units for, and says so', () => {
  const notices: Notice[] = []
  const fields = [field('number'), field('category', 'city'), field('text')]
  assert.equal(chosen('prototype', fields, notices), { prototype: ['number', 2] })
  assert.equal(
    notices.map(({ code, field }) => [code, field]),
    [
      ['unmodelled', 'city'],
      ['unmodelled', 'text'],
    ],
  )
  assert.match(notices[0].message, /"city": expected a kind of field that prototype models, got a category/)
  assert.equal(chosen('tokens', [field('number')]), {})
})

test('of a stream it is said once a field, however often experts are fitted', () => {
  for (const { name, encodings } of families) {
    const notices: Notice[] = []
    const detector = new Detector({ experts: name, onNotice: notice => notices.push(notice) })
    observeAll(detector, eventfulRecords(1100, 3))
    const unmodelled = notices.filter(({ code }) => code === 'unmodelled').map(({ field }) => field)
    const kinds = { latency: 'number', path: 'category', cached: 'boolean', time: 'timestamp' } as const
    for (const [field, kind] of Object.entries(kinds)) {
      const times = unmodelled.filter(each => each === field).length
      assert.is(times, encodings[kind] ? 0 : 1, `${name} ${field}`)
      const isNew = notices.some(({ code, field: about }) => code === 'new-field' && about === field)
      assert.not.ok(isNew && !encodings[kind], `${name} ${field}: was said already`)
    }
    assert.equal(detector.experts, [name])
  }
})

test('a stream that a family models nothing of has no scores', () => {
  const detector = new Detector({ experts: 'prototype' })
  const verdicts = observeAll(
    detector,
    Array.from({ length: 1200 }, (_, i) => ({ c: `c${i % 3}` })),
  )
  assert.ok(verdicts.every(({ score }) => score === null))
  assert.equal(detector.experts, [])
})

test.run()
