import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { denoisedAnswer } from '../../cli/works.ts'
import { rounded, verdictAnswer } from '../../pipeline/ndjson/answer.ts'
import type { Entry } from '../../pipeline/ndjson/entry.ts'
import { valueSpans } from '../../pipeline/ndjson/json-spans.ts'
import { ndjsonWriter } from '../../pipeline/ndjson/writer.ts'

const verdict = verdictAnswer({
  score: 12.3456789,
  p: 0.00012345678,
  anomaly: true,
  why: [{ field: 'latency', value: 9000.123456789, expected: 119.99999237, surprise: 8.1 }],
})
const added =
  '{"score":12.3457,"p":0.000123457,"anomaly":true,"why":[{"field":"latency","value":9000.123456789,"expected":120,"surprise":8.1}]}'

test('numbers have six significant digits, and null stays null', () => {
  assert.equal(
    [1 / 3, -123456.7, 1e-9 / 7, 0, 1234567].map(rounded),
    [0.333333, -123457, 1.42857e-10, 0, 1234570],
  )
  assert.equal(verdictAnswer({ score: null, p: null, anomaly: null, why: [] }).added, {
    score: null,
    p: null,
    anomaly: null,
    why: [],
  })
})

const entryOf = (text: string, ending = '\n'): Entry => ({ line: 7, text, ending, record: JSON.parse(text) })

function ndjson(key = 'veto') {
  const taken: [line: number, name: string][] = []
  return { writer: ndjsonWriter(key, ({ line }, name) => taken.push([line, name])), taken }
}

test('everything of the line stays as it is', () => {
  const { writer, taken } = ndjson()
  const lines = [
    '{"id":12345678901234567890,"x":1.50,"x":1e2 }',
    '{ "b":{"c":"}"} , "a":"\\u0041"}\t',
    '{}',
    '{ }',
  ]
  for (const text of lines) {
    const brace = text.lastIndexOf('}')
    const comma = text.replace(/\s/g, '') === '{}' ? '' : ','
    const expected = `${text.slice(0, brace)}${comma}"veto":${added}${text.slice(brace)}\r\n`
    assert.is(writer.write(entryOf(text, '\r\n'), verdict), expected)
    assert.equal(JSON.parse(expected).veto, verdict.added)
  }
  assert.equal(taken, [])
})

test('a key that is taken is not touched', () => {
  const { writer, taken } = ndjson('a"b')
  const text = '{"a\\"b":1,"a\\u0022b_":2}'
  const line = JSON.parse(writer.write(entryOf(text), verdict))
  assert.equal(Object.keys(line), ['a"b', 'a"b_', 'a"b__'])
  assert.equal(taken, [[7, 'a"b__']])
})

const changed = denoisedAnswer({
  record: { n: 120.00000001, s: '120.00000001', c: 'GET', m: 'filled' },
  changed: [
    { field: 'n', value: 9000, expected: 120.00000001, surprise: 8.123456789 },
    { field: 's', value: '9000', expected: 120.00000001, surprise: 8 },
    { field: 'c', value: 'TEG', expected: 'GET', surprise: 7 },
    { field: 'm', value: null, expected: 'filled', surprise: 0 },
  ],
})

test('changed values stand in their places, filled ones at the end, everything else as it was', () => {
  const { writer } = ndjson()
  const text = '{"big":12345678901234567890, "n" : 9e3 ,"s":"9000","c":"TEG" , "deep":{"n":[1.0,"]"]}}'
  const line = writer.write(entryOf(text), changed)
  assert.ok(
    line.startsWith(
      '{"big":12345678901234567890, "n" : 120 ,"s":"120","c":"GET" , "deep":{"n":[1.0,"]"]},"m":"filled","veto":{"changed":[{"field":"n",',
    ),
    line,
  )
  assert.equal(JSON.parse(line).veto.changed[0], {
    field: 'n',
    value: 9000,
    expected: 120,
    surprise: 8.12346,
  })
})

test('an empty record can be filled', () => {
  const { writer } = ndjson()
  const filled = denoisedAnswer({
    record: { m: 'x' },
    changed: [{ field: 'm', value: null, expected: 'x', surprise: 0 }],
  })
  assert.equal(JSON.parse(writer.write(entryOf('{}'), filled)).m, 'x')
})

test('property: the spans of a JSON text are its values', () => {
  const spaced = fc.tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'))
  fc.assert(
    fc.property(spaced, ([record, space]) => {
      const text = JSON.stringify(record, null, space)
      const values = [...valueSpans(text)].map(([key, { start, end }]) => [
        key,
        JSON.parse(text.slice(start, end)),
      ])
      assert.equal(Object.fromEntries(values), JSON.parse(text))
    }),
    { seed: 7, numRuns: 1000 },
  )
})

test('property: a replaced value is replaced and no other', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.string(), (record, value) => {
      const text = JSON.stringify(record)
      const field = Object.keys(JSON.parse(text))[0]
      const line = ndjson('added').writer.write(entryOf(text), { changed: [{ field, value }], added: {} })
      const wanted = { ...JSON.parse(text), [field]: value }
      const result = JSON.parse(line)
      for (const key of Object.keys(wanted)) assert.equal(result[key], wanted[key])
    }),
    { seed: 8, numRuns: 1000 },
  )
})

test.run()
