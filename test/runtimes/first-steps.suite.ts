/**
 * The first steps of docs/runtimes.md, in an empty folder for each runtime, with the commands that stand there. Files are
 * blocks with a name behind their language; commands are `sh` blocks with a runtime behind it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { chromium as engine } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { edgeRuntimeOf } from './hosts/edge.ts'
import { chromium, chromiumFlags, emptyFolder, partBinary, root, tarball } from './parts.ts'

/** Code by what stands behind the language: the name of a file, or of a runtime. */
const blocks = new Map(
  [...readFileSync(`${root}docs/runtimes.md`, 'utf8').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```\n/gm)].map(
    ([, name, code]) => [name, code],
  ),
)

function blockOf(name: string): string {
  const code = blocks.get(name)
  if (code === undefined) throw new Error(`docs/runtimes.md has no block ${name}`)
  return code
}

const LINE = 'true load 90 expected 22'
const RECORD = '{"load":90,"host":"web-1"}'

interface Context {
  readonly folder: string
  readonly port: number
  readonly servers: ChildProcess[]
}

const test = suite<Context>('first steps')
test.before.each(async context => {
  Object.assign(context, { folder: emptyFolder('first-steps'), port: await freePort(), servers: [] })
})
test.after.each(({ folder, servers }) => {
  // A server that npx has started is a grandchild: its whole group ends.
  for (const { pid } of servers) if (pid) process.kill(-pid)
  rmSync(folder, { recursive: true, force: true })
})

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise(resolve =>
    server.listen(0, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    }),
  )
}

function writeFiles(folder: string, ...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), blockOf(name))
  }
}

/** Resolves with what a command prints when it ends; a server's when it has said where it listens. */
function command(line: string, { folder, port, servers }: Context): Promise<string> {
  const isServer = / (dev |--serve=)/.test(line)
  const path = [dirname(partBinary('deno')), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH: path, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' }
  const child = spawn('bash', ['-c', line], { cwd: folder, env, detached: isServer })
  if (isServer) servers.push(child)
  let output = ''
  return new Promise((resolve, reject) => {
    const read = (text: Buffer) => {
      output += text
      if (isServer && output.includes(`:${port}`)) resolve(output)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', reject)
    child.on('close', code =>
      code === 0 ? resolve(output) : reject(new Error(`${line} ended with ${code}: ${output}`)),
    )
  })
}

/** Run the commands of a runtime, but for those that `without` matches; what the last one printed. */
async function commands(runtime: string, context: Context, without = /^$/): Promise<string> {
  const lines = blockOf(runtime)
    .replaceAll('TARBALL', tarball())
    .replaceAll('PORT', String(context.port))
    .trim()
  let output = ''
  for (const line of lines.split('\n')) if (!without.test(line)) output = await command(line, context)
  return output
}

for (const runtime of ['node', 'deno', 'bun']) {
  test(runtime, async context => {
    writeFiles(context.folder, 'detect.mjs')
    assert.is((await commands(runtime, context)).trim(), LINE)
  })
}

test('worker', async context => {
  writeFiles(context.folder, 'worker.js')
  assert.match(await commands('worker', context), '{"load":90,"host":"web-1","veto":{"score":null,')
})

test('edge, by the bundle that the platform would make: its own command needs an account', async context => {
  const { folder } = context
  writeFiles(folder, 'api/score.js')
  await commands('edge', context, /vercel/)
  const contents = `import handle from './api/score.js'
  addEventListener('fetch', event => event.respondWith(handle(event.request)))`
  const runtime = await edgeRuntimeOf({ stdin: { contents, resolveDir: folder } })
  const response = await runtime.dispatchFetch('http://edge/', { method: 'POST', body: RECORD })
  assert.match(await response.text(), '{"load":90,"host":"web-1","veto":{"score":null,')
})

test('browser', async context => {
  writeFiles(context.folder, 'detect.mjs', 'index.html')
  await commands('browser', context)
  const browser = await engine.launch({ executablePath: chromium(), args: [...chromiumFlags] })
  const page = await browser.newPage()
  const line = page.waitForEvent('console')
  await page.goto(`http://localhost:${context.port}/`)
  assert.is((await line).text(), LINE)
  await browser.close()
})

test.run()
