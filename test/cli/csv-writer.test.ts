import Papa from 'papaparse'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { csvWriter } from '../../cli/io/csv-writer.ts'
import type { Dialect, Entry, Remark } from '../../cli/io/entry.ts'
import { denoisedAnswer } from '../../cli/works.ts'
import { verdictAnswer } from '../../pipeline/ndjson/answer.ts'

const verdict = verdictAnswer({
  score: 12.3456789,
  p: 0.00012345678,
  anomaly: true,
  why: [{ field: 'latency', value: 9000.123456789, expected: 119.99999237, surprise: 8.1 }],
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
