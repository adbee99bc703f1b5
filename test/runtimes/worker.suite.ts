/**
 * The Worker of examples/worker/ in workerd, bundled as wrangler does it: restarted, killed, refused and repeated, it
 * answers as a detector does that saw the same records in one go.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answerLine, errorLine, linesOf } from '../../examples/worker/records.ts'
import { Detector } from '../../pipeline/index.ts'
import { bundle, emptyFolder, installPackage, root } from './parts.ts'
import { mixedRecords } from './shared/records.ts'

const folder = emptyFolder('worker')
const storage = join(folder, 'storage')
const script = join(folder, 'dist', 'worker.js')

/** Install the package into a copy of the example and bundle that. */
async function prepare(): Promise<void> {
  for (const file of ['worker.ts', 'detector-object.ts', 'journal.ts', 'records.ts'])
    cpSync(`${root}examples/worker/${file}`, join(folder, file))
  installPackage(folder)
  await bundle({
    entryPoints: [join(folder, 'worker.ts')],
    outfile: script,
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:workers'],
    loader: { '.wasm': 'copy' },
  })
  mkdirSync(storage)
}

/** The Worker in a process group of its own. */
class Service {
  #process: ChildProcess | null = null
  #url = ''

  async start(): Promise<void> {
    const program = fileURLToPath(new URL('worker-process.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', program, script, storage], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#process = child
    for await (const line of createInterface(child.stdout)) {
      this.#url = line
      return
    }
    throw new Error('Expected the address of the Worker, got nothing.')
  }

  /** End in order, or with `SIGKILL`: workerd and miniflare at once. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process
    if (!child?.pid) return
    const ended = once(child, 'exit')
    if (signal === 'SIGKILL') process.kill(-child.pid, signal)
    else child.kill(signal)
    this.#process = null
    await ended
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(new URL(path, this.#url), init)
  }

  async score(name: string, body: string, key?: string): Promise<string> {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
    const response = await this.fetch(`/score/${name}`, { method: 'POST', body, headers })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${response.status}: ${text}`)
    return text
  }

  async health(name: string): Promise<{ learned: number; journal: number; snapshot: string | null }> {
    return (await this.fetch(`/health/${name}`)).json()
  }

  async model(name: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.fetch(`/model/${name}`)).arrayBuffer())
  }
}

/** What the Worker answers to a body when its detector is this one. */
function answers(detector: Detector, body: string): string {
  return linesOf(body)
    .map(line =>
      'error' in line ? errorLine(line.error) : answerLine(line.text, detector.observe(line.record)),
    )
    .join('')
}

/** Bodies of so many records each. */
function bodies(count: number, records: number, seed: number): string[] {
  const lines = [...mixedRecords(count * records, seed)].map(record => JSON.stringify(record))
  return Array.from({ length: count }, (_, n) => lines.slice(n * records, (n + 1) * records).join('\n'))
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

const service = new Service()
process.on('exit', () => void service.end('SIGKILL'))

test.before(async () => {
  await prepare()
  await service.start()
})

test.after(async () => {
  await service.end('SIGTERM')
  rmSync(folder, { recursive: true })
})

/** A client that sends its requests one after the other, each when the one before is answered. */
class Client {
  readonly name: string
  readonly detector = new Detector()
  readonly #bodies: readonly string[]
  #sent = 0

  constructor(name: string, bodies: readonly string[]) {
    this.name = name
    this.#bodies = bodies
  }

  get left(): number {
    return this.#bodies.length - this.#sent
  }

  /** Send the next request, in its turn or again: its name is its number. */
  async send(): Promise<void> {
    const body = this.#bodies[this.#sent]
    const answer = await service.score(this.name, body, `${this.name} ${this.#sent}`)
    this.#sent++
    assert.is(answer, answers(this.detector, body), `${this.name}, request ${this.#sent}`)
  }

  /** All answered records are there, and those of an unanswered request all or none. */
  async check(): Promise<void> {
    const { learned } = await service.health(this.name)
    const without = this.detector.learned
    const next = this.#bodies[this.#sent]
    const withNext = without + (next ? linesOf(next).length : 0)
    assert.ok(learned === without || learned === withNext, `${learned} learned, answered are ${without}`)
  }
}

test('10,000 requests with a restart and three kills among them: nothing lost, scores and models to the bit', async () => {
  const clients = Array.from({ length: 4 }, (_, n) => new Client(`client-${n}`, bodies(2500, 1, n)))
  const sendUntil = (left: number) =>
    Promise.all(
      clients.map(async client => {
        while (client.left > left) await client.send()
      }),
    )
  await sendUntil(1500)
  await service.end('SIGTERM')
  await service.start()
  for (const left of [1100, 720, 333]) {
    const killed = sendUntil(0).then(
      () => assert.unreachable('killed in the middle of requests'),
      () => {},
    )
    while (clients[0].left > left) await new Promise(resolve => setTimeout(resolve, 1))
    await service.end('SIGKILL')
    await killed
    await service.start()
    for (const client of clients) await client.check()
  }
  await sendUntil(0)
  for (const { name, detector } of clients) {
    const { learned, journal, snapshot } = await service.health(name)
    assert.is(learned, detector.learned)
    assert.ok(snapshot !== null && journal < 2500, 'snapshots are taken')
    assert.ok(sameBytes(await service.model(name), detector.save()), `the model of ${name}`)
    detector.release()
  }
})

test('after a kill, a request of many records is there as a whole or not at all', async () => {
  const client = new Client('batches', bodies(60, 50, 10))
  let unanswered = 0
  for (let kill = 0; kill < 4; kill++) {
    for (let n = 0; n < 10; n++) await client.send()
    const last = client.send().catch(() => unanswered++)
    await new Promise(resolve => setTimeout(resolve, 2 * kill))
    await service.end('SIGKILL')
    await last
    await service.start()
    await client.check()
  }
  assert.ok(unanswered > 0, 'a kill came before the answer')
  while (client.left > 0) await client.send()
  assert.ok(sameBytes(await service.model('batches'), client.detector.save()))
  client.detector.release()
})

test.run()
