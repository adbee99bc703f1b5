/** One process for each model and each output. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claim } from '../../cli/io/claim.ts'
import { failure } from './session.ts'
import { start, veto } from './veto.ts'

const test = suite<{ folder: string }>('claims')
test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'veto-claim-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))
// Other systems have nothing that ends with the process, whatever ends it.
const isLinux = process.platform === 'linux'

test('a file is claimed under all its names until it is released, and nothing is left behind', async ({
  folder,
}) => {
  const path = join(folder, 'model')
  writeFileSync(path, '')
  symlinkSync(path, join(folder, 'link'))
  const release = await claim([path, join(folder, 'not there yet')])
  for (const name of ['model', 'link', 'not there yet', `../${basename(folder)}/model`]) {
    if (!isLinux) continue
    const { message, exitCode } = await failure(claim([join(folder, 'free'), `${folder}/${name}`]))
    assert.match(message, /for this process alone, got another one that is at work on it; end that one first/)
    assert.is(exitCode, 4)
  }
  await (await claim([join(folder, 'free')]))()
  await release()
  await (await claim([path]))()
})

test('a second process is refused what the first one is at work on, and finds it free once that is killed', async ({
  folder,
}) => {
  const [model, output] = [join(folder, 'model'), join(folder, 'output')]
  const first = start(['score', '--model', model, '--output', output, '-'])
  first.stdin.write('{"a":1}\n')
  while (!readOr(output)) await new Promise(resolve => setTimeout(resolve, 20))
  if (isLinux) {
    for (const flags of [
      ['--model', model],
      ['--output', output],
    ]) {
      const { code, messages } = await veto(['score', ...flags], '{"a":2}\n')
      assert.is(code, 4, messages)
    }
  }
  first.kill('SIGKILL')
  await once(first, 'close')
  const { code, messages } = await veto(['score', '--model', model, '--output', output], '{"a":3}\n')
  assert.is(code, 0, messages)
})

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

test.run()
