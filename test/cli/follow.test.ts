/** Files that grow, are rotated and truncated while they are read: every byte once, whenever reading stops and goes on. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { score } from '../../cli/commands/score.ts'
import { exitCodes } from '../../cli/errors.ts'
import { openSource, type Source, type SourcePosition } from '../../cli/io/source.ts'
import { Random } from '../../pipeline/random.ts'
import { defaults, failure, lines, requests } from './session.ts'
import { noInput } from './sources.ts'
import { fakeProcess } from './surroundings.ts'

const test = suite('follow')

let folder = ''
let log = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-follow-'))
  log = join(folder, 'app.log')
})
test.after.each(() => rmSync(folder, { recursive: true }))

/** A source that is read by the piece. */
class Reading {
  readonly source: Source
  readonly messages: string[] = []
  readonly #chunks: AsyncGenerator<Uint8Array>
  text = ''

  constructor(from?: SourcePosition) {
    const say = (message: string) => this.messages.push(message)
    this.source = openSource(log, noInput, { follow: true, from, say })
    this.#chunks = this.source.chunks()
  }

  /** Read until this much has come in all. */
  async until(length: number): Promise<string> {
    while (this.text.length < length) {
      const { value, done } = await this.#chunks.next()
      if (done) break
      this.text += Buffer.from(value).toString('latin1')
    }
    return this.text
  }

  /** Read until this is said. */
  async untilSaid(pattern: RegExp): Promise<void> {
    const next = this.#chunks.next()
    while (!this.messages.some(message => pattern.test(message))) await sleep(5)
    this.source.stop()
    const { value } = await next
    if (value) this.text += Buffer.from(value).toString('latin1')
  }

  /** Stop; the position before the last bytes, which are not settled, and are forgotten. */
  async stop(unread = 0): Promise<SourcePosition> {
    const position = JSON.parse(JSON.stringify(this.source.positionBefore(unread)))
    this.source.stop()
    await this.#chunks.return(undefined)
    return position
  }
}

test('what is appended comes, also by halves of lines', async () => {
  writeFileSync(log, 'one\n')
  const reading = new Reading()
  assert.is(await reading.until(4), 'one\n')
  appendFileSync(log, 'tw')
  assert.is(await reading.until(6), 'one\ntw')
  appendFileSync(log, 'o\n')
  assert.is(await reading.until(8), 'one\ntwo\n')
  const { bytes } = await reading.stop(2)
  assert.is(bytes, 6)
  assert.equal(reading.messages, [])
})

test('a file that does not exist yet is waited for, which is said once', async () => {
  const waiting = new Reading()
  await waiting.untilSaid(/^waiting for .*app.log: it does not exist$/)
  await waiting.stop()
  assert.is(waiting.messages.length, 1)
  const reading = new Reading()
  const coming = reading.until(4)
  writeFileSync(log, 'one\n')
  assert.is(await coming, 'one\n')
  unlinkSync(log)
  const next = reading.until(8)
  while (reading.messages.length === 0) await sleep(5)
  writeFileSync(log, 'two\n')
  assert.is(await next, 'one\ntwo\n')
  await reading.stop()
})

test('a rotated file is read to its end before the next one, and its last line does not go on there', async () => {
  writeFileSync(log, 'one\ntw')
  const reading = new Reading()
  await reading.until(6)
  renameSync(log, `${log}.1`)
  appendFileSync(`${log}.1`, 'o, unfin')
  // The new file is there and empty: the old one may still be written to.
  writeFileSync(log, '')
  assert.is(await reading.until(14), 'one\ntwo, unfin')
  appendFileSync(`${log}.1`, 'ished')
  writeFileSync(log, 'three\n')
  assert.is(await reading.until(26), 'one\ntwo, unfinished\nthree\n')
  const { bytes } = await reading.stop()
  assert.is(bytes, 6)
})

test('rotated several times between two looks: nothing is left out', async () => {
  writeFileSync(log, 'one\n')
  const reading = new Reading()
  await reading.until(4)
  for (const text of ['two\n', 'three\n', 'four\n']) {
    rotate('down')
    writeFileSync(log, text)
  }
  assert.is(await reading.until(19), 'one\ntwo\nthree\nfour\n')
  // A file that was deleted as soon as it was rotated is still read to its end.
  appendFileSync(log, 'five\n')
  unlinkSync(log)
  writeFileSync(log, 'six\n')
  assert.is(await reading.until(28), 'one\ntwo\nthree\nfour\nfive\nsix\n')
  await reading.stop()
})

test('other files beside a log are not taken for its rotations', async () => {
  writeFileSync(log, 'one\n')
  const reading = new Reading()
  await reading.until(4)
  renameSync(log, `${log}.1`)
  writeFileSync(`${log}.scored`, 'scored\n')
  writeFileSync(`${log}-notes.txt`, 'notes\n')
  writeFileSync(join(folder, 'app.login.1'), 'login\n')
  writeFileSync(log, 'two\n')
  assert.is(await reading.until(8), 'one\ntwo\n')
  await reading.stop()
})

test('a file that is truncated is read from its beginning, which is said', async () => {
  writeFileSync(log, 'a long line\nunfin')
  const reading = new Reading()
  await reading.until(17)
  writeFileSync(log, 'new\n')
  assert.is(await reading.until(22), 'a long line\nunfin\nnew\n')
  assert.equal(reading.messages, [`${log} was truncated; going on from its beginning`])
  // Written anew and larger than before: what stood there is no longer there.
  writeFileSync(log, 'a line that is longer than all of them\n')
  assert.is((await reading.until(61)).slice(22), 'a line that is longer than all of them\n')
  await reading.stop()
})

test('copied and truncated: what was written before that is read in the copy', async () => {
  writeFileSync(log, 'one\n')
  const reading = new Reading()
  await reading.until(4)
  appendFileSync(log, 'two\n')
  copyFileSync(log, `${log}.1`)
  truncateSync(log)
  appendFileSync(log, '3\n')
  assert.is(await reading.until(10), 'one\ntwo\n3\n')
  assert.match(reading.messages.join(), /was truncated; going on in its copy .*app\.log\.1/)
  await reading.stop()
})

test('reading goes on in the file that the position was in, then in all that came after', async () => {
  writeFileSync(log, 'one\ntwo\nthr')
  const first = new Reading()
  await first.until(11)
  const from = await first.stop(3)
  appendFileSync(log, 'ee\n')
  rotate('down')
  writeFileSync(log, 'four\n')
  rotate('down')
  writeFileSync(log, 'five\n')
  const second = new Reading(from)
  assert.is(await second.until(16), 'three\nfour\nfive\n')
  await second.stop()
})

test('a file that was rotated before anything of it was read is found again', async () => {
  writeFileSync(log, 'one\n')
  const position = await new Reading().stop()
  assert.is(position.bytes, 0)
  renameSync(log, `${log}.1`)
  writeFileSync(log, 'two\n')
  const reading = new Reading(position)
  assert.is(await reading.until(8), 'one\ntwo\n')
  await reading.stop()
})

test('without the inode, as after a restored backup, it is found by its content', async () => {
  writeFileSync(log, 'one\ntwo\n')
  const first = new Reading()
  await first.until(8)
  const from = await first.stop(4)
  copyFileSync(log, `${log}.1`)
  unlinkSync(log)
  writeFileSync(log, 'three\n')
  const second = new Reading(from)
  assert.is(await second.until(10), 'two\nthree\n')
  await second.stop()
})

test('a file that is not found is refused with what to do', async () => {
  writeFileSync(log, 'one\ntwo\n')
  const first = new Reading()
  await first.until(8)
  const from = await first.stop()
  unlinkSync(log)
  writeFileSync(log, 'another content\n')
  assert.throws(
    () => new Reading(from),
    (error: Error) =>
      /to hold the 8 bytes that were read before .*, found none; bring the file back \(unpacked, if it was compressed meanwhile\), or leave out --resume/.test(
        error.message,
      ),
  )
  // Nothing was read of it, so that nothing is missing.
  const beginning = new Reading({ ...from, bytes: 0 })
  assert.is(await beginning.until(16), 'another content\n')
  await beginning.stop()
})

test('a rotated file that has been compressed already is refused, not left out', async () => {
  writeFileSync(log, 'one\n')
  const reading = new Reading()
  await reading.until(4)
  renameSync(log, `${log}.2`)
  // Later by more than the grain of any file system's clock.
  await sleep(20)
  writeFileSync(`${log}.1.gz`, gzipSync('two\n'))
  writeFileSync(log, 'three\n')
  const error = await failure(reading.until(14))
  assert.is(error.exitCode, exitCodes.input)
  assert.match(error.message, /app\.log\.1\.gz: expected it as it was written, it is compressed; unpack it/)
})

test('compressed files and what is no file are not followed', async () => {
  writeFileSync(log, gzipSync('one\n'))
  assert.match((await failure(new Reading().until(1))).message, /is compressed; leave out --follow/)
  assert.throws(
    () => openSource('-', noInput, { follow: true }),
    /expected a file with --follow, got standard input/,
  )
  assert.throws(() => openSource(folder, noInput, { follow: true }), /got the directory/)
  assert.throws(() => openSource('/dev/null', noInput, { follow: true }), /a pipe or a device/)
})

test('a stalled reader holds nothing up and misses nothing', async () => {
  writeFileSync(log, '')
  const reading = new Reading()
  let text = ''
  const write = (piece: string) => {
    text += piece
    appendFileSync(log, piece)
  }
  write('start\n')
  await reading.until(6)
  const before = process.memoryUsage()
  for (let file = 0; file < 20; file++) {
    for (let piece = 0; piece < 20; piece++) write(`${file} ${piece} ${'x'.repeat(100_000)}\n`)
    rotate('down')
    await sleep(5)
  }
  const { external, arrayBuffers } = process.memoryUsage()
  // 40 MB were written meanwhile, and one chunk may be under way.
  assert.ok(external + arrayBuffers - before.external - before.arrayBuffers < 4 << 20)
  assert.ok((await reading.until(text.length)) === text)
  await reading.stop()
})

/** `app.log.1` is the last one, or the first one; or they are named by dates. */
type Naming = 'down' | 'up' | 'dates'
let rotations = 0

function rotate(naming: Naming): void {
  rotations++
  if (naming === 'up') renameSync(log, `${log}.${rotations}`)
  if (naming === 'dates') renameSync(log, `${log}-2024-01-31.${rotations}`)
  if (naming !== 'down') return
  let last = 0
  while (existsSync(`${log}.${last + 1}`)) last++
  for (let count = last; count >= 1; count--) renameSync(`${log}.${count}`, `${log}.${count + 1}`)
  renameSync(log, `${log}.1`)
}

for (const naming of ['down', 'up', 'dates'] as const) {
  for (const seed of [1, 2]) {
    test(`random writes, rotations (${naming}) and stops, seed ${seed}: every byte once, in order`, async () => {
      const random = new Random(seed)
      const below = (bound: number) => random.next() % bound
      let written = ''
      let half = ''
      /** Some writes, some rotations between them. */
      const write = async (steps: number) => {
        for (let step = 0; step < steps; step++) {
          let text = half
          for (let count = below(6); count >= 0; count--)
            text += `${written.length} ${'0123456789'.repeat(below(20) === 0 ? below(5000) : below(5))}\n`
          const cut = below(3) === 0 ? below(text.length) : text.length
          half = text.slice(cut)
          appendFileSync(log, text.slice(0, cut))
          written += text.slice(0, cut)
          if (half !== '' || below(8) !== 0) continue
          rotate(naming)
          // Otherwise the times of last changes may be equal, and only they tell which way the numbers go.
          if (naming === 'up') await sleep(10)
          if (below(2) === 0) writeFileSync(log, '')
        }
      }
      // What is rotated before anything was read of it is not known.
      written = 'start\n'
      writeFileSync(log, written)
      const start = new Reading()
      let read = await start.until(written.length)
      let from = await start.stop()
      for (let run = 0; run < 8; run++) {
        const reading = new Reading(from)
        const writing = write(20 + below(40))
        await reading.until(below(written.length - read.length))
        await writing
        if (run === 7) await reading.until(written.length - read.length)
        const unread = run === 7 ? 0 : below(Math.min(reading.text.length, 200))
        from = await reading.stop(unread)
        read += reading.text.slice(0, reading.text.length - unread)
        await write(below(30))
      }
      const rest = new Reading(from)
      read += await rest.until(written.length - read.length)
      await rest.stop()
      assert.ok(read === written, `${read.length} bytes read, ${written.length} written`)
      assert.ok(readdirSync(folder).length > 20)
    })
  }
}

test('a command that follows scores what comes, and ends on a signal with its exit code', async () => {
  writeFileSync(log, lines.slice(0, 700).join('\n'))
  const surroundings = fakeProcess()
  const running = score(log, { ...defaults, follow: true }, surroundings)
  const scored = async (count: number) => {
    while (surroundings.stdout.text.split('\n').length <= count) await sleep(5)
  }
  // The last line has not ended.
  await scored(699)
  renameSync(log, `${log}.1`)
  writeFileSync(log, `${lines.slice(700).join('\n')}\n`)
  await scored(1500)
  surroundings.signal('SIGTERM')
  assert.is(await running, exitCodes.SIGTERM)
  const whole = fakeProcess(requests)
  await score(undefined, defaults, whole)
  assert.is(surroundings.stdout.text, whole.stdout.text)
})

test.run()
