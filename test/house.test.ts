/** The rules of the house that no single file can keep. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { requests } from '../fixtures/requests.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const filesBelow = (folder: string, ending: string) =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith(ending))
    .map(file => `${folder}/${file}`)
const textOf = (file: string) => readFileSync(root + file, 'utf8')

test('every test file runs its tests', () => {
  for (const file of filesBelow('test', '.test.ts'))
    assert.match(textOf(file), /\.run\(\)/, `${file} never calls run()`)
})

test('imports point one way: cli → pipeline, and the pipeline needs no Node', () => {
  for (const file of filesBelow('pipeline', '.ts')) {
    assert.not.match(textOf(file), /from '(node:|.*\/cli\/)/, `${file} imports Node or the command line`)
    assert.not.match(textOf(file), /\b(Buffer|process)\.\w/, `${file} uses what only Node has`)
  }
})

test('what engines compute each in its own way is not on the way of a record', () => {
  // These two enumerate, a thousand times as often as all else, and no model depends on them.
  const others = ['pipeline/likelihood/enumeration.ts', 'pipeline/likelihood/machine.ts']
  const inexact =
    /Math\.(exp|log|pow|sin|cos|tan|a?sinh|a?cosh|a?tanh|asin|acos|atan|cbrt|hypot)|Date\.parse|toLocale|localeCompare/
  for (const file of filesBelow('pipeline', '.ts').filter(file => !others.includes(file)))
    assert.not.match(textOf(file), inexact, `${file}: take it from pipeline/elementary.ts`)
})

test('operators, state, calibration and encoders know no family', () => {
  const families = readdirSync(`${root}assembly/experts`).map(file => file.replace(/\.ts$/, ''))
  const imported = new RegExp(`from '.*/experts/(${families.join('|')})(\\.ts)?'`)
  for (const room of ['operators', 'state', 'calibration', 'encoders']) {
    for (const file of filesBelow(`pipeline/${room}`, '.ts')) {
      assert.not.match(textOf(file), imported, `${file} imports a family of experts`)
    }
  }
})

test('experts never import operators', () => {
  for (const file of filesBelow('pipeline/experts', '.ts'))
    assert.not.match(textOf(file), /from '.*operators/, file)
})

test('only cli/index.ts ends the process', () => {
  const others = [...filesBelow('cli', '.ts'), ...filesBelow('pipeline', '.ts')].filter(
    file => file !== 'cli/index.ts',
  )
  for (const file of others) assert.not.match(textOf(file), /process\.exit\(/, file)
})

test('fixtures/requests.ndjson is what its generator writes', () => {
  const lines = [...requests(1500, 1)].map(request => `${JSON.stringify(request)}\n`)
  assert.is(textOf('fixtures/requests.ndjson'), lines.join(''))
})

test('the test command fails on a file that forgets to run its tests', () => {
  mkdirSync(join(root, 'build'), { recursive: true })
  const folder = mkdtempSync(join(root, 'build', 'silent-'))
  const silent = join(folder, 'silent.test.ts')
  writeFileSync(silent, "import { test } from 'uvu'\ntest('never runs', () => {})\n")
  const { status, stdout } = spawnSync(process.execPath, ['scripts/test.mjs', silent], {
    cwd: root,
    encoding: 'utf8',
  })
  rmSync(folder, { recursive: true })
  assert.is(status, 1)
  assert.match(stdout, /ran no test/)
  assert.match(stdout, /^0 passed, 1 failed$/m)
})

test.run()
