import * as fc from 'fast-check'
import Papa from 'papaparse'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { csvReader } from '../../cli/io/csv-reader.ts'
import { cutAt, cuts, physicalLines, roughBytes } from '../ndjson/bytes.ts'
import { type Delivery, deliver } from './collect.ts'

const limit = 120
const read = (...chunks: (string | Uint8Array)[]) =>
  deliver(
    intake => csvReader(intake, limit),
    chunks.map(chunk => Buffer.from(chunk)),
  )

const records = ({ entries }: Delivery) => entries.map(({ record }) => record)
const rejected = ({ rejections }: Delivery) => rejections.map(({ line, reason }) => `${line}: ${reason}`)

test('the header names the columns; text, line and line ending are the own ones', () => {
  const { headers, entries, rejections } = read('a,b\r\n1,"x, ""y"""\r\n\r\n2,"two\r\nlines"\r\n3,')
  assert.equal(headers, [{ delimiter: ',', names: ['a', 'b'], text: 'a,b', ending: '\r\n', line: 1 }])
  assert.equal(entries, [
    { line: 2, text: '1,"x, ""y"""', ending: '\r\n', record: { a: '1', b: 'x, "y"' } },
    { line: 4, text: '2,"two\r\nlines"', ending: '\r\n', record: { a: '2', b: 'two\r\nlines' } },
    { line: 6, text: '3,', ending: '\r\n', record: { a: '3', b: '' } },
  ])
  assert.equal(rejections, [])
})

test('the delimiter is the one that makes most columns of the header', () => {
  for (const delimiter of [',', ';', '\t', '|']) {
    const { headers } = read(['a', 'b,c;', 'd'].map(name => `"${name}"`).join(delimiter))
    assert.equal(headers[0].names, ['a', 'b,c;', 'd'])
  }
  assert.equal(read('only one\n1\n').headers[0].delimiter, ',')
})

test('missing columns are empty and the text is completed, with a remark', () => {
  const delivery = read('a;b;c\n1\n')
  assert.equal(records(delivery), [{ a: '1', b: '', c: '' }])
  assert.is(delivery.entries[0].text, '1;;')
  assert.equal(delivery.remarks, [
    {
      key: 'columns',
      line: 2,
      message: 'expected 3 columns as in the header, got 1; the last 2 are taken as missing',
    },
  ])
})

test('extra columns are a rejection', () => {
  const delivery = read('a,b\n1,2,3\n4,5\n{"a":1,"b":2,"c":3}\n')
  assert.equal(records(delivery), [{ a: '4', b: '5' }])
  assert.is(rejected(delivery)[0], '2: expected 2 columns as in the header, got 3')
  assert.match(rejected(delivery)[1], /^4: .*is this NDJSON/)
})

test('empty, repeated and impossible column names become different ones, with remarks', () => {
  const { headers, remarks } = read('a,,a, ,a_2,a\n')
  assert.equal(headers[0].names, ['a', 'column_2', 'a_3', 'column_4', 'a_2', 'a_4'])
  assert.is(remarks.length, 4)
})

test('columns of any name are fields of the record alone', () => {
  const [record] = records(read('constructor,__proto__,toString\n1,2,3\n'))
  assert.equal(Object.entries(record), [
    ['constructor', '1'],
    ['__proto__', '2'],
    ['toString', '3'],
  ])
})

test('a header of one name a hundred thousand times over is refused, of half as many it is counted through once', () => {
  const header = (count: number) =>
    deliver(intake => csvReader(intake, 1 << 20), [Buffer.from(`${new Array(count).fill('a').join()}\n`)])
  assert.match(header(100_000).failure, /expected at most 65536 columns, got 100000/)
  assert.is(header(50_000).headers[0].names.at(-1), 'a_50000')
})

test('a record that lacks more than a thousand columns is rejected, not written with a delimiter for each', () => {
  const names = Array.from({ length: 1200 }, (_, index) => `c${index}`).join()
  const text = `${names}\n${'1,'.repeat(199)}1\n1\n`
  const { entries, rejections } = deliver(intake => csvReader(intake, 1 << 20), [Buffer.from(text)])
  assert.is(entries[0].text.split(',').length, 1200)
  assert.equal(
    rejections.map(({ line, reason }) => `${line}: ${reason}`),
    ['3: expected 1200 columns as in the header, got 1; no more than 1000 are taken as missing'],
  )
})

test('an unclosed quote costs its own line only, at the end of the stream, at the limit and at a stray quote', () => {
  const atEnd = read('a,b\n1,"x\n2,y\n3,z\n')
  assert.equal(rejected(atEnd), ['2: expected a closing quote, got none'])
  assert.equal(records(atEnd), [
    { a: '2', b: 'y' },
    { a: '3', b: 'z' },
  ])
  const filler = Array.from({ length: 40 }, (_, index) => `${index},filler\n`).join('')
  const atLimit = read(`a,b\n1,"x\n${filler}`)
  assert.equal(rejected(atLimit), ['2: expected a closing quote within 120 bytes, got none'])
  assert.is(atLimit.entries.length, 40)
  const atStray = read('a,b\n1,"x\n2,y\n3,"z"\n')
  assert.equal(rejected(atStray), [
    '2: expected quotes around whole fields and doubled inside of them, got a stray quote',
  ])
  assert.equal(records(atStray)[1], { a: '3', b: 'z' })
})

test('blanks may follow a closing quote', () => {
  const delivery = read('a,b\n"1" ,"2"\t\n"3", "4"\n')
  assert.equal(rejected(delivery), [])
  assert.equal(records(delivery), [
    { a: '1', b: '2' },
    { a: '3', b: ' "4"' },
  ])
})

test('a line that would close the quote after the limit is read anew, and may open one itself', () => {
  const delivery = read(`a,b\n1,"${'x'.repeat(10)}\n",${'y'.repeat(110)}\n",z\n`)
  assert.equal(rejected(delivery), ['2: expected a closing quote within 120 bytes, got none'])
  assert.equal(records(delivery), [{ a: `,${'y'.repeat(110)}\n`, b: 'z' }])
})

test('many unclosed quotes are given up one by one', () => {
  const lines = 20_000
  const chunk = Buffer.from(`a,b\n${'1,"x\n'.repeat(lines)}`)
  const { rejections } = deliver(intake => csvReader(intake, 1 << 20), [chunk])
  assert.is(rejections.length, lines)
})

test('a line that cannot be read interrupts the quoted field around it', () => {
  const delivery = read(Buffer.from('a,b\n1,"x\n\xff\n2,y\n', 'latin1'))
  assert.equal(rejected(delivery), [
    '2: expected a closing quote, got none',
    '3: expected UTF-8 text, got other bytes',
  ])
  assert.equal(records(delivery), [{ a: '2', b: 'y' }])
})

test('without a usable header nothing can be read', () => {
  assert.match(read(Buffer.from('\xff\n1\n', 'latin1')).failure, /line 1: .*UTF-8/)
  assert.match(read('a\rb\rc\r').failure, /\\r alone/)
  assert.match(read('"a,b\n1,2\n').failure, /header.*closing quote/)
  assert.is(read('').failure, '')
  assert.is(read('\n\n').failure, '')
})

test('property: chunk boundaries change nothing', () => {
  fc.assert(
    fc.property(roughBytes, cuts, (bytes, positions) => {
      assert.equal(read(...cutAt(bytes, positions)), read(bytes))
    }),
    { seed: 4, numRuns: 2000 },
  )
})

const withHeader = roughBytes.map(bytes => Buffer.concat([Buffer.from('a,b,c,d\n'), bytes]))

test('property: every line that is not blank belongs to one record or rejection', () => {
  fc.assert(
    fc.property(withHeader, bytes => {
      const { entries, rejections, failure } = read(bytes)
      assert.is(failure, '')
      const owners = new Map<number, number>([[1, 1]])
      const claim = (line: number) => owners.set(line, (owners.get(line) ?? 0) + 1)
      for (const { line, text } of entries)
        for (let index = 0; index < text.split('\n').length; index++) claim(line + index)
      for (const { line } of rejections) {
        // A record with too many columns may span lines; only its first one is named.
        if (!owners.has(line)) claim(line)
      }
      physicalLines(bytes).forEach((line, index) => {
        const owned = owners.get(index + 1)
        assert.ok(owned === undefined || owned === 1, `line ${index + 1} is claimed twice`)
        if (owned === undefined) assert.ok(mayBeBlank(line) || insideRejection(index + 1, rejections))
      })
    }),
    { seed: 5, numRuns: 2000 },
  )
})

const mayBeBlank = (line: Buffer) => line.length === 0 || line.toString() === '\r'

/** Whether an earlier rejection is of a whole record of several lines, for having too many columns. */
const insideRejection = (line: number, rejections: readonly { line: number; reason: string }[]) =>
  rejections.some(each => each.line < line && /columns/.test(each.reason))

test('property: records end where papaparse ends them, and hold what it makes of them', () => {
  fc.assert(
    fc.property(withHeader, bytes => {
      const { entries, rejections } = read(bytes)
      for (const { reason } of rejections) assert.not.match(reason, /told apart/)
      for (const { text, record } of entries) {
        const lead = text.startsWith('\ufeff') ? '\ufeff' : ''
        const { data, errors } = Papa.parse<string[]>(`${lead}${text}\n`, { delimiter: ',', newline: '\n' })
        assert.equal(errors, [])
        assert.equal(data, [Object.values(record), ['']])
      }
    }),
    { seed: 6, numRuns: 2000 },
  )
})

test.run()
