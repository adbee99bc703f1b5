import * as fc from 'fast-check'
import Papa from 'papaparse'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { csvWriter } from '../../cli/io/csv-writer.ts'
import type { Dialect, Entry, Remark } from '../../cli/io/entry.ts'
import { valueSpans } from '../../cli/io/json-spans.ts'
import { ndjsonWriter } from '../../cli/io/ndjson-writer.ts'
import { rounded } from '../../cli/io/writer.ts'
import { denoisedAnswer, verdictAnswer } from '../../cli/works.ts'

const verdict = verdictAnswer({
  score: 12.3456789,
  p: 0.00012345678,
  anomaly: true,
  why: [{ field: 'latency', value: 9000.123456789, expected: 119.99999237, surprise: 8.1 }],
})
const added =
  '{"score":12.3457,"p":0.000123457,"anomaly":true,"why":[{"field":"latency","value":9000.123456789,"expected":120,"surprise":8.1}]}'

const entryOf = (text: string, ending = '\n'): Entry => ({ line: 7, text, ending, record: JSON.parse(text) })

function ndjson(key = 'veto') {
  const remarks: Remark[] = []
  return { writer: ndjsonWriter(key, remark => remarks.push(remark)), remarks }
}

test('NDJSON: everything of the line stays as it is', () => {
  const { writer, remarks } = ndjson()
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
  assert.equal(remarks, [])
})

test('NDJSON: a key that is taken is not touched', () => {
  const { writer, remarks } = ndjson('a"b')
  const text = '{"a\\"b":1,"a\\u0022b_":2}'
  const line = JSON.parse(writer.write(entryOf(text), verdict))
  assert.equal(Object.keys(line), ['a"b', 'a"b_', 'a"b__'])
  assert.is(remarks[0].line, 7)
  assert.match(remarks[0].message, /writing under 'a"b__'/)
})

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

const changed = denoisedAnswer({
  record: { n: 120.00000001, s: '120.00000001', c: 'GET', m: 'filled' },
  changed: [
    { field: 'n', value: 9000, expected: 120.00000001, surprise: 8.123456789 },
    { field: 's', value: '9000', expected: 120.00000001, surprise: 8 },
    { field: 'c', value: 'TEG', expected: 'GET', surprise: 7 },
    { field: 'm', value: null, expected: 'filled', surprise: 0 },
  ],
})

test('NDJSON: changed values stand in their places, filled ones at the end, everything else as it was', () => {
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

test('NDJSON: an empty record can be filled', () => {
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

const dialect: Dialect = { delimiter: ';', names: ['a', 'b'], text: 'a;"b"', ending: '\r\n', line: 1 }

function csv(prefix: string, columns: readonly string[], names = dialect) {
  const remarks: Remark[] = []
  const writer = csvWriter(prefix, columns, remark => remarks.push(remark))
  return { header: writer.header(names), writer, remarks }
}

const row: Entry = { line: 2, text: '1;"x;y"', ending: '\r\n', record: { a: '1', b: 'x;y' } }

test('CSV: the own text of header and records, then the columns', () => {
  const { header, writer } = csv('veto', ['score', 'p', 'anomaly', 'why'])
  assert.is(header, 'a;"b";veto_score;veto_p;veto_anomaly;veto_why\r\n')
  const why = '[{""field"":""latency"",""value"":9000.123456789,""expected"":120,""surprise"":8.1}]'
  const line = writer.write(row, verdict)
  assert.is(line, `1;"x;y";12.3457;0.000123457;true;"${why}"\r\n`)
  assert.is(
    writer.write(row, verdictAnswer({ score: null, p: null, anomaly: null, why: [] })),
    '1;"x;y";;;;[]\r\n',
  )
  assert.equal(JSON.parse(Papa.parse<string[]>(line, { delimiter: ';' }).data[0][5]), verdict.added.why)
})

test('CSV: names of columns that are taken are not taken again', () => {
  const taken = { ...dialect, names: ['veto_p', 'veto__why'] }
  const { header, remarks } = csv('veto', ['score', 'p', 'anomaly', 'why'], taken)
  assert.match(header, /;veto___score;veto___p;/)
  assert.is(remarks.length, 1)
})

test('CSV: a changed record is written anew by the same rules', () => {
  const { writer } = csv('veto', ['changed'])
  const answer = denoisedAnswer({
    record: { a: '2', b: 'x;y' },
    changed: [{ field: 'a', value: '1', expected: 2.00000001, surprise: 3 }],
  })
  const line = writer.write(row, answer)
  assert.ok(line.startsWith('2;"x;y";"[{'), line)
})

test.run()
