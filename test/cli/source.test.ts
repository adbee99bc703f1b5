/** Sources that are compressed with gzip: what comes out, when it is pulled, and what is said about damaged ones. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { score } from '../../cli/commands/score.ts'
import { exitCodes } from '../../cli/errors.ts'
import { formatOfName } from '../../cli/io/format.ts'
import { openSource } from '../../cli/io/source.ts'
import { Random } from '../../pipeline/random.ts'
import { cutAt, cuts, roughBytes } from '../ndjson/bytes.ts'
import { defaults, failure, outcome, requests } from './session.ts'
import { drained, piped } from './sources.ts'
import { fakeProcess } from './surroundings.ts'

const test = suite('source')

let folder = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-source-'))
})
test.after(() => rmSync(folder, { recursive: true }))

const tick = () => new Promise(resolve => setImmediate(resolve))

/** Bytes that gzip cannot make smaller. */
function noise(length: number): Buffer {
  const random = new Random(1)
  return Buffer.from(Uint8Array.from({ length }, () => random.next()))
}

test('what is compressed comes out unpacked and all else as it is, wherever the chunks are cut', async () => {
  const cases = fc.asyncProperty(roughBytes, fc.boolean(), cuts, async (bytes, compressed, positions) => {
    const stored = compressed ? gzipSync(bytes) : bytes
    fc.pre(compressed || bytes.length < 2 || bytes.readUInt16BE() !== 0x1f8b)
    const source = piped(cutAt(stored, positions))
    const outcome = await drained(source)
    assert.is(outcome.message, '')
    assert.ok(outcome.bytes.equals(bytes))
    assert.is(source.consumed, stored.length)
  })
  await fc.assert(cases, { seed: 1, numRuns: 200 })
})

test('a lone first byte of gzip is data', async () => {
  assert.equal([...(await drained(piped([Buffer.of(0x1f)]))).bytes], [0x1f])
})

test('members that follow one another are one text', async () => {
  const source = piped([Buffer.concat([gzipSync('one\n'), gzipSync('two\n')])])
  assert.is(String((await drained(source)).bytes), 'one\ntwo\n')
})

test('of a file, size and bytes read are those of the disk', async () => {
  const file = join(folder, 'noise.gz')
  const stored = gzipSync(noise(300_000))
  writeFileSync(file, stored)
  const source = openSource(file, () => Readable.from([]))
  assert.is(source.size, stored.length)
  const read: number[] = []
  for await (const _ of source.chunks()) read.push(source.consumed)
  assert.is(read.at(-1), stored.length)
  // The bar moves on the way: what is unpacked first does not need all of the file.
  assert.ok(read[0] < stored.length)
})

test('nothing is read ahead of a slow reader but what the streams hold on the way', async () => {
  let pulled = 0
  const stored = gzipSync(noise(3_000_000))
  const stdin = Readable.from(
    (function* () {
      for (; pulled * 10_000 < stored.length; pulled++)
        yield stored.subarray(pulled * 10_000, (pulled + 1) * 10_000)
    })(),
    { highWaterMark: 1 },
  )
  const chunks = openSource('-', () => stdin).chunks()
  await chunks.next()
  for (let index = 0; index < 100; index++) await tick()
  // Noise does not shrink. One chunk of 64 KiB taken; as much waits unpacked, and a little before it, of 300 in all.
  assert.ok(pulled < 40, `${pulled} chunks pulled`)
  await chunks.return(undefined)
})

test('a truncated file is read as far as it goes, then refused with what is wrong', async () => {
  const stored = gzipSync(noise(200_000))
  const { bytes, message } = await drained(piped([stored.subarray(0, 150_000)]))
  assert.ok(bytes.length > 65_536)
  assert.ok(bytes.equals(noise(200_000).subarray(0, bytes.length)))
  assert.is(
    message,
    'cannot read on from standard input: expected a whole gzip file, got one that ends early',
  )
  assert.match((await drained(piped([stored.subarray(0, 5)]))).message, /ends early/)
})

test('a damaged file is refused with what is wrong', async () => {
  const stored = gzipSync('a,b\n1,2\n')
  // The compression method, the block type, the checksum, the length.
  for (const position of [2, 10, stored.length - 8, stored.length - 4]) {
    const damaged = Buffer.from(stored)
    damaged[position] ^= 0xff
    const { message } = await drained(piped([damaged]))
    assert.match(
      message,
      /^cannot read on from standard input: expected an intact gzip file, got a damaged one \(/,
    )
  }
})

test('a stopped source ends quietly, also in the middle of gzip', async () => {
  const stored = gzipSync(noise(200_000))
  const stdin = new Readable({ read() {} })
  stdin.push(stored.subarray(0, 100_000))
  const source = openSource('-', () => stdin)
  let seen = 0
  for await (const _ of source.chunks()) {
    seen++
    setImmediate(() => source.stop())
  }
  assert.ok(seen >= 1)
  assert.is(source.stopped, true)
})

test('every command reads gzip: the same output as from the plain records', async () => {
  assert.is((await outcome(score, gzipSync(requests))).out, (await outcome(score, requests)).out)
})

test('a command ends with exit code 3 on a damaged file, after the records before the damage', async () => {
  const surroundings = fakeProcess(gzipSync(`${requests}${noise(1000).toString('hex')}`).subarray(0, -20))
  const error = await failure(score(undefined, defaults, surroundings))
  assert.is(error.exitCode, exitCodes.input)
  assert.ok(surroundings.stdout.text.split('\n').length > 1000)
})

test('the format is in the name before .gz', () => {
  assert.is(formatOfName('a/records.csv.gz'), 'csv')
  assert.is(formatOfName('records.NDJSON.GZ'), 'ndjson')
  assert.is(formatOfName('records.gz'), undefined)
})

test.run()
