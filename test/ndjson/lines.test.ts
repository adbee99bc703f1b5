import { isUtf8 } from 'node:buffer'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Rejection } from '../../pipeline/ndjson/entry.ts'
import { LineSplitter } from '../../pipeline/ndjson/lines.ts'
import { cutAt, cuts, physicalLines, roughBytes } from './bytes.ts'

const limitOf = (most: number) => ({ most, remedy: 'patience allows more' })

function split(chunks: readonly Uint8Array[], limit: number) {
  const lines: { text: string; number: number }[] = []
  const rejections: Rejection[] = []
  const splitter = new LineSplitter(limitOf(limit), {
    line: (text, number) => lines.push({ text, number }),
    reject: rejection => rejections.push(rejection),
  })
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return { lines, rejections }
}

const texts = (input: string | Buffer, limit = 100) =>
  split([Buffer.from(input)], limit).lines.map(({ text }) => text)

test('lines end in a newline, the last one with or without', () => {
  assert.equal(texts('a\nb\n'), ['a', 'b'])
  assert.equal(texts('a\n\nb'), ['a', '', 'b'])
  assert.equal(texts(''), [])
  assert.equal(texts('\n'), [''])
})

test('a carriage return is left on, a byte-order mark only taken from the first line', () => {
  assert.equal(texts('\ufeffa\r\n\ufeffb\r\n'), ['a\r', '\ufeffb\r'])
})

test('a line may be as long as the limit, whatever its line ending and however many bytes a character has', () => {
  assert.equal(texts('12345\n12345\r\n12345', 5), ['12345', '12345\r', '12345'])
  assert.equal(texts('éé\n', 4), ['éé'])
  const { lines, rejections } = split([Buffer.from('123456\néé\nok\n1234567')], 3)
  assert.equal(lines, [{ text: 'ok', number: 3 }])
  assert.equal(
    rejections.map(({ line, reason }) => [line, reason]),
    [
      [1, 'expected at most 3 bytes, got 6 (patience allows more)'],
      [2, 'expected at most 3 bytes, got 4 (patience allows more)'],
      [4, 'expected at most 3 bytes, got 7 (patience allows more)'],
    ],
  )
})

test('a line that is just short enough passes also when its end comes later', () => {
  const line = Buffer.from(`${'x'.repeat(1000)}\r\n`)
  assert.equal(split(cutAt(line, [1001]), 1000).rejections, [])
  assert.is(split(cutAt(line, [1001]), 999).rejections.length, 1)
})

test('a line with invalid UTF-8 or a NUL byte is rejected alone', () => {
  const { lines, rejections } = split([Buffer.from('a\n\xff\xfeb\nc\nd\0\ne', 'latin1')], 100)
  assert.equal(
    lines.map(({ text, number }) => `${number}${text}`),
    ['1a', '3c', '5e'],
  )
  assert.equal(
    rejections.map(({ line, reason }) => `${line}: ${reason}`),
    [
      '2: expected UTF-8 text, got other bytes (UTF-16? convert it: iconv -f UTF-16 -t UTF-8)',
      '4: expected text, got a NUL byte at byte 2',
    ],
  )
})

test('of a line that is too long only its beginning is kept', () => {
  const piece = Buffer.alloc(1 << 20, 'x')
  const before = process.memoryUsage().arrayBuffers
  const splitter = new LineSplitter(limitOf(1 << 20), { line: () => {}, reject: () => {} })
  for (let count = 0; count < 64; count++) splitter.push(piece)
  // 64 MiB went in; the limit of 1 MiB and one doubling of the buffer may be held.
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 << 20)
})

test('property: chunk boundaries change nothing', () => {
  fc.assert(
    fc.property(roughBytes, cuts, fc.constantFrom(3, 20, 1000), (bytes, positions, limit) => {
      assert.equal(split(cutAt(bytes, positions), limit), split([bytes], limit))
    }),
    { seed: 1, numRuns: 2000 },
  )
})

test('property: every physical line is delivered as it is or rejected, in order', () => {
  fc.assert(
    fc.property(roughBytes, fc.constantFrom(3, 20, 1000), (bytes, limit) => {
      const { lines, rejections } = split([bytes], limit)
      const rejected = new Set(rejections.map(({ line }) => line))
      const delivered = new Map(lines.map(({ text, number }) => [number, text]))
      const all = physicalLines(bytes)
      assert.is(rejected.size + delivered.size, all.length)
      all.forEach((line, index) => {
        const long = line.length - (line.at(-1) === 13 ? 1 : 0) > limit
        const bad = long || !isUtf8(line) || line.includes(0)
        assert.is(rejected.has(index + 1), bad)
        const text = line.toString().replace(index === 0 ? /^\ufeff/ : /^$/, '')
        assert.is(delivered.get(index + 1), bad ? undefined : text)
      })
    }),
    { seed: 2, numRuns: 2000 },
  )
})

test.run()
