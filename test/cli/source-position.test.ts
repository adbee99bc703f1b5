/** Where sources say that they stand, and whether they go on exactly there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exitCodes } from '../../cli/errors.ts'
import { openSource, type SourcePosition } from '../../cli/io/source.ts'
import { Recent } from '../../cli/io/sources/recent.ts'
import { Track } from '../../cli/io/sources/track.ts'
import { tailOf } from '../../cli/io/tail.ts'
import { Random } from '../../pipeline/random.ts'
import { failure, requests } from './session.ts'
import { drained, noInput } from './sources.ts'

const test = suite('source position')

const text = Buffer.from(requests)
const zstd = readFileSync(fileURLToPath(new URL('../../fixtures/requests.ndjson.zst', import.meta.url)))

let folder = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-position-'))
})
test.after(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, content: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** As the model file keeps it. */
const kept = (position: SourcePosition): SourcePosition => JSON.parse(JSON.stringify(position))

for (const [name, stored] of [
  ['plain', text],
  ['gzip', gzipSync(text)],
  ['zstd', zstd],
] as const) {
  test(`${name}: what follows any position is what was not settled, and the end is a position too`, async () => {
    const file = fileOf(name, stored)
    const random = new Random(1)
    let position: SourcePosition | undefined
    let settled = 0
    for (let run = 0; run < 60 && settled < text.length; run++) {
      const source = openSource(file, noInput, { from: position })
      // Whatever was read, the position is behind what was settled, and some bytes of the last chunks are not.
      let unread = 0
      for await (const chunk of source.chunks()) {
        assert.ok(text.subarray(settled + unread, settled + unread + chunk.length).equals(chunk))
        unread += chunk.length
        if (random.next() % 3 === 0) break
      }
      const left = random.next() % (Math.min(unread, 3000) + 1)
      settled += unread - left
      position = kept(source.positionBefore(left))
      assert.is(position.bytes, settled)
      assert.is(position.tail, tailOf(text.subarray(0, settled)))
    }
    const rest = openSource(file, noInput, { from: position })
    assert.ok((await drained(rest)).bytes.equals(text.subarray(settled)))
    assert.is(rest.consumed, stored.length)
    const end = kept(rest.positionBefore(0))
    assert.equal([end.name, end.bytes, end.tail], [file, text.length, tailOf(text)])
    assert.is((await drained(openSource(file, noInput, { from: end }))).bytes.length, 0)
  })

  test(`${name}: another content before the position is refused with what is wrong and what to do`, async () => {
    const file = fileOf(name, stored)
    const from = { name: file, bytes: 100_000, tail: 'abcdef01' }
    const other = await failure(openAndRead(file, from))
    assert.is(other.exitCode, exitCodes.input)
    assert.is(
      other.message,
      `cannot go on in ${file}: expected the bytes before byte 100000 to have the checksum abcdef01, got ${tailOf(text.subarray(0, 100_000))}; bring the file back as it was, or leave out --resume, with another --output, to read it from its beginning`,
    )
    const short = await failure(openAndRead(file, { ...from, bytes: text.length + 1 }))
    assert.match(
      short.message,
      /expected the 127473 bytes that were read before, got a file of 127472; bring/,
    )
  })
}

async function openAndRead(file: string, from: SourcePosition): Promise<void> {
  for await (const _ of openSource(file, noInput, { from }).chunks());
}

test('a file may have grown since', async () => {
  const file = fileOf('grown', text.subarray(0, 1000))
  const source = openSource(file, noInput)
  await drained(source)
  const from = kept(source.positionBefore(10))
  writeFileSync(file, text)
  assert.ok((await drained(openSource(file, noInput, { from }))).bytes.equals(text.subarray(990)))
})

test('the bytes of a pipe are counted on, and cannot be verified', async () => {
  const from = { name: 'standard input', bytes: 500 }
  const source = openSource('-', () => Readable.from([text.subarray(0, 100)]), { from })
  await drained(source)
  assert.equal(source.positionBefore(30), { name: 'standard input', bytes: 570 })
})

test('a file cannot go on where a pipe stopped', async () => {
  const file = fileOf('unpiped', text)
  const error = await failure(openAndRead(file, { name: 'standard input', bytes: 500 }))
  assert.match(
    error.message,
    /expected standard input, of which 500 bytes were read; pipe in what follows them \(tail -c \+501\)/,
  )
  assert.is(
    (await drained(openSource(file, noInput, { from: { name: 'standard input', bytes: 0 } }))).message,
    '',
  )
})

test('the last bytes are remembered for as long as there is room', () => {
  const random = new Random(1)
  const recent = new Recent()
  const all = Buffer.alloc(7 << 20)
  for (let at = 0; at < all.length; at++) all[at] = random.next()
  for (let at = 0; at < all.length; ) {
    const length = Math.min(random.next() % (random.next() % 9 === 0 ? 3 << 20 : 70_000), all.length - at)
    recent.push(all.subarray(at, at + length))
    at += length
    const skipped = random.next() % (1 << 20)
    const before = recent.before(skipped, 1024)
    if (skipped + 1024 > at) assert.is(before, undefined)
    else assert.ok(all.subarray(at - skipped - 1024, at - skipped).equals(before!))
  }
  assert.is(recent.before(2 << 20, 1), undefined)
  assert.is(recent.before((2 << 20) - 1, 1)?.length, 1)
})

test('a position far back is known, but not what stood before it', () => {
  const track = new Track('far', 0, new Recent())
  track.gave(Buffer.alloc(3 << 20))
  assert.equal(track.positionBefore(3 << 20), { name: 'far', bytes: 0, tail: tailOf(new Uint8Array(0)) })
  assert.equal(track.positionBefore((3 << 20) - 5), { name: 'far', bytes: 5 })
})

test('positions before the end of one file and behind it, in the next one', () => {
  const track = new Track('log', 0, new Recent())
  track.enter(1, 2, Buffer.from('ab'))
  track.gave(Buffer.from('cd'))
  // The line did not end: its end is given too, but is in neither file.
  track.enter(2, 0, new Uint8Array(0), 1)
  track.gave(Buffer.from('\n'))
  track.gave(Buffer.from('xyz'))
  const places = [0, 1, 3, 4, 5, 6].map(unread => {
    const { inode, bytes, tail } = track.positionBefore(unread)
    return [inode, bytes, tail]
  })
  assert.equal(places, [
    [2, 3, tailOf(Buffer.from('xyz'))],
    [2, 2, tailOf(Buffer.from('xy'))],
    [2, 0, tailOf(Buffer.from(''))],
    [1, 4, tailOf(Buffer.from('abcd'))],
    [1, 3, tailOf(Buffer.from('abc'))],
    [1, 2, tailOf(Buffer.from('ab'))],
  ])
})

test.run()
