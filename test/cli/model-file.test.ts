import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
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
import {
  checkWritable,
  previousOf,
  readModelFile,
  removeLeftovers,
  writeModelFile,
} from '../../cli/io/model-file.ts'

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

test('what is written is read, what was there before is kept, and nothing else is left behind', () => {
  const path = join(folder, 'model')
  assert.is(readModelFile(path), undefined)
  writeModelFile(path, Buffer.from('first'))
  writeModelFile(path, Buffer.from('second'))
  writeModelFile(path, Buffer.from('third'))
  assert.is(String(readModelFile(path)), 'third')
  assert.is(String(readModelFile(previousOf(path))), 'second')
  assert.equal(readdirSync(folder), ['model', 'model.previous'])
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

test('a file that is not worth keeping does not take the place of the one before', () => {
  const path = join(folder, 'model')
  for (const text of ['sound', 'damaged']) writeModelFile(path, Buffer.from(text))
  writeModelFile(path, Buffer.from('mended'), false)
  assert.is(String(readModelFile(previousOf(path))), 'sound')
})

test('a second name that a killed process has given already is no obstacle', () => {
  const path = join(folder, 'model')
  writeModelFile(path, Buffer.from('first'))
  linkSync(path, previousOf(path))
  writeModelFile(path, Buffer.from('second'))
  assert.is(String(readModelFile(previousOf(path))), 'first')
  assert.equal(readdirSync(folder), ['model', 'model.previous'])
})

test('what killed processes left behind is removed, what others are writing is not', () => {
  const path = join(folder, 'model')
  const { pid } = spawnSync(process.execPath, ['--version'])
  const others = [`.model.${process.pid}.tmp`, '.model.backup.1.tmp', '.other.1.tmp']
  for (const name of [...others, `.model.${pid}.tmp`, `.model.${pid}.tmp2`])
    writeFileSync(join(folder, name), '')
  removeLeftovers(path)
  assert.equal(readdirSync(folder).sort(), others.sort())
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
