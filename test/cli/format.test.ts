import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatOfName, formatOfText, readerFor } from '../../cli/io/format.ts'
import { cutAt } from '../ndjson/bytes.ts'
import { deliver } from './collect.ts'

test('a file is what its name says', () => {
  const names = ['a.csv', 'b.TSV', 'c.ndjson', 'd.jsonl', 'e.json', 'f.log', 'standard input']
  assert.equal(names.map(formatOfName), ['csv', 'csv', 'ndjson', 'ndjson', 'ndjson', undefined, undefined])
})

test('a stream is what its first two lines look like', () => {
  const samples: [string, 'ndjson' | 'csv' | undefined][] = [
    ['{', 'ndjson'],
    ['\n  {"a"', 'ndjson'],
    ['[1,', 'ndjson'],
    ['42\n', 'ndjson'],
    ['null\n', 'ndjson'],
    ['n":1}\n', 'ndjson'],
    ['garbage\n{"a":1', 'ndjson'],
    ['garbage\n{"a":1}\n', 'ndjson'],
    ['a,b\n', undefined],
    ['a,b\n1,2', undefined],
    ['a,b\n1,2\n', 'csv'],
    ['a,b\n[x],2\n', 'csv'],
    ['4', undefined],
    ['', undefined],
  ]
  for (const [text, format] of samples) assert.is(formatOfText(text, false), format, JSON.stringify(text))
  assert.is(formatOfText('a,b', true), 'csv')
  assert.is(formatOfText('42', true), 'ndjson')
})

test('the decision does not depend on chunks, and loses nothing of the stream', () => {
  for (const text of ['\ufeff\n{"a":1}\n{"a":2}', '\ufeffa,b\n1,2\n', 'torn"}\n{"a":1}\n', 'a\n1\n2\n']) {
    const bytes = Buffer.from(text)
    const open = (chunks: readonly Uint8Array[]) =>
      deliver(intake => readerFor('auto', intake, { limit: 1000 }), chunks)
    const whole = open([bytes])
    assert.ok(whole.entries.length > 0)
    for (let cut = 1; cut < bytes.length; cut++) assert.equal(open(cutAt(bytes, [cut])), whole)
  }
})

test('the first record of a stream is delivered when it is complete', () => {
  for (const text of ['{"a":1}\n', 'a,b\n1,2\n']) {
    const records: unknown[] = []
    const ignore = () => {}
    const intake = {
      entry: ({ record }: { record: unknown }) => records.push(record),
      reject: ignore,
      remark: ignore,
      header: ignore,
    }
    readerFor('auto', intake, { limit: 1000 }).push(Buffer.from(text))
    assert.is(records.length, 1)
  }
})

test('an unlimited first line is decided upon before it ends', () => {
  const { failure } = deliver(
    intake => readerFor('auto', intake, { limit: 1000 }),
    [Buffer.alloc(1 << 17, 'x')],
  )
  assert.match(failure, /CSV header.*at most 1000 bytes, got 131072/)
})

test.run()
