import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry, Rejection } from '../../pipeline/ndjson/entry.ts'
import { ndjsonReader } from '../../pipeline/ndjson/reader.ts'
import { cutAt, cuts, physicalLines, roughBytes } from './bytes.ts'

const limit = 200

/** Everything that a reader makes of the chunks. */
function readWithin(most: number, chunks: readonly (string | Uint8Array)[]) {
  const entries: Entry[] = []
  const rejections: Rejection[] = []
  const intake = {
    entry: (entry: Entry) => entries.push(entry),
    reject: (rejection: Rejection) => rejections.push(rejection),
  }
  const limits = {
    line: { most, remedy: 'patience allows more' },
    depth: { most: 64, remedy: 'depth of mind allows more' },
  }
  const reader = ndjsonReader(intake, limits)
  for (const chunk of chunks) reader.push(Buffer.from(chunk))
  reader.end()
  return { entries, rejections }
}

const read = (...chunks: (string | Uint8Array)[]) => readWithin(limit, chunks)

test('an entry is the parsed object, its text, its line and its line ending', () => {
  const { entries, rejections } = read('{"a":1}\n\n \t\r\n{"b" : [ 2 ] }\r\n{}')
  assert.equal(entries, [
    { line: 1, text: '{"a":1}', ending: '\n', record: { a: 1 } },
    { line: 4, text: '{"b" : [ 2 ] }', ending: '\r\n', record: { b: [2] } },
    { line: 5, text: '{}', ending: '\n', record: {} },
  ])
  assert.equal(rejections, [])
})

test('what is no object is rejected with what it is', () => {
  const { entries, rejections } = read('42\n"x"\nnull\ntrue\n[{"a":1}]\n')
  assert.equal(entries, [])
  assert.equal(
    rejections.map(({ line, reason }) => `${line} ${reason.replace(/^expected a JSON object, got /, '')}`),
    ['1 a number', '2 a string', '3 null', '4 a boolean', "5 an array; write one object a line: jq -c '.[]'"],
  )
})

test('the remedy for common kinds of broken JSON is named', () => {
  const { rejections } = read('[\n{"a":NaN}\n{"a":1}\r{"a":2}\n')
  assert.match(rejections[0].reason, /one object a line: jq/)
  assert.match(rejections[1].reason, /no NaN or Infinity, write null/)
  assert.match(rejections[2].reason, /\\r alone/)
})

test('no reason quotes the line: the excerpt does, and it is cut', () => {
  const { rejections } = read(`{"a":${'x'.repeat(150)}}\n`)
  assert.not.match(rejections[0].reason, /xx/)
  assert.is(rejections[0].excerpt, `{"a":${'x'.repeat(55)}…`)
})

test('deep nesting does not overflow the stack', () => {
  const depth = 200_000
  const line = Buffer.from(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}\n{"a":1}\n`)
  const { entries, rejections } = readWithin(1 << 20, [line])
  assert.is(entries.length + rejections.length, 2)
  assert.match(rejections[0].reason, /at most 64 objects and arrays .*\(depth of mind allows more\)/)
  assert.equal(entries.at(-1)?.record, { a: 1 })
})

test('property: chunk boundaries change nothing, and every line is a record, a rejection or blank', () => {
  fc.assert(
    fc.property(roughBytes, cuts, (bytes, positions) => {
      const whole = read(bytes)
      assert.equal(read(...cutAt(bytes, positions)), whole)
      const numbers = [...whole.entries, ...whole.rejections].map(({ line }) => line)
      assert.is(new Set(numbers).size, numbers.length)
      physicalLines(bytes).forEach((line, index) => {
        const blank = /^(\ufeff)?\s*$/.test(line.toString()) && line.length <= limit
        if (!blank) assert.ok(numbers.includes(index + 1), `line ${index + 1} is lost`)
      })
      for (const { text, record } of whole.entries) assert.equal(JSON.parse(text), record)
    }),
    { seed: 3, numRuns: 2000 },
  )
})

test.run()
