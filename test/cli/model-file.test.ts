import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CommandError, exitCodes } from '../../cli/errors.ts'
import { checkWritable, readModelFile, writeModelFile } from '../../cli/io/model-file.ts'

const test = suite('model file')
let folder = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-model-'))
})
test.after.each(() => rmSync(folder, { recursive: true }))

const fails = (action: () => unknown, message: RegExp) =>
  assert.throws(
    action,
    (error: unknown) =>
      error instanceof CommandError && error.exitCode === exitCodes.model && message.test(error.message),
  )

test('what is written is read, and nothing else is left behind', () => {
  const path = join(folder, 'model')
  assert.is(readModelFile(path), undefined)
  writeModelFile(path, Buffer.from('first'))
  writeModelFile(path, Buffer.from('second'))
  assert.is(String(readModelFile(path)), 'second')
  assert.equal(readdirSync(folder), ['model'])
})

test('the file keeps its permissions, and a link stays a link', () => {
  const path = join(folder, 'model')
  const link = join(folder, 'link')
  writeFileSync(path, 'first')
  chmodSync(path, 0o640)
  symlinkSync(path, link)
  writeModelFile(link, Buffer.from('second'))
  assert.is(readFileSync(path, 'utf8'), 'second')
  assert.is(statSync(path).mode & 0o777, 0o640)
})

test('a failed save leaves the old file alone', () => {
  const path = join(folder, 'model')
  mkdirSync(path)
  fails(() => writeModelFile(path, Buffer.from('x')), /^cannot save the model as .*model: E/)
  assert.equal(readdirSync(folder), ['model'])
})

test('what cannot work is refused at the start', () => {
  fails(() => checkWritable(join(folder, 'nowhere', 'model')), /cannot write to .*nowhere: ENOENT/)
  fails(() => readModelFile(folder), /cannot read .*: EISDIR/)
  checkWritable(join(folder, 'model'))
  writeFileSync(join(folder, 'kept'), '')
  chmodSync(join(folder, 'kept'), 0o444)
  fails(() => checkWritable(join(folder, 'kept')), /read-only; add --freeze/)
  assert.not(existsSync(join(folder, 'model')))
})

test.run()
