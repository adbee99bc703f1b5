/**
 * The Worker of examples/worker/ in workerd, bundled as wrangler does it: restarted, killed, refused and repeated, it
 * answers as a detector does that saw the same records in one go.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector, respond } from '../../pipeline/index.ts'
import { bundle, emptyFolder, installPackage, root } from './parts.ts'
import { keyedRecords, mixedRecords, movingRecords } from './shared/records.ts'

const folder = emptyFolder('worker')
const storage = join(folder, 'storage')
const script = join(folder, 'dist', 'worker.js')

/** Install the package into a copy of the example and bundle that. */
async function prepare(): Promise<void> {
  for (const file of ['worker.ts', 'detector-object.ts', 'journal.ts'])
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

/** As in examples/worker/detector-object.ts. */
interface Health {
  readonly learned: number
  readonly journal: number
  readonly snapshot: string | null
  readonly memory: number
}

/** The Worker in a process group of its own. */
class Service {
  #process: ChildProcess | null = null
  #url = ''
  /** When it was last asked. */
  #used = 0

  async start(): Promise<void> {
    const program = fileURLToPath(new URL('worker-process.mjs', import.meta.url))
    const child = spawn(process.execPath, [program, script, storage], {
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

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    // After seconds of work in here the other side has closed the connection: that has to be noticed first.
    if (performance.now() - this.#used > 1000) await pause(20)
    this.#used = performance.now()
    return fetch(new URL(path, this.#url), init)
  }

  async score(name: string, body: string, key?: string): Promise<string> {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
    const response = await this.fetch(`/score/${name}`, { method: 'POST', body, headers })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${response.status}: ${text}`)
    return text
  }

  async health(name: string): Promise<Health> {
    return (await this.fetch(`/health/${name}`)).json()
  }

  async model(name: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.fetch(`/model/${name}`)).arrayBuffer())
  }
}

/** What the Worker answers to a body when its detector is this one. */
const answers = (detector: Detector, body: string): Promise<string> =>
  respond(detector, new Response(body)).text()

/** Bodies of so many records each. */
function bodies(count: number, records: number, seed: number, stream = mixedRecords): string[] {
  const lines = [...stream(count * records, seed)].map(record => JSON.stringify(record))
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
    assert.is(answer, await answers(this.detector, body), `${this.name}, request ${this.#sent}`)
  }

  /** All answered records are there, and those of an unanswered request all or none. */
  async check(): Promise<void> {
    const { learned } = await service.health(this.name)
    const without = this.detector.learned
    const next = this.#bodies[this.#sent]
    const withNext = without + (next ? next.split('\n').length : 0)
    assert.ok(learned === without || learned === withNext, `${learned} learned, answered are ${without}`)
  }
}

test('10,000 requests with a restart and two kills among them: nothing lost, scores and models to the bit', async () => {
  const streams = [mixedRecords, movingRecords, keyedRecords, movingRecords]
  const clients = streams.map((stream, n) => new Client(`client-${n}`, bodies(2500, 1, n, stream)))
  const sendUntil = (left: number) =>
    Promise.all(
      clients.map(async client => {
        while (client.left > left) await client.send()
      }),
    )
  await sendUntil(1500)
  await service.end('SIGTERM')
  await service.start()
  for (const left of [1100, 500]) {
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
  const client = new Client('batches', bodies(45, 30, 10))
  let unanswered = 0
  for (let kill = 0; kill < 3; kill++) {
    for (let n = 0; n < 10; n++) await client.send()
    const last = client.send().catch(() => unanswered++)
    await new Promise(resolve => setTimeout(resolve, 3 * kill))
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

test('a request that is repeated under its name gets the same answer, and is learned once', async () => {
  const [first, second] = bodies(2, 100, 20)
  const answer = await service.score('repeated', first, 'one')
  assert.is(await service.score('repeated', first, 'one'), answer)
  const both = await Promise.all([1, 2].map(() => service.score('repeated', second, 'two')))
  assert.is(both[0], both[1])
  assert.is((await service.health('repeated')).learned, 200)
  await service.end('SIGTERM')
  await service.start()
  assert.is(await service.score('repeated', first, 'one'), answer)
  assert.is((await service.health('repeated')).learned, 200)
})

test('an answer of several megabytes is kept whole', async () => {
  // Texts of many bytes a character, so that pieces end within characters.
  const body = JSON.stringify({ text: '🙂é'.repeat(100_000) })
  const long = await service.score('long', body, 'long')
  assert.ok(long.startsWith('{"text":"🙂é'))
  assert.is(await service.score('long', body, 'long'), long)
})

test('a body that comes slowly lets others by, and they do not mix', async () => {
  const [slow, fast] = bodies(2, 200, 21)
  const half = slow.length >> 1
  let send = (_text: string, _isLast: boolean): void => {}
  const body = new ReadableStream({
    start(controller) {
      send = (text, isLast) => {
        controller.enqueue(new TextEncoder().encode(text))
        if (isLast) controller.close()
      }
    },
  })
  const request: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
  const slowAnswer = service.fetch('/score/slow', request).then(response => response.text())
  send(slow.slice(0, half), false)
  const fastAnswer = await service.score('slow', fast)
  send(slow.slice(half), true)
  const detector = new Detector()
  assert.is(fastAnswer, await answers(detector, fast))
  assert.is(await slowAnswer, await answers(detector, slow))
  detector.release()
})

test('requests at the same time are learned in some order, each as a whole', async () => {
  // Longer than what is answered in one piece.
  const [first, ...others] = bodies(6, 250, 22)
  const detector = new Detector()
  assert.is(await service.score('crowd', first), await answers(detector, first))
  const left = new Map(
    await Promise.all(others.map(async body => [body, await service.score('crowd', body)] as const)),
  )
  const model = await service.model('crowd')
  while (left.size > 0) {
    const next = await nextOf(left, detector)
    assert.ok(next, 'a request that was learned next')
    await answers(detector, next)
    left.delete(next)
  }
  assert.ok(sameBytes(model, detector.save()))
  detector.release()
})

/** Which of these requests got the answers that the detector would give now? */
async function nextOf(
  answered: ReadonlyMap<string, string>,
  detector: Detector,
): Promise<string | undefined> {
  const now = detector.save()
  for (const [body, answer] of answered) {
    const trial = Detector.load(now)
    const same = (await answers(trial, body)) === answer
    trial.release()
    if (same) return body
  }
}

test('lines that are no records are answered in their place', async () => {
  const body = '{"a":1}\n{"a":\n\n[1]\n{"a":2}'
  const lines = (await service.score('broken', body))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(
    lines.map(({ a }) => a),
    [1, undefined, undefined, 2],
  )
  assert.match(lines[1].veto.error, 'expected a JSON object')
  assert.is(lines[2].veto.line, 4)
  assert.is((await service.health('broken')).learned, 2)
  assert.is(await service.score('broken', ''), '')
})

test('one object, over several lines, is answered by one object', async () => {
  const response = await service.fetch('/score/one', {
    method: 'POST',
    body: JSON.stringify({ load: 3, host: 'web' }, null, 2),
    headers: { 'content-type': 'application/json' },
  })
  assert.is(response.headers.get('content-type'), 'application/json')
  assert.equal(await response.json(), {
    load: 3,
    host: 'web',
    veto: { score: null, p: null, anomaly: null, why: [] },
  })
})

test('what is too large, or asked for elsewhere, is refused', async () => {
  const statusOf = async (path: string, init?: RequestInit) => (await service.fetch(path, init)).status
  const post = (body: BodyInit, headers = {}): RequestInit => ({ method: 'POST', body, headers })
  assert.is(
    await statusOf('/score/large', post(Uint8Array.of(...new TextEncoder().encode('{"a":"'), 0xff, 34, 125))),
    400,
  )
  assert.is(await statusOf('/score/large', post(`{"a":"${'a'.repeat(1 << 20)}"}`)), 413)
  assert.is(await statusOf('/score/large', post('{"a":1}\n'.repeat(2001))), 413)
  assert.is(await statusOf('/score/large', post('{"a":1}', { 'idempotency-key': 'k'.repeat(201) })), 400)
  assert.is((await service.health('large')).learned, 0)
  assert.is(await statusOf('/score/large', post('{"a":1}\n'.repeat(2000))), 200)
  // A name of nothing names no request: both are learned.
  for (const _ of [1, 2]) await service.fetch('/score/large', post('{"a":1}', { 'idempotency-key': '' }))
  assert.is((await service.health('large')).learned, 2002)
  assert.is(await statusOf('/score/large'), 405)
  assert.is(await statusOf('/model/large', post('')), 405)
  for (const path of [
    '/',
    '/score',
    '/score/',
    '/score/a/b',
    '/score/%20',
    `/score/${'a'.repeat(65)}`,
    '/toString/a',
  ])
    assert.is(await statusOf(path), 404, path)
})

/** A body of records with so many fields. */
const wide = (fields: number, value: (field: number, record: number) => unknown): string =>
  Array.from({ length: 20 }, (_, record) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: fields }, (_, n) => [`x${n}`, value(n, record)]))),
  ).join('\n')

test('models that do not fit into memory together give way to each other', async () => {
  const body = wide(900, (field, record) => (field * record) % 97)
  const detector = new Detector()
  const expected = [await answers(detector, body), await answers(detector, body)]
  for (const turn of [0, 1]) {
    for (let n = 0; n < 7; n++) assert.ok((await service.score(`wide-${n}`, body)) === expected[turn])
  }
  const { memory } = await service.health('wide-0')
  assert.ok(memory <= 48 * 2 ** 20, `${memory} bytes of memory`)
  detector.release()
})

test('what does not fit into memory by itself is refused and not learned, and others go on', async () => {
  // Each text takes a layer of its own over all tokens: half a megabyte.
  const texts = wide(150, (field, record) => `${'word '.repeat(5)} a${record} b${field} c${record * field}`)
  const response = await service.fetch('/score/texts', { method: 'POST', body: texts })
  assert.is(response.status, 507)
  assert.match((await response.json()).error, 'memory')
  assert.is((await service.health('texts')).learned, 0)
  assert.match(await service.score('one', '{"load":4,"host":"web"}'), '"veto"')
})

test.run()
