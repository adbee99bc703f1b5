/** Readers that go on where others stopped: together they deliver what one reader delivers. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CommandError } from '../../cli/errors.ts'
import type { Intake, Reader, ReaderStart } from '../../cli/io/entry.ts'
import { type Format, readerFor } from '../../cli/io/format.ts'
import { positionFrom } from '../../cli/io/position.ts'
import { cutAt, cuts, roughBytes } from '../ndjson/bytes.ts'

const LIMIT = 30

/** Everything that is delivered, in order. */
function collector() {
  const delivered: unknown[] = []
  const intake: Intake = {
    entry: entry => delivered.push(entry),
    reject: rejection => delivered.push(rejection),
    remark: remark => remark.key !== 'header' && delivered.push(remark),
    header: dialect => delivered.push(dialect),
  }
  return { delivered, intake }
}

/** Push all chunks; whether nothing more can be read, because of a header that is none. */
function feed(reader: Reader, chunks: readonly Uint8Array[], ended: boolean): boolean {
  try {
    for (const chunk of chunks) reader.push(chunk)
    if (ended) reader.end()
    return false
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return true
  }
}

/** Read to one of the cuts, then go on with a new reader from where the first one says that it stands. */
function inTwo(format: Format | 'auto', bytes: Buffer, chunks: readonly Uint8Array[], count: number) {
  const { delivered, intake } = collector()
  const first = readerFor(format, intake, { limit: LIMIT })
  if (feed(first, chunks.slice(0, count), false)) return undefined
  const pushed = chunks.slice(0, count).reduce((sum, { length }) => sum + length, 0)
  // As it is kept in a model file.
  const start: ReaderStart = JSON.parse(JSON.stringify({ state: first.state(), line: first.line }))
  const second = readerFor(format, intake, { limit: LIMIT, start })
  feed(second, [bytes.subarray(pushed - first.unread())], true)
  return { delivered, line: second.line, unread: second.unread(), state: second.state() }
}

for (const format of ['ndjson', 'csv', 'auto'] as const) {
  test(`${format}: wherever one reader stops, another goes on`, () => {
    fc.assert(
      fc.property(roughBytes, cuts, fc.nat(12), (bytes, positions, at) => {
        const chunks = cutAt(bytes, positions)
        const whole = collector()
        const reader = readerFor(format, whole.intake, { limit: LIMIT })
        feed(reader, [bytes], true)
        const two = inTwo(format, bytes, chunks, at % (chunks.length + 1))
        if (!two) return
        assert.equal(two.delivered, whole.delivered)
        assert.equal([two.line, two.unread, two.state], [reader.line, reader.unread(), reader.state()])
      }),
      { numRuns: 2000, seed: 4 },
    )
  })
}

test('a position is behind what is settled: whole lines, and in CSV whole records', () => {
  const { intake } = collector()
  const standing = (format: Format | 'auto', text: string) => {
    const reader = readerFor(format, intake, { limit: LIMIT })
    reader.push(Buffer.from(text))
    return [reader.unread(), reader.line]
  }
  assert.equal(standing('ndjson', '{"a":1}\n\n{"a"'), [4, 2])
  assert.equal(standing('ndjson', '\ufeff{"a"'), [7, 0])
  assert.equal(standing('csv', 'a,b\r\n1,é\r\n"x\r\ny'), [5, 2])
  assert.equal(standing('csv', '\ufeff\n"a\n'), [3, 1])
  assert.equal(standing('csv', '\ufeff"a\n'), [6, 0])
  assert.equal(standing('auto', 'a,b\n1\n2'), [1, 2])
  assert.equal(standing('auto', ' \n '), [3, 0])
})

/** What a reader delivers of `more`, after another one has read `text` to its end. */
function grown(text: string, more: string) {
  const first = readerFor('ndjson', collector().intake, { limit: LIMIT })
  feed(first, [Buffer.from(text)], true)
  const { delivered, intake } = collector()
  const second = readerFor('auto', intake, {
    limit: LIMIT,
    start: { state: first.state(), line: first.line },
  })
  feed(second, [Buffer.from(more)], true)
  return delivered as { line: number; reason?: string; record?: unknown }[]
}

test('a last line without a line ending is finished: what a grown file has behind it is no line', () => {
  assert.equal(
    grown('{"a":1}\n{"a":2}', '\n{"a":3}\n').map(({ line, record }) => [line, record]),
    [[3, { a: 3 }]],
  )
  assert.equal(
    grown('{"a":1}', '\r\n').map(({ line }) => line),
    [],
  )
  const [rest, next] = grown('{"a":1}\n2', '3\n{"a":3}\n')
  assert.is(rest.line, 2)
  assert.match(rest.reason ?? '', /more of it/)
  assert.is(next.line, 3)
  // With a line ending nothing is left open.
  assert.is(grown('{"a":1}\n', '{"a":2}')[0].line, 2)
})

test('what a program keeps with its model is a position only if it looks like one', () => {
  const position = {
    records: 2,
    rejected: 0,
    alarms: 0,
    line: 3,
    input: { name: 'a', bytes: 9 },
    reader: { format: 'ndjson' },
  }
  assert.is(positionFrom(position), position as never)
  const others: unknown[] = [
    undefined,
    null,
    7,
    {},
    { ...position, records: -1 },
    { ...position, line: 0.5 },
    { ...position, input: undefined },
    { ...position, input: { name: 'a', bytes: '9' } },
    { ...position, reader: { format: 'xml' } },
    { ...position, reader: { format: 'csv', dialect: { text: 'a', delimiter: ',' } } },
    {
      ...position,
      reader: { format: 'csv', dialect: { text: 'a', delimiter: '', ending: '\n', line: 1 } },
    },
    { ...position, output: { bytes: 1 } },
  ]
  for (const other of others) assert.is(positionFrom(other), undefined, JSON.stringify(other))
})

test.run()
