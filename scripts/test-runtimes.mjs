// npm run test:runtimes: the package as npm gets it, in every runtime it is for. Installs the parts of test/runtimes/,
// builds, packs the tarball once, runs every suite in a process of its own and ends in one line: N passed, N failed.
//   npm run test:runtimes -- PATTERN   only the suites whose name contains PATTERN
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { build } from './build.mjs'
import { root, run } from './install.mjs'
import { runFile } from './run-file.mjs'

const folder = `${root}test/runtimes/`
const work = `${root}build/runtimes/`
const pattern = process.argv.slice(2).find(argument => !argument.startsWith('-')) ?? ''

/** The parts of package-lock.json there, when they are missing or older. */
function installParts() {
  const installed = `${folder}node_modules/.package-lock.json`
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${folder}package-lock.json`).mtimeMs)
    return
  console.error('veto: installing the runtimes (once)')
  const flags = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', ...flags], { cwd: folder, stdio: ['ignore', 2, 2] })
  // Where npm does not run the scripts of packages, Bun's program is not in its place yet.
  if (spawnSync(`${folder}node_modules/.bin/bun`, ['--version']).status !== 0)
    run(process.execPath, ['install.js'], { cwd: `${folder}node_modules/bun/`, stdio: ['ignore', 2, 2] })
}

/** Pack what npm would get; the path of the tarball. */
function pack() {
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  run('npm', ['pack', '--silent', `--pack-destination=${work}`], { stdio: ['ignore', 'ignore', 2] })
  return work + readdirSync(work).find(file => file.endsWith('.tgz'))
}

let passed = 0
let failed = 0
function count(result, started) {
  passed += result.passed
  failed += result.failed
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${result.failed ? 'FAILED' : 'ok    '} ${result.name}: ${result.passed} passed, ${seconds} s`)
  if (result.failed) console.log(result.output)
}

await build()
installParts()
process.env.VETO_TARBALL = pack()
if (!pattern) {
  const started = performance.now()
  const tsc = [`${root}node_modules/typescript/bin/tsc`, '-p', `${folder}tsconfig.json`]
  const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: root, encoding: 'utf8' })
  const result = status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  count({ name: 'types (tsc)', output: stdout, ...result }, started)
}
// One after the other: some suites measure, and most have several runtimes at work.
for (const file of readdirSync(folder).filter(file => file.endsWith('.suite.ts') && file.includes(pattern))) {
  const started = performance.now()
  count(await runFile(`test/runtimes/${file}`), started)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed || passed === 0 ? 1 : 0
