/** jsr.json is ready: publishing it is tried as far as it goes without doing it. */
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { partBinary, root, run } from './parts.ts'

const read = (file: string) => JSON.parse(readFileSync(root + file, 'utf8'))
const jsr = read('jsr.json')

test('jsr.json says what package.json says', () => {
  const { version, license, exports, dependencies } = read('package.json')
  assert.equal([jsr.version, jsr.license], [version, license])
  const entries = Object.keys(exports).filter(entry => !/package\.json|\.wasm/.test(entry))
  assert.equal(Object.keys(jsr.exports), entries)
  for (const name of ['rxjs', '@assemblyscript/loader'])
    assert.is(jsr.imports[name], `npm:${name}@${dependencies[name]}`)
})

test('every family has its kernel, and so have networks', () => {
  const families = readdirSync(`${root}assembly/experts`).map(file => file.replace(/\.ts$/, ''))
  const kernels = Object.keys(jsr.imports).filter(name => name.startsWith('#kernels/'))
  assert.equal(kernels.sort(), [...families, 'network', 'relaxed'].map(name => `#kernels/${name}`).sort())
})

test('a dry run of publishing passes', () => {
  run(partBinary('deno'), ['publish', '--dry-run', '--allow-dirty', '--quiet'])
})

test.run()
