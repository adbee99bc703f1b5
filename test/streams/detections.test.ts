import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Bank } from '../../pipeline/compose/bank.ts'
import { Detector } from '../../pipeline/detector.ts'
import type { DataRecord } from '../../pipeline/records.ts'
import type { Detection } from '../../pipeline/streams/detection.ts'
import { detections } from '../../pipeline/streams/detections.ts'
import { toTransformStream } from '../../pipeline/streams/transform-stream.ts'
import { sameBytes } from '../detector/streams.ts'
import { collected, counted, failureOf, handed, records, settled } from './chunks.ts'

const small = { seed: 1, warmup: 8 }

/** What `observe` says, record by record, and what the detector is afterwards. */
function observed() {
  const detector = new Detector(small)
  return { detector, answers: records.map(record => ({ record, ...detector.observe(record) })) }
}

/** The same through each kind of stream. */
const ways: readonly [name: string, (detector: Detector, learn?: boolean) => Promise<Detection[]>][] = [
  [
    'a transform stream',
    (detector, learn) =>
      collected(counted(records).stream.pipeThrough(detector.toTransformStream({ learn }))),
  ],
  ['an async iteration', async (detector, learn) => arrayOf(detections(detector, records, { learn }))],
  [
    "Node's Readable.from",
    (detector, learn) => Readable.from(detections(detector, records, { learn })).toArray(),
  ],
  [
    "Node's pipeline",
    async (detector, learn) => {
      const answers: Detection[] = []
      const write = (answer: Detection, _: unknown, done: () => void) => {
        answers.push(answer)
        done()
      }
      await pipeline(
        Readable.from(records),
        (source: AsyncIterable<DataRecord>) => detections(detector, source, { learn }),
        new Writable({ objectMode: true, write }),
      )
      return answers
    },
  ],
]

async function arrayOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = []
  for await (const value of source) values.push(value)
  return values
}

for (const [name, through] of ways) {
  test(`${name} gives what observe gives, in order, and leaves the same detector`, async () => {
    const { detector: expected, answers } = observed()
    const detector = new Detector(small)
    assert.equal(await through(detector), answers)
    sameBytes(detector.save(), expected.save())
    assert.is(answers.at(-1)?.score === null, false)
  })

  test(`${name} that does not learn leaves the detector as it was`, async () => {
    const { detector } = observed()
    const before = detector.save()
    const answers = records.map(record => ({ record, ...detector.scoreOne(record) }))
    assert.equal(await through(detector, false), answers)
    sameBytes(detector.save(), before)
  })
}

test('a transform stream takes a bank as well', async () => {
  const bank = new Bank({ ...small, key: 'method' })
  const { stream } = counted(records)
  const answers = await collected(stream.pipeThrough(toTransformStream(bank)))
  assert.equal(
    answers.map(({ record }) => record),
    records,
  )
  assert.is(bank.learned, records.length)
})

test('a transform stream reads no further than its reader', async () => {
  const { stream, seen } = counted(records)
  const reader = stream.pipeThrough(new Detector(small).toTransformStream()).getReader()
  for (let read = 1; read <= 5; read++) {
    await reader.read()
    await settled()
    // One record is at the door of the stream while its reader rests.
    assert.ok(seen.pulls <= read + 1, `${seen.pulls} pulls for ${read} answers`)
  }
})

test('a value that is no record errors both sides of a transform stream', async () => {
  const { writable, readable } = new Detector(small).toTransformStream()
  const writer = writable.getWriter()
  const [failure] = await Promise.all([
    failureOf(collected(readable)),
    writer.write(42 as never).catch(() => {}),
  ])
  assert.match(failure, /Expected a record, an object of fields by name, got 42/)
  assert.match(await failureOf(writer.closed), /got 42/)
})

test('an error of the source comes out of a transform stream behind the detections before it', async () => {
  const { stream, give, fail } = handed<DataRecord>()
  const reader = stream.pipeThrough(new Detector(small).toTransformStream()).getReader()
  let answers = 0
  for (const record of records.slice(0, 3)) {
    give(record)
    if (!(await reader.read()).done) answers++
  }
  fail(new Error('cut'))
  const failure = await failureOf(reader.read())
  assert.is(failure, 'cut')
  assert.is(answers, 3)
})

test('whoever stops reading a transform stream stops its source', async () => {
  const { stream, seen } = counted(records)
  const reader = stream.pipeThrough(new Detector(small).toTransformStream()).getReader()
  await reader.read()
  await reader.cancel('enough')
  await settled()
  assert.is(seen.cancelled, 'enough')
})

test('an async iteration asks for a record when it is asked for its detection, and ends its source with itself', async () => {
  let asked = 0
  let ended = false
  function* source() {
    try {
      for (const record of records) {
        asked++
        yield record
      }
    } finally {
      ended = true
    }
  }
  let answered = 0
  for await (const { record } of detections(new Detector(small), source())) {
    assert.is(record, records[answered])
    assert.is(asked, ++answered)
    if (answered === 4) break
  }
  assert.ok(ended)
  assert.is(asked, 4)
})

test('an error of the source or a value that is no record rejects the iteration', async () => {
  async function* broken() {
    yield records[0]
    throw new Error('cut')
  }
  assert.is(await failureOf(arrayOf(detections(new Detector(small), broken()))), 'cut')
  assert.match(
    await failureOf(arrayOf(detections(new Detector(small), [7 as never]))),
    /Expected a record.* 7/,
  )
})

test.run()
