// npm test: installs and builds what is missing, checks types and style, runs every test file in a process of its own
// (a few at a time) and ends in one line: N passed, N failed.
//   npm test -- PATTERN   only the test files whose path contains PATTERN, or the one file of that name
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { build } from './build.mjs'
import { root } from './install.mjs'

const pattern = process.argv.slice(2).find(argument => !argument.startsWith('-')) ?? ''

/** Run a program and collect what it prints. */
function collect(program, args) {
  return new Promise(resolve => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', text => {
      output += text
    })
    child.stderr.on('data', text => {
      output += text
    })
    child.on('error', error => resolve({ output: output + error.message, code: 1 }))
    child.on('close', code => resolve({ output, code }))
  })
}

/** A whole program counts as one test: it passes when it exits with 0. */
async function check(name, program, args) {
  const { output, code } = await collect(program, args)
  return { name, output, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
}

/** Run one test file and read uvu's closing lines; a file without them forgot `.run()` or died, and counts as failed. */
async function runFile(file) {
  const { output, code } = await collect(process.execPath, ['--import', 'tsx', file])
  const total = Number(output.match(/Total: +(\d+)\s*$/m)?.[1] ?? Number.NaN)
  const passed = Number(output.match(/Passed: +(\d+)\s*$/m)?.[1] ?? Number.NaN)
  const skipped = Number(output.match(/Skipped: +(\d+)\s*$/m)?.[1] ?? 0)
  if (Number.isNaN(total + passed) || total === 0) {
    return {
      name: file,
      output: `${output}\n${file} ran no test: does it end in test.run()?`,
      passed: 0,
      failed: 1,
    }
  }
  // A skipped test is a promise nobody checks, and an exit code of its own means that the file died after its tests.
  const failed = total - passed + skipped || (code === 0 ? 0 : 1)
  return { name: file, output, passed, failed }
}

const testFiles = statSync(pattern, { throwIfNoEntry: false })?.isFile()
  ? [pattern]
  : readdirSync(`${root}test`, { recursive: true })
      .filter(file => file.endsWith('.test.ts'))
      .map(file => `test/${file}`)
      .filter(file => file.includes(pattern))
      .sort()

await build()
const bin = name => `${root}node_modules/.bin/${name}`
const jobs = [
  ...(pattern
    ? []
    : [
        () => check('types (tsc)', bin('tsc'), ['-p', 'tsconfig.json']),
        () => check('style (biome)', bin('biome'), ['ci', '--colors=off', '.']),
      ]),
  ...testFiles.map(file => () => runFile(file)),
]

let passed = 0
let failed = 0
async function worker() {
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    const started = performance.now()
    const result = await job()
    passed += result.passed
    failed += result.failed
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(
      `${result.failed ? 'FAILED' : 'ok    '} ${result.name}: ${result.passed} passed, ${seconds} s`,
    )
    if (result.failed) console.log(result.output)
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, worker))
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed || passed === 0 ? 1 : 0
