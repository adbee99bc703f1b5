/** Lines from TCP clients: whole, in each client's order, in bounded memory, and nobody harms anybody else. */
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidArgumentError } from 'commander'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { score } from '../../cli/commands/score.ts'
import { exitCodes } from '../../cli/errors.ts'
import { listenAddress } from '../../cli/flag-values.ts'
import { openSource, type Source } from '../../cli/io/source.ts'
import { addressOf, addressText } from '../../cli/io/sources/address.ts'
import { LineJoiner } from '../../cli/io/sources/line-joiner.ts'
import { Random } from '../../pipeline/random.ts'
import { cutAt, cuts, roughBytes } from '../ndjson/bytes.ts'
import { defaults, failure, lines, requests } from './session.ts'
import { noInput } from './sources.ts'
import { fakeProcess } from './surroundings.ts'

const address = { host: '127.0.0.1', port: 0 }

/** A source with clients, of which everything that comes is kept together with who sent it. */
class Listening {
  readonly source: Source
  readonly messages: string[] = []
  readonly #chunks: AsyncGenerator<Uint8Array>
  readonly received: { sender: string | undefined; text: string }[] = []

  constructor(maxLine = 1000) {
    const say = (message: string) => this.messages.push(message)
    this.source = openSource(undefined, noInput, { listen: { address, maxLine }, say })
    this.#chunks = this.source.chunks()
  }

  async client(): Promise<Socket> {
    return connected(await portIn(() => this.messages.join('\n')))
  }

  get text(): string {
    return this.received.map(({ text }) => text).join('')
  }

  /** Read until this many bytes have come in all. */
  async until(length: number): Promise<string> {
    while (this.text.length < length && (await this.next()));
    return this.text
  }

  async next(): Promise<boolean> {
    const { value, done } = await this.#chunks.next()
    if (done) return false
    this.received.push({ sender: this.source.sender, text: Buffer.from(value).toString('latin1') })
    return true
  }

  async close(): Promise<void> {
    this.source.stop()
    while (await this.next());
  }
}

async function portIn(messages: () => string): Promise<number> {
  for (;;) {
    const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(messages()) ?? []
    if (port) return Number(port)
    await sleep(2)
  }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  return socket
}

const sent = (socket: Socket, text: string | Uint8Array) =>
  new Promise<void>(resolve => {
    socket.write(text, () => resolve())
  })

test('lines of many clients are whole, and in order for each of them', async () => {
  const listening = new Listening()
  const random = new Random(1)
  const clients = await Promise.all(
    Array.from({ length: 20 }, async (_, who) => {
      const socket = await listening.client()
      const texts = Array.from({ length: 200 }, (_, line) => `{"who":${who},"line":${line}}\n`).join('')
      return { socket, texts, name: addressText('127.0.0.1', socket.localPort!) }
    }),
  )
  const send = async (socket: Socket, text: string) => {
    for (let start = 0; start < text.length; ) {
      const length = 1 + (random.next() % 300)
      await sent(socket, text.slice(start, start + length))
      start += length
    }
  }
  // Everybody stops in the middle of a line, so that all of them are under way at once.
  const middle = (texts: string) => texts.indexOf('"line":100') + 5
  const first = clients.map(({ socket, texts }) => send(socket, texts.slice(0, middle(texts))))
  const whole = clients.map(({ texts }) => texts.lastIndexOf('\n', middle(texts)) + 1)
  await listening.until(whole.reduce((sum, bytes) => sum + bytes))
  await Promise.all(first)
  const second = clients.map(({ socket, texts }) => send(socket, texts.slice(middle(texts))))
  const total = clients.reduce((bytes, { texts }) => bytes + texts.length, 0)
  await listening.until(total)
  await Promise.all(second)
  for (const { texts, name } of clients) {
    const own = listening.received.filter(({ sender }) => sender === name)
    assert.is(own.map(({ text }) => text).join(''), texts)
  }
  assert.is(listening.source.consumed, total)
  assert.equal(listening.source.positionBefore(10), { name: '127.0.0.1:0', bytes: total - 10 })
  for (const { socket } of clients) socket.destroy()
  await listening.close()
})

test('the last line of a client that goes away ends there, whether it says goodbye or not', async () => {
  const listening = new Listening()
  const polite = await listening.client()
  polite.end('one\nhalf of')
  assert.is(await listening.until(12), 'one\nhalf of\n')
  const rude = await listening.client()
  await sent(rude, 'two\nother half')
  await listening.until(16)
  rude.resetAndDestroy()
  assert.is(await listening.until(27), 'one\nhalf of\ntwo\nother half\n')
  const silent = await listening.client()
  silent.end()
  const last = await listening.client()
  last.end('three\n')
  assert.is((await listening.until(33)).slice(27), 'three\n')
  await listening.close()
})

test('on a stop what has arrived is still given, and the clients are let go', async () => {
  const listening = new Listening()
  const [one, two] = [await listening.client(), await listening.client()]
  let closed = 0
  for (const socket of [one, two]) socket.on('close', () => closed++).resume()
  await sent(one, 'one\n')
  await listening.until(4)
  await sent(one, 'two\nhal')
  await sent(two, 'three\n')
  // Until it has arrived, which nobody here is told.
  await sleep(50)
  await listening.close()
  assert.equal(listening.text.split('\n').sort(), ['', 'hal', 'one', 'three', 'two'])
  while (closed < 2) await sleep(2)
  const refused = await failureOf(listening.client())
  assert.match(refused, /ECONNREFUSED/)
})

const failureOf = (promise: Promise<unknown>) => promise.then(String, String)

test('an endless line is cut, and keeps nobody else waiting', async () => {
  const listening = new Listening(1000)
  const endless = await listening.client()
  const other = await listening.client()
  const reading = listening.until(1003 + 6)
  for (let count = 0; count < 50; count++) await sent(endless, Buffer.alloc(100_000, 'x'))
  await sent(other, 'other\n')
  endless.end('\n')
  await reading
  // Two bytes more than the limit, so that whoever reads it sees that it is too long.
  assert.equal(
    listening.text
      .split('\n')
      .map(({ length }) => length)
      .sort((a, b) => a - b),
    [0, 5, 1002],
  )
  await listening.close()
})

test('lines without an end hold a bounded amount of memory, however many clients send them', async () => {
  const listening = new Listening(24 << 20)
  const clients = await Promise.all([1, 2, 3].map(() => listening.client()))
  const reading = listening.until(1)
  for (const socket of clients) socket.write(Buffer.alloc(22 << 20, 'x'))
  await reading
  // 32 MB and one longest line are allowed; of 66 MB one line had to go, as far as it had come.
  assert.match(
    listening.messages.join('\n'),
    /closing 127\.0\.0\.1:\d+: lines without an end hold more than 32 MB/,
  )
  for (const socket of clients) socket.destroy()
  await listening.close()
})

test('a slow consumer slows its clients down, and memory stays where it is', async () => {
  const listening = new Listening()
  const clients = await Promise.all(Array.from({ length: 8 }, () => listening.client()))
  const line = `${'y'.repeat(999)}\n`
  const block = line.repeat(1000)
  let taken = 0
  const before = process.memoryUsage()
  for (const socket of clients)
    for (let count = 0; count < 10; count++)
      socket.write(block, () => {
        taken++
      })
  const all = clients.length * 10 * block.length
  await sleep(200)
  // The consumer has not begun. Of 80 blocks of 1 MB, the sockets of the system hold a few, and ours next to nothing.
  const stalled = taken
  assert.ok(stalled < 60, `${stalled} blocks taken`)
  let bytes = 0
  while (bytes < all) {
    listening.received.length = 0
    assert.ok(await listening.next())
    bytes += listening.text.length
    assert.is(listening.text.length <= 1 << 16, true)
  }
  assert.is(bytes, all)
  const { rss } = process.memoryUsage()
  assert.ok(rss - before.rss < 200 << 20)
  for (const socket of clients) socket.destroy()
  await listening.close()
})

test('a port that is taken is an error with the reason', async () => {
  const listening = new Listening()
  const client = await listening.client()
  const port = client.remotePort!
  const second = openSource(undefined, noInput, { listen: { address: { ...address, port }, maxLine: 10 } })
  const error = await failure(second.chunks().next())
  assert.is(error.exitCode, exitCodes.input)
  assert.is(
    error.message,
    `cannot listen on 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
  )
  client.destroy()
  await listening.close()
})

test('however the bytes of a client are cut, its lines are the same, and long ones are cut to the limit', () => {
  fc.assert(
    fc.property(roughBytes, cuts, fc.integer({ min: 1, max: 80 }), (bytes, positions, limit) => {
      const joiner = new LineJoiner(limit)
      const parts = cutAt(bytes, positions).map(part => Buffer.from(joiner.push(part)))
      for (const part of parts) assert.ok(part.length === 0 || part.at(-1) === 10)
      assert.ok(joiner.held <= limit + 2)
      const text = Buffer.concat([...parts, joiner.end()]).toString('latin1')
      const expected = bytes.toString('latin1').split('\n')
      if (expected.at(-1) === '') expected.pop()
      const got = text.split('\n')
      assert.is(got.pop(), '')
      assert.is(got.length, expected.length)
      for (const [index, line] of got.entries()) {
        if (line.length <= limit) assert.is(line, expected[index])
        else assert.ok(expected[index].startsWith(line) && expected[index].length > limit)
      }
      assert.is(joiner.held, 0)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('addresses: a port, a host before it, brackets around IPv6', () => {
  assert.equal(addressOf('9000'), { host: '127.0.0.1', port: 9000 })
  assert.equal(addressOf('0.0.0.0:0'), { host: '0.0.0.0', port: 0 })
  assert.equal(addressOf('logs.example.org:65535'), { host: 'logs.example.org', port: 65535 })
  assert.equal(addressOf('[::1]:9000'), { host: '::1', port: 9000 })
  assert.is(addressText('::1', 9000), '[::1]:9000')
  for (const text of ['', 'x', ':9000', '65536', '1:2:3', '::1:9000', '-1', '9000 ', 'host:']) {
    assert.is(addressOf(text), undefined, text)
    assert.throws(
      () => listenAddress(text),
      (error: Error) => error instanceof InvalidArgumentError,
    )
  }
})

test('a command that listens scores what comes; a broken line is counted, with who sent it', async () => {
  const surroundings = fakeProcess()
  const running = score(undefined, { ...defaults, listen: address }, surroundings)
  const port = await portIn(() => surroundings.stderr.text)
  const client = await connected(port)
  client.end(requests)
  const scored = async (count: number) => {
    while (surroundings.stdout.text.split('\n').length <= count) await sleep(2)
  }
  await scored(1500)
  const broken = await connected(port)
  const name = `127.0.0.1:${broken.localPort}`
  await sent(broken, `{"a":\n${lines[0]}\n{"half`)
  await scored(1501)
  broken.resetAndDestroy()
  while (!surroundings.stderr.text.includes('{"half')) await sleep(2)
  surroundings.signal('SIGINT')
  assert.is(await running, exitCodes.SIGINT)
  const { text } = surroundings.stderr
  assert.ok(text.includes(`line 1501 from ${name}: expected a JSON object, got broken JSON`), text)
  assert.ok(text.includes(`line 1503 from ${name}: expected a JSON object, got broken JSON`), text)
  assert.match(text, /1,501 records, .* 2 rejected lines/)
  const whole = fakeProcess(`${requests}${lines[0]}\n`)
  await score(undefined, defaults, whole)
  assert.is(surroundings.stdout.text, whole.stdout.text)
})

test('what makes no sense with --listen is refused', async () => {
  const refusals: [string | undefined, object, RegExp][] = [
    ['records.ndjson', {}, /expected --listen or a file, got both/],
    [undefined, { follow: true }, /--listen or --follow/],
    [undefined, { format: 'csv' }, /expected NDJSON with --listen, got CSV/],
  ]
  for (const [file, flags, message] of refusals) {
    const error = await failure(score(file, { ...defaults, listen: address, ...flags }, fakeProcess()))
    assert.is(error.exitCode, exitCodes.usage)
    assert.match(error.message, message)
  }
})

test.run()
