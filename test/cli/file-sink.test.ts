import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CommandError, exitCodes } from '../../cli/errors.ts'
import { continuedFile, emptyFile, FileSink } from '../../cli/io/file-sink.ts'

const test = suite('file sink')
let folder = ''
let path = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-sink-'))
  path = join(folder, 'out')
})
test.after.each(() => rmSync(folder, { recursive: true }))

const content = () => readFileSync(path, 'utf8')

test('what is sent is in the file at once, behind what was sent before', async () => {
  writeFileSync(path, 'of another run')
  const sink = emptyFile(path)
  assert.is(content(), '')
  sink.send('é\n')
  sink.send('')
  sink.send('b\n')
  assert.is(content(), 'é\nb\n')
  assert.is(sink.position().bytes, 5)
  assert.ok(await sink.flush())
})

test('what was written behind a position is cut off, and the rest goes on as if it had never been', () => {
  const whole = emptyFile(join(folder, 'whole'))
  const sink = emptyFile(path)
  // More than one kilobyte, so that the checksum begins in the middle.
  const head = 'head\n'.repeat(400)
  sink.send(head)
  const position = JSON.parse(JSON.stringify(sink.position()))
  sink.send('half a li')
  const again = continuedFile(path, position)
  assert.is(content(), head)
  assert.equal(again.position(), position)
  again.send('line\n')
  whole.send(`${head}line\n`)
  assert.is(content(), `${head}line\n`)
  assert.equal(again.position(), whole.position())
})

test('a file that was empty at the checkpoint need not be there', () => {
  const position = emptyFile(path).position()
  rmSync(path)
  continuedFile(path, position).send('a\n')
  assert.is(content(), 'a\n')
})

test('a file that is gone on with at its end is not touched', async () => {
  const sink = emptyFile(path)
  sink.send('a\n')
  const before = statSync(path, { bigint: true }).mtimeNs
  await continuedFile(path, sink.position()).flush()
  assert.is(statSync(path, { bigint: true }).mtimeNs, before)
})

test('a file that is not the one of the checkpoint is refused and left alone', () => {
  const sink = emptyFile(path)
  sink.send('one\ntwo\n')
  const position = sink.position()
  for (const [other, message] of [
    ['one\n', /expected the 8 bytes .* got a file of 4; bring it back/],
    ['one\ntow\nthree\n', /checksum \w{8} .* got \w{8}; bring it back/],
  ] as const) {
    writeFileSync(path, other)
    assert.throws(
      () => continuedFile(path, position),
      (error: unknown) =>
        error instanceof CommandError && error.exitCode === exitCodes.input && message.test(error.message),
    )
    assert.is(content(), other)
  }
  rmSync(path)
  assert.throws(
    () => continuedFile(path, position),
    /expected the 8 bytes .* got no such file; bring it back/,
  )
  assert.throws(() => emptyFile(folder), /cannot write the output to .*EISDIR/)
})

test('a write that fails closes it, once, with the reason', async () => {
  const descriptor = openSync(path, 'w+')
  const sink = new FileSink(descriptor, 0)
  let closed = 0
  sink.onClose = () => closed++
  closeSync(descriptor)
  for (const text of ['a', 'b']) sink.send(text)
  assert.match(String(sink.failure), /EBADF/)
  assert.equal([sink.closed, closed, await sink.flush()], [true, 1, false])
})

test.run()
