/** The demo runs to its end, finds what it says, and the README shows what it prints. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('..', import.meta.url))
const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'examples/demo.ts'], {
  cwd: root,
  encoding: 'utf8',
})

test('the demo ends well', () => assert.is(status, 0))

test('most corrupted records are found: learning broke if not', () => {
  const [, found, all] = /^(\d+) of (\d+) corrupted records were found/m.exec(stdout) ?? []
  assert.is(Number(all), 12)
  assert.ok(Number(found) >= 6, `${found} of ${all} found`)
})

test('the README shows lines that the demo prints', () => {
  const [, shown] =
    /From\s+its output:\n\n```text\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, 'utf8')) ?? []
  assert.ok(shown?.includes('corrupted records were found'))
  const printed = new Set(stdout.split('\n').map(withoutTimes))
  for (const line of shown.split('\n'))
    assert.ok(printed.has(withoutTimes(line)), `the demo does not print: ${line}`)
})

/** A line without how long the run took, which differs from run to run. */
function withoutTimes(line: string): string {
  return line.replace(/ \([\d.]+ s, [\d,]+ records\/s\)/, '')
}

test.run()
