/** Without a package that npm could not install, all else works, and what needs it says so. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A module that makes every import of lmdb fail, as where it is not installed. */
const hooks = `export async function resolve(name, context, next) {
  if (name !== 'lmdb') return next(name, context)
  throw Object.assign(new Error("Cannot find package 'lmdb'"), { code: 'ERR_MODULE_NOT_FOUND' })
}`
const inUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`
const without = inUrl(`import { register } from 'node:module'; register(${JSON.stringify(inUrl(hooks))})`)

function veto(...args: string[]) {
  const flags = ['--import', 'tsx', '--import', without]
  const input = '{"host":"a","load":1}\n'
  return spawnSync(process.execPath, [...flags, 'cli/index.ts', ...args], {
    cwd: root,
    input,
    encoding: 'utf8',
  })
}

test('scoring needs no store', () => {
  const { status, stdout, stderr } = veto('score', '--quiet')
  assert.is(status, 0, stderr)
  assert.match(stdout, /"load":1/)
})

test('--key names what is missing, and the remedy', () => {
  const { status, stderr } = veto('score', '--quiet', '--key', 'host')
  assert.is(status, 2)
  assert.is(stderr, 'veto: expected the package lmdb, which --key needs, got none; npm install lmdb\n')
})

test.run()
