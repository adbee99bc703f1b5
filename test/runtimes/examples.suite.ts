/** The examples for Deno, Bun and Node as a newcomer has them: copied, with the packed tarball beside them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { emptyFolder, installPackage, nodeOf, partBinary, root, run } from './parts.ts'

const folder = emptyFolder('examples')
installPackage(folder)
cpSync(`${root}examples/deno/pipe.ts`, join(folder, 'deno.ts'))
cpSync(`${root}examples/bun/pipe.ts`, join(folder, 'bun.ts'))
for (const file of ['server.js', 'model-file.js']) cpSync(`${root}examples/node/${file}`, join(folder, file))

const lines = readFileSync(`${root}fixtures/requests.ndjson`, 'utf8').trimEnd().split('\n')
const textOf = (some: readonly string[]) => some.map(line => `${line}\n`).join('')
/** What the command writes, which all others are compared with. */
const scored = run(
  nodeOf(20),
  ['node_modules/veto/dist/cli/index.js', 'score', '--quiet'],
  folder,
  textOf(lines),
)
const answers = scored.trimEnd().split('\n')

const pipes = {
  Deno: [partBinary('deno'), 'run', '--allow-read', '--allow-write', 'deno.ts'],
  Bun: [partBinary('bun'), 'bun.ts'],
} as const
type Pipe = keyof typeof pipes
const names = Object.keys(pipes) as Pipe[]

function through(pipe: Pipe, model: string, input: readonly string[]): string {
  const [program, ...args] = pipes[pipe]
  return run(program, [...args, model], folder, textOf(input))
}

function start(
  [program, ...args]: readonly string[],
  environment = {},
): ChildProcess & {
  stdin: NodeJS.WritableStream
  stdout: NodeJS.ReadableStream
} {
  const options = { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...environment } }
  return spawn(program, args, options as never) as never
}

for (const name of names) {
  test(`${name}'s pipe writes what the command writes, and goes on where another stopped`, () => {
    assert.is(through(name, `${name}-whole.veto`, lines), scored)
    const half = lines.length / 2
    const other = names.find(each => each !== name) as Pipe
    const first = through(name, `${name}.veto`, lines.slice(0, half))
    assert.is(first + through(other, `${name}.veto`, lines.slice(half)), scored)
    assert.equal(readFileSync(join(folder, `${name}.veto`)), readFileSync(join(folder, `${name}-whole.veto`)))
  })

  test(`${name}'s pipe answers a record that comes alone, and saves when it is told to end`, async () => {
    const model = `${name}-alone.veto`
    const child = start([...pipes[name], model])
    const replies = createInterface(child.stdout)[Symbol.asyncIterator]()
    for (const [index, line] of lines.slice(0, 20).entries()) {
      child.stdin.write(`${line}\n`)
      assert.is((await replies.next()).value, answers[index])
    }
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    assert.is(code, 0)
    assert.is(through(name, model, lines.slice(20, 40)), textOf(answers.slice(20, 40)))
  })

  test(`${name}'s pipe saves when its reader has seen enough`, async () => {
    const model = `${name}-enough.veto`
    const child = start([...pipes[name], model])
    const exit = once(child, 'exit')
    child.stdin.on('error', () => {})
    // More than all pipes between hold.
    child.stdin.end(textOf(Array(20).fill(lines).flat()))
    await once(child.stdout, 'data')
    ;(child.stdout as unknown as { destroy(): void }).destroy()
    assert.equal(await exit, [0, null])
    assert.ok(readFileSync(join(folder, model)).length > 1000)
  })
}

test("Deno's pipe passes its type checks", () => {
  run(partBinary('deno'), ['check', 'deno.ts'], folder)
})

/** The service on a port of its own. */
async function serve(node: string, model: string) {
  const child = start([node, 'server.js'], { PORT: '0', MODEL: model })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const url = /http:\S+\d/.exec(line)?.[0] as string
  return {
    url,
    said: line,
    post: async (body: string, path = '/') => (await fetch(url + path, { method: 'POST', body })).text(),
    async stop() {
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      assert.is(code, 0)
    },
    child,
  }
}

/** A request whose lines are sent one by one. */
async function opened(url: string) {
  const sent = request(url, { method: 'POST' })
  sent.on('error', () => {})
  sent.flushHeaders()
  const [response] = await once(sent, 'response')
  return { sent, response, replies: createInterface(response)[Symbol.asyncIterator]() }
}

for (const major of [20, 22, 24] as const) {
  test(`Node ${major}'s service answers bodies as the command does, and keeps what it learned`, async () => {
    const model = `node-${major}.veto`
    const first = await serve(nodeOf(major), model)
    assert.is(await first.post(textOf(lines.slice(0, 700))), textOf(answers.slice(0, 700)))
    assert.equal(await (await fetch(first.url)).json(), {
      learned: 700,
      experts: ['prototype', 'frequency', 'rbm'],
    })
    const before = await first.post(textOf(lines.slice(700, 800)), '/?learn=false')
    assert.is(await first.post(textOf(lines.slice(700, 800)), '/?learn=false'), before)
    await first.stop()
    const second = await serve(nodeOf(major), model)
    assert.match(second.said, / 700 records learned/)
    assert.is(await second.post(textOf(lines.slice(700))), textOf(answers.slice(700)))
    await second.stop()
    assert.equal(readFileSync(join(folder, model)), readFileSync(join(folder, 'Deno-whole.veto')))
  })

  test(`Node ${major}'s service answers each line as it comes, and lets requests end before it does`, async () => {
    const service = await serve(nodeOf(major), `node-${major}-open.veto`)
    const { sent, replies } = await opened(service.url)
    for (const [index, line] of lines.slice(0, 10).entries()) {
      sent.write(`${line}\n`)
      assert.is((await replies.next()).value, answers[index])
    }
    const stopped = service.stop()
    sent.end(`${lines[10]}\n`)
    assert.is((await replies.next()).value, answers[10])
    assert.is((await replies.next()).done, true)
    await stopped
    const again = await serve(nodeOf(major), `node-${major}-open.veto`)
    assert.match(again.said, / 11 records learned/)
    await again.stop()
  })

  test(`Node ${major}'s service outlives clients that go away, and says what it does not take`, async () => {
    const service = await serve(nodeOf(major), `node-${major}-away.veto`)
    const { sent, replies } = await opened(service.url)
    sent.write(`${lines[0]}\n{"half":`)
    assert.is((await replies.next()).value, answers[0])
    sent.destroy()
    const long = `{"a":"${'x'.repeat(1 << 17)}"}\n`
    const [first, second] = (await service.post(long + lines[1])).split('\n')
    assert.match(JSON.parse(first).veto.error, /at most 65536 bytes, got 131080 \(maxLine allows more\)/)
    assert.is(second, answers[1])
    const headers = { 'content-type': 'text/csv' }
    const refused = await fetch(service.url, { method: 'POST', body: 'a,b\n', headers })
    assert.is(refused.status, 415)
    assert.match(await refused.text(), /expected NDJSON, got text\/csv/)
    await service.stop()
  })
}

test('the service reads no faster than its client, and answers everything in the end', async () => {
  const service = await serve(nodeOf(24), 'node-slow.veto')
  const { sent, response } = await opened(service.url)
  const block = textOf(lines)
  response.pause()
  let blocks = 0
  // Buffers on the way hold a few megabytes of the answers. Where nothing moves for a second, they are full.
  for (let moves = true; moves && blocks < 500; blocks++)
    moves = sent.write(block) || (await isWithin(1000, once(sent, 'drain')))
  assert.ok(blocks < 500, 'expected the service to stop reading')
  sent.end()
  const answered = await text(response)
  assert.is(answered.split('\n').length - 1, blocks * lines.length)
  await service.stop()
})

/** Is it done within so many milliseconds? */
async function isWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const late = new Promise<boolean>(resolve => setTimeout(resolve, milliseconds, false))
  return Promise.race([work.then(() => true), late])
}

test.run()
