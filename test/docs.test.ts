/**
 * Executes every code block of README.md, docs/*.md and docs/experts/*.md, so that the documentation is true at every commit.
 *
 * `ts` blocks run with the package itself as `veto`; `sh` blocks run in bash with `veto` on the PATH, all of one
 * document in one temporary folder that holds `fixtures/`. A `text` or `json` block right after one is its exact output.
 * Blocks of other languages (`text` alone, `json` alone) are not run.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
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
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Block {
  readonly line: number
  readonly language: string
  readonly code: string
  readonly output: string | undefined
}

/** Commands that a test cannot run inside itself; continuous integration runs each of them as a newcomer would. */
const notHere = /^(npm (start|test|ci|install|run|i)\b|git clone|cd )/

/** The fenced blocks of a Markdown text, each with the output block that follows it at once. */
export function blocksOf(markdown: string): Block[] {
  const fence = /^```(\w+)\n([\s\S]*?)^```\n/gm
  const found = [...markdown.matchAll(fence)].map(match => ({
    start: match.index,
    end: match.index + match[0].length,
    language: match[1] as string,
    code: match[2] as string,
  }))
  return found.map(({ start, end, language, code }) => {
    const next = found.find(block => block.start >= end && markdown.slice(end, block.start).trim() === '')
    const isOutput = next && (next.language === 'text' || next.language === 'json')
    const line = markdown.slice(0, start).split('\n').length
    return { line, language, code, output: isOutput ? next.code : undefined }
  })
}

/** A folder with `fixtures`, a `veto` command and a package `veto`, as a user of the package has them. */
function workplace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'veto-docs-'))
  mkdirSync(join(folder, 'bin'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/veto'))
  symlinkSync(join(root, 'node_modules/rxjs'), join(folder, 'node_modules/rxjs'))
  symlinkSync(join(root, 'fixtures'), join(folder, 'fixtures'))
  const veto = join(folder, 'bin/veto')
  writeFileSync(veto, `#!/bin/sh\nexec "${process.execPath}" "${root}dist/cli/index.js" "$@"\n`)
  chmodSync(veto, 0o755)
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return folder
}

function execute(block: Block, folder: string) {
  const environment = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, NODE_OPTIONS: '' }
  const options = { cwd: folder, env: environment, encoding: 'utf8', timeout: 120_000 } as const
  if (block.language === 'sh') {
    const commands = block.code.split('\n').filter(command => !notHere.test(command))
    return spawnSync('bash', ['-euo', 'pipefail', '-c', commands.join('\n')], options)
  }
  const file = join(folder, `block-${block.line}.mts`)
  writeFileSync(file, block.code)
  return spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), file], options)
}

const documents = [
  'README.md',
  ...['docs', 'docs/experts']
    .filter(folder => existsSync(join(root, folder)))
    .flatMap(folder => readdirSync(join(root, folder)).map(file => `${folder}/${file}`))
    .filter(file => file.endsWith('.md')),
]

for (const document of documents.filter(file => existsSync(join(root, file)))) {
  const test = suite(document)
  const runnable = blocksOf(readFileSync(join(root, document), 'utf8')).filter(
    ({ language }) => language === 'ts' || language === 'sh',
  )
  let folder = ''
  test.before(() => {
    folder = workplace()
  })
  test.after(() => rmSync(folder, { recursive: true }))
  for (const block of runnable) {
    test(`${document}:${block.line}`, () => {
      const { status, stdout, stderr } = execute(block, folder)
      assert.is(status, 0, `${document}:${block.line} ended with ${status}\n${stdout}${stderr}`)
      if (block.output !== undefined) assert.fixture(stdout, block.output)
    })
  }
  if (document === 'README.md') {
    test('the README has blocks to run', () => assert.ok(runnable.length > 0))
  }
  test.run()
}
