/** Sources that are compressed with zstd: what comes out, and what is said about files that are damaged or ask for too much. */
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { score } from '../../cli/commands/score.ts'
import { formatOfName } from '../../cli/io/format.ts'
import { openSource } from '../../cli/io/source.ts'
import { CHUNK_BYTES } from '../../cli/io/sources/origin.ts'
import { cutAt, cuts } from '../ndjson/bytes.ts'
import { outcome, requests } from './session.ts'
import { drained, piped } from './sources.ts'

/** The requests in two frames, the first one of many blocks, with a frame of something else between them. */
const stored = readFileSync(fileURLToPath(new URL('../../fixtures/requests.ndjson.zst', import.meta.url)))
/** Where the first frame ends; the magic number of the frame to be skipped stands there. */
const firstEnd = stored.indexOf(Buffer.from('532a4d18', 'hex'))
const text = Buffer.from(requests)

/** `one\n` with a checksum, `two\n` without, as the zstd command writes them. */
const one = Buffer.from('KLUv/QRYIQAAb25lCt8WaAk=', 'base64')
const two = Buffer.from('KLUv/QBYIQAAdHdvCg==', 'base64')

/** A frame of one block that says `size` of its content, by a window of 2 to this power. */
function frameWith(windowLog: number, content: string): Buffer {
  const block = Buffer.alloc(3)
  block.writeUIntLE((content.length << 3) | 1, 0, 3)
  return Buffer.concat([
    Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3),
    block,
    Buffer.from(content),
  ])
}

const messageOf = async (bytes: Uint8Array) => (await drained(piped([bytes]))).message

test('what is compressed comes out unpacked, wherever the chunks are cut', async () => {
  const cases = fc.asyncProperty(fc.array(fc.nat(stored.length), { maxLength: 12 }), async positions => {
    const { bytes, message } = await drained(piped(cutAt(stored, positions)))
    assert.is(message, '')
    assert.ok(bytes.equals(text))
  })
  await fc.assert(cases, { seed: 1, numRuns: 10 })
  const small = fc.asyncProperty(cuts, async positions => {
    const { bytes, message } = await drained(piped(cutAt(Buffer.concat([one, two, one]), positions)))
    assert.equal([String(bytes), message], ['one\ntwo\none\n', ''])
  })
  await fc.assert(small, { seed: 1, numRuns: 50 })
})

test('the first bytes of zstd alone are data', async () => {
  for (const length of [1, 2, 3])
    assert.equal((await drained(piped([stored.subarray(0, length)]))).bytes, stored.subarray(0, length))
})

test('a file that ends early is read as far as it goes, then refused with what is wrong', async () => {
  for (const length of [4, 5, 8, firstEnd - 1, firstEnd + 3, firstEnd + 9, stored.length - 1]) {
    const { bytes, message } = await drained(piped([stored.subarray(0, length)]))
    assert.match(
      message,
      /^cannot read on from standard input: expected a whole zstd file, got one that ends early$/,
    )
    assert.ok(bytes.equals(text.subarray(0, bytes.length)))
    if (length > firstEnd) assert.ok(bytes.length > 50_000)
  }
  // Between two frames is an end like any other.
  assert.is(await messageOf(stored.subarray(0, firstEnd)), '')
})

test('no damage goes unnoticed where there is a checksum', async () => {
  const frame = stored.subarray(0, firstEnd)
  const cases = fc.asyncProperty(
    fc.integer({ min: 4, max: frame.length - 1 }),
    fc.integer({ min: 1, max: 255 }),
    async (position, change) => {
      const damaged = Buffer.from(frame)
      damaged[position] ^= change
      const { bytes, message } = await drained(piped([damaged]))
      // What the descriptor says of window and size may change without changing the content.
      if (message === '') assert.ok(position === 5 && bytes.equals(text.subarray(0, bytes.length)))
      else assert.match(message, /^cannot read on from standard input: expected .*zstd.*, got /)
    },
  )
  await fc.assert(cases, { seed: 1, numRuns: 100 })
})

test('a frame that says another size than it has is damaged, as is one that is followed by something else', async () => {
  const sized = (size: number) => Buffer.concat([two.subarray(0, 4), Buffer.of(0x20, size), two.subarray(6)])
  assert.is(await messageOf(sized(4)), '')
  assert.match(await messageOf(sized(3)), /damaged one \(/)
  assert.match(await messageOf(sized(5)), /damaged one \(less than its size says\)/)
  assert.match(await messageOf(Buffer.concat([one, Buffer.from('plain')])), /something else follows/)
  assert.match(await messageOf(Buffer.concat([one, one.subarray(0, 4), Buffer.of(8)])), /reserved bit/)
})

test('a small file cannot ask for much memory', async () => {
  const before = process.memoryUsage().arrayBuffers
  assert.match(
    await messageOf(frameWith(30, 'x')),
    /expected zstd with a window of at most 128 MB, got 1073741824 bytes; unpack it with zstd -dc --long=31/,
  )
  const single = Buffer.concat([
    Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0),
    Buffer.alloc(8, 1),
    Buffer.of(1, 0, 0),
  ])
  assert.match(await messageOf(single), /a window of at most 128 MB, got 72340172838076670 bytes/)
  assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 24)
  assert.is(String((await drained(piped([frameWith(27, 'x\n')]))).bytes), 'x\n')
})

test('a frame that needs a dictionary is refused with what to do', async () => {
  const needing = Buffer.concat([Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 4), two.subarray(6)])
  assert.match(await messageOf(needing), /expected zstd without a dictionary, .*; unpack it with zstd -D/)
})

test('nothing is read ahead of a slow reader, and no chunk is large', async () => {
  let pulled = 0
  const pieces = cutAt(
    stored,
    Array.from({ length: 70 }, (_, index) => 100 * index),
  )
  const stdin = Readable.from(
    (function* () {
      for (const piece of pieces) {
        pulled++
        yield piece
      }
    })(),
    { highWaterMark: 1 },
  )
  const chunks = openSource('-', () => stdin).chunks()
  const { value } = await chunks.next()
  assert.ok(value.length <= CHUNK_BYTES)
  // The first block of about 1500 bytes is there, and the streams hold a little.
  assert.ok(pulled < 30, `${pulled} of ${pieces.length} pieces pulled`)
  await chunks.return(undefined)
})

test('every command reads zstd: the same output as from the plain records', async () => {
  assert.is((await outcome(score, stored)).out, (await outcome(score, requests)).out)
})

test('the format is in the name before .zst', () => {
  assert.is(formatOfName('a/records.csv.zst'), 'csv')
  assert.is(formatOfName('records.NDJSON.ZST'), 'ndjson')
  assert.is(formatOfName('records.zst'), undefined)
})

test.run()
