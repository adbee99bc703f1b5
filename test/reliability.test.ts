/** docs/reliability.md names tests and commands; this looks whether they are there. What they measure, they say themselves. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(root + file, 'utf8')
const text = read('docs/reliability.md')
const promises = text.split('\n').filter(line => /^\| [a-z0-9]/.test(line) && !line.startsWith('| promise'))

test('every promise is kept by something', () => {
  assert.ok(promises.length > 10)
  for (const promise of promises) assert.match(promise, /`(test\/\S+\.test\.ts|npm run [a-z:]+)/, promise)
})

test('every test that is named exists, in its file', () => {
  const files = [...text.matchAll(/`(test\/\S+\.test\.ts)`((?::|,) "[^"]+")*/g)]
  assert.ok(files.length > 10)
  for (const [named, file] of files) {
    assert.ok(existsSync(root + file), `${file} is named and does not exist`)
    const source = read(file)
    // Titles with a variable in them are found by what follows it.
    const has = (title: string) =>
      source.includes(title) || source.includes(title.replace(/^SIG(TERM|INT)/, '$' + '{signal}'))
    for (const [, title] of named.matchAll(/"([^"]+)"/g))
      assert.ok(has(title), `${file} has no test "${title}"`)
  }
})

test('every command that is named exists, with its topics and parts', () => {
  const { scripts } = JSON.parse(read('package.json'))
  const known: Readonly<Record<string, RegExp>> = {
    'acceptance -- ': /^ {2}(\w+): \{ measure/gm,
    'torture -- --only ': /'(\w+)'/g,
  }
  const sources: Readonly<Record<string, string>> = {
    'acceptance -- ': read('bench/acceptance/index.ts'),
    'torture -- --only ': /const parts = \[.*?\]/.exec(read('bench/torture/index.ts'))?.[0] ?? '',
  }
  for (const [, script, rest] of text.matchAll(/npm run ([a-z:]+)([^`]*)`/g)) {
    assert.ok(Object.hasOwn(scripts, script), `package.json has no script ${script}`)
    for (const [command, pattern] of Object.entries(known)) {
      if (!(script + rest).startsWith(command)) continue
      const names = [...sources[command].matchAll(pattern)].map(([, name]) => name)
      const name = (script + rest).slice(command.length).trim()
      assert.ok(names.includes(name), `npm run ${script + rest}: expected one of ${names.join(', ')}`)
    }
  }
})

test.run()
