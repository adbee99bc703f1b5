import { Readable, Writable } from 'node:stream'
import { map } from 'rxjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry } from '../../cli/io/entry.ts'
import { type Flow, run } from '../../cli/io/flow.ts'
import { readerFor } from '../../cli/io/format.ts'
import { Report } from '../../cli/io/report.ts'
import { Sink } from '../../cli/io/sink.ts'
import { openSource } from '../../cli/io/source.ts'

const tick = () => new Promise(resolve => setImmediate(resolve))

/** A stream whose reader takes a text only when told to. */
function slowReader(highWaterMark = 1) {
  const taken: string[] = []
  let release: (() => void) | undefined
  const stream = new Writable({
    highWaterMark,
    write(chunk, _, done) {
      release = () => {
        taken.push(String(chunk))
        release = undefined
        done()
      }
    },
  })
  return { stream, taken, take: () => release?.() }
}

function flowOf(
  chunks: AsyncGenerator<Uint8Array>,
  output: Sink,
  answer = (entry: Entry) => `${entry.text}\n`,
): Flow {
  return {
    source: { chunks: () => chunks, stopped: false },
    reader: intake => readerFor('ndjson', intake, { limit: 1000 }),
    report: new Report(() => {}),
    header: () => '',
    operator: map(answer),
    output,
    messages: { ready: async () => {} },
    progress: () => {},
  }
}

test('no chunk is pulled before the output of the last one is taken', async () => {
  const { stream, taken, take } = slowReader()
  let pulled = 0
  async function* chunks() {
    for (let index = 0; index < 20; index++) {
      pulled++
      yield Buffer.from(`{"n":${2 * index}}\n{"n":${2 * index + 1}}\n`)
    }
  }
  let done = false
  const running = run(flowOf(chunks(), new Sink(stream))).then(() => {
    done = true
  })
  while (!done) {
    for (let index = 0; index < 10; index++) await tick()
    // One chunk is being written and none is waiting behind it.
    assert.ok(pulled - taken.length <= 1, `${pulled} chunks pulled, ${taken.length} taken`)
    take()
  }
  await running
  // One text a chunk, one line a record, in order.
  assert.is(taken.length, 20)
  assert.equal(
    taken.join('').trim().split('\n'),
    Array.from({ length: 40 }, (_, index) => `{"n":${index}}`),
  )
})

test('a record leaves before the next one arrives, also one in two pieces and one without a newline', async () => {
  const written: string[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk))
      done()
    },
  })
  async function* chunks() {
    yield Buffer.from('{"n":1}\n{"n"')
    assert.equal(written, ['{"n":1}\n'])
    yield Buffer.from(':2}\n')
    assert.equal(written.at(-1), '{"n":2}\n')
    yield Buffer.from('{"n":3}')
  }
  await run(flowOf(chunks(), new Sink(stream)))
  assert.is(written.at(-1), '{"n":3}\n')
})

test('a fault of the operator ends the flow, after the output before it', async () => {
  const { stream, taken, take } = slowReader(1000)
  async function* chunks() {
    yield Buffer.from('{"n":1}\n{"n":2}\n')
    throw new Error('pulled on after the fault')
  }
  const fault = (entry: Entry) => {
    if (entry.line === 2) throw new Error('fault')
    return entry.text
  }
  let message = ''
  await run(flowOf(chunks(), new Sink(stream), fault)).catch(error => {
    message = error.message
  })
  assert.is(message, 'fault')
  await tick()
  take()
  assert.equal(taken, ['{"n":1}'])
})

test('reading stops quietly when the reader of the output goes away', async () => {
  const stream = new Writable({
    write(_, __, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  let pulled = 0
  async function* chunks() {
    for (;;) {
      pulled++
      yield Buffer.from('{"n":1}\n')
      await tick()
    }
  }
  const sink = new Sink(stream)
  await run(flowOf(chunks(), sink))
  assert.ok(pulled <= 3)
  assert.is(sink.failure, undefined)
  await sink.flush()
})

test('another failure of the output is kept', async () => {
  const stream = new Writable({
    write(_, __, done) {
      done(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
    },
  })
  const sink = new Sink(stream)
  sink.send('x')
  await tick()
  await sink.ready()
  assert.is(sink.closed, true)
  assert.is(sink.failure?.message, 'no space left')
})

test('a hurried sink waits for nobody for long', async () => {
  const { stream } = slowReader()
  const sink = new Sink(stream)
  sink.send('x')
  const waiting = sink.ready()
  sink.hurry()
  await waiting
  await sink.ready()
  await sink.flush(1)
})

test('a stopped source ends quietly, a failing one with a reason', async () => {
  const endless = new Readable({ read() {} })
  const source = openSource('-', () => endless)
  endless.push('x')
  const seen: unknown[] = []
  for await (const chunk of source.chunks()) {
    seen.push(chunk)
    setImmediate(() => source.stop())
  }
  assert.is(seen.length, 1)
  assert.is(source.stopped, true)

  const failing = openSource(
    undefined,
    () =>
      new Readable({
        read() {
          this.destroy(new Error('EIO: i/o error, read'))
        },
      }),
  )
  let message = ''
  try {
    for await (const _ of failing.chunks()) assert.unreachable()
  } catch (error) {
    message = (error as Error).message
  }
  assert.is(message, 'cannot read on from standard input: EIO: i/o error')
})

test.run()
