/**
 * Adding a family of experts touches a kernel, a model, an oracle with its test, and one line: done here in a copy of the
 * repository, with the files of fixtures/toy-family/, and tested there by the contract.
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('..', import.meta.url))
const toy = join(root, 'fixtures/toy-family')

/** What a family is built and tested from. */
const COPIED = [
  'assembly',
  'pipeline',
  'cli',
  'bench',
  'test',
  'fixtures',
  'examples',
  'scripts',
  'dist/kernels',
  'package.json',
  'jsr.json',
  'asconfig.json',
  'tsconfig.json',
]

function copyOfRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'veto-toy-'))
  mkdirSync(join(folder, 'dist'))
  for (const part of COPIED) {
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      preserveTimestamps: true,
      filter: source => !/node_modules|toy-family/.test(source.slice(root.length)),
    })
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

function run(folder: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 300_000,
  })
  assert.is(status, 0, `${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

test('a family is a kernel, a model, an oracle, its test, and one line', () => {
  const files = readdirSync(toy, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(toy.length + 1))
  assert.equal(files.sort(), [
    'assembly/experts/bell.ts',
    'pipeline/experts/bell.ts',
    'test/experts/bell.test.ts',
    'test/reference/bell.ts',
  ])
  const folder = copyOfRepository()
  try {
    cpSync(toy, folder, { recursive: true })
    const list = join(folder, 'pipeline/experts/all.ts')
    writeFileSync(list, `${readFileSync(list, 'utf8')}export { bell } from './bell.ts'\n`)
    run(folder, '--eval', "import('./scripts/kernels.mjs').then(({ buildKernels }) => buildKernels())")
    const output = run(folder, '--import', import.meta.resolve('tsx'), 'test/experts/bell.test.ts')
    const [, passed] = /Passed:\s+(\d+)/.exec(output) ?? []
    assert.ok(Number(passed) > 40, output)
    run(folder, join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json')
    const command = ['--import', import.meta.resolve('tsx'), 'cli/index.ts']
    const scored = run(
      folder,
      ...command,
      'score',
      '--quiet',
      '--experts',
      'bell',
      'fixtures/requests.ndjson',
    )
    // The planted fault of that line: a latency of 9000 ms.
    assert.match(scored.split('\n')[699], /"anomaly":true,"why":\[{"field":"latency"/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.run()
