/** CSV streams whose first line is a record, because the names of their columns are given. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { csvReader } from '../../cli/io/csv-reader.ts'
import { readerFor } from '../../cli/io/format.ts'
import { cutAt, cuts, roughBytes } from '../ndjson/bytes.ts'
import { deliver } from './collect.ts'

const read = (text: string, names: readonly string[], limit = 1000) =>
  deliver(intake => csvReader(intake, limit, { names }), [Buffer.from(text)])

test('the first line is a record; the header that was given is delivered before it', () => {
  const { entries, headers } = read('1;2\r\n3;4\r\n', ['a', 'b;c'])
  assert.equal(
    entries.map(({ record, line, text, ending }) => ({ ...record, line, text, ending })),
    [
      { a: '1', 'b;c': '2', line: 1, text: '1;2', ending: '\r\n' },
      { a: '3', 'b;c': '4', line: 2, text: '3;4', ending: '\r\n' },
    ],
  )
  assert.equal(headers, [{ delimiter: ';', names: ['a', 'b;c'], text: 'a;"b;c"', ending: '\r\n', line: 1 }])
})

test('names that are missing or repeated are put right as in a header', () => {
  const { entries, remarks } = read('1,2,3\n', ['a', 'a', '__proto__'])
  assert.equal(Object.entries(entries[0].record), [
    ['a', '1'],
    ['a_2', '2'],
    ['__proto__', '3'],
  ])
  assert.is(remarks.length, 1)
})

test('a first line that cannot be read is rejected like any other', () => {
  const cases = [`${'x'.repeat(2000)}\n1,2\n`, 'a"b",\0\n1,2\n', '"x,1\n1,2\n', '1,2,3\n1,2\n']
  for (const text of cases) {
    const { entries, rejections, failure } = read(text, ['a', 'b'])
    assert.is(failure, '')
    assert.equal(
      rejections.map(({ line }) => line),
      [1],
    )
    assert.equal(entries.at(-1)?.record, { a: '1', b: '2' })
  }
})

test('the header once more, as in files that were joined, is no record; of one column it could be one', () => {
  const joined = deliver(intake => csvReader(intake, 100), [Buffer.from('a,b\n1,2\na,b\n3,4\n\n a,b\n')])
  assert.equal(
    joined.entries.map(({ text, line }) => [text, line]),
    [
      ['1,2', 2],
      ['3,4', 4],
      [' a,b', 6],
    ],
  )
  assert.equal(
    joined.remarks.map(({ line, message }) => [line, message]),
    [[3, 'expected a record, got the header once more; it is left out']],
  )
  const words = deliver(intake => csvReader(intake, 100), [Buffer.from('word\nfirst\nword\n')])
  assert.is(words.entries.length, 2)
  // Names that were given stand in no line.
  assert.is(read('a,b\n1,2\n', ['a', 'b']).entries.length, 2)
})

test('readerFor hands the names on', () => {
  const { entries } = deliver(
    intake => readerFor('csv', intake, { limit: 100, names: ['a'] }),
    [Buffer.from('7\n')],
  )
  assert.equal(entries[0].record, { a: '7' })
})

test('whatever comes and wherever it is cut, the delivery is the same', () => {
  fc.assert(
    fc.property(roughBytes, cuts, (bytes, positions) => {
      const open = (chunks: readonly Uint8Array[]) =>
        deliver(intake => csvReader(intake, 100, { names: ['a', 'b'] }), chunks)
      const whole = open([bytes])
      assert.is(whole.failure, '')
      assert.equal(open(cutAt(bytes, positions)), whole)
    }),
    { seed: 1, numRuns: 300 },
  )
})

test.run()
