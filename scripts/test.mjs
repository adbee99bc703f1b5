// npm test: installs and builds what is missing, checks types and style, runs every test file in a process of its own
// (a few at a time) and ends in one line: N passed, N failed.
//   npm test -- PATTERN   only the test files whose path contains PATTERN, or the one file of that name
import { readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { build } from './build.mjs'
import { root } from './install.mjs'
import { collect, runFile } from './run-file.mjs'

const pattern = process.argv.slice(2).find(argument => !argument.startsWith('-')) ?? ''

/** A whole program counts as one test: it passes when it exits with 0. */
async function check(name, program, args) {
  const { output, code } = await collect(program, args)
  return { name, output, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
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
