import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CheckpointOptions, Checkpoints } from '../../cli/checkpoints.ts'
import { modelError } from '../../cli/errors.ts'
import type { Reader } from '../../cli/io/entry.ts'
import type { Position } from '../../cli/io/position.ts'

const test = suite('checkpoints')

const NEVER = 0
/** Seconds after which a test that waits for a checkpoint does not wait in vain for long. */
const SOON = 0.02

/** Checkpoints of a stream of ten bytes a record, one a line. */
function checkpointsOf(options: Partial<CheckpointOptions>, from?: Position) {
  const saved: Position[] = []
  const failures: string[] = []
  const state = { records: from?.records ?? 0, full: false, leaves: true, flushed: 0 }
  const checkpoints = new Checkpoints(
    {
      every: undefined,
      seconds: NEVER,
      kept: {
        detector: {} as never,
        isLoaded: false,
        position: from,
        saves: true,
        save(position) {
          if (state.full) throw modelError('no space left')
          saved.push(position)
        },
      },
      source: { positionBefore: unread => ({ name: 'records', bytes: 10 * state.records - unread }) },
      output: {
        async flush() {
          state.flushed++
          return state.leaves
        },
        position: () => ({ bytes: 20 * state.records, tail: 'checksum' }),
      },
      counts: () => ({ records: state.records, rejected: 0, alarms: 1 }),
      onFailure: ({ message }) => failures.push(message),
      ...options,
    },
    from,
  )
  const pause = (unread = 0) =>
    checkpoints.pause({ line: state.records, state: () => ({ format: 'ndjson' }) } as Reader, unread)
  /** Answer records, as many as may come before the next pause, until there are `count` of them. */
  const answer = async (count: number) => {
    while (state.records < count) {
      state.records += Math.min(checkpoints.lines(), count - state.records)
      await pause()
    }
  }
  return { checkpoints, saved, failures, state, pause, answer }
}

test('a checkpoint says where the stream stands in input, reader and output', async () => {
  const { checkpoints, saved, pause, state } = checkpointsOf({})
  state.records = 3
  await pause(4)
  assert.ok(checkpoints.isDue)
  assert.ok(await checkpoints.take())
  assert.equal(saved, [
    {
      records: 3,
      rejected: 0,
      alarms: 1,
      line: 3,
      input: { name: 'records', bytes: 26 },
      reader: { format: 'ndjson' },
      output: { bytes: 60, tail: 'checksum' },
    },
  ])
  assert.not(checkpoints.isDue)
})

test('by count: never more records between two than was asked for, and none without being asked', async () => {
  const by = async (every: number | undefined) => {
    const { saved, answer } = checkpointsOf({ every })
    await answer(10)
    return saved.map(({ records }) => records)
  }
  assert.equal(await by(4), [4, 8])
  assert.equal(await by(1), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.equal(await by(11), [])
  assert.equal(await by(undefined), [])
})

test('a stream that has not begun can be saved, once', async () => {
  const { checkpoints, saved } = checkpointsOf({})
  assert.ok(checkpoints.isDue)
  await checkpoints.take()
  assert.equal([saved[0].records, saved[0].line, saved[0].reader], [0, 0, { format: 'auto' }])
  assert.not(checkpoints.isDue)
})

test('what was gone on from is not saved again until something new has come', async () => {
  const first = checkpointsOf({ every: 2 })
  await first.answer(5)
  await first.checkpoints.take()
  const { checkpoints, saved, answer } = checkpointsOf({ every: 2 }, first.saved.at(-1))
  assert.not(checkpoints.isDue)
  assert.is(checkpoints.lines(), 2)
  await answer(6)
  assert.ok(checkpoints.isDue)
  await answer(7)
  assert.is(saved[0].records, 7)
})

test('by time: also while the source is silent', async () => {
  const { checkpoints, saved, answer } = checkpointsOf({ seconds: SOON })
  await answer(1)
  assert.is(saved.length, 0)
  let arrive = (_: string) => {}
  const next = new Promise<string>(resolve => {
    arrive = resolve
  })
  const waiting = checkpoints.wait(next)
  while (saved.length === 0) await sleep(5)
  // Nothing new has come since.
  await sleep(3000 * SOON)
  assert.is(saved.length, 1)
  arrive('chunk')
  assert.is(await waiting, 'chunk')
})

test('by time: no later because records keep coming', async () => {
  const { checkpoints, saved, state, pause } = checkpointsOf({ seconds: SOON })
  while (saved.length < 2) {
    state.records++
    await pause()
    await checkpoints.wait(sleep(1))
  }
  assert.ok(saved[1].records > saved[0].records)
})

test('a chunk that comes while a checkpoint is taken has to wait', async () => {
  let leave = () => {}
  const flush = () =>
    new Promise<boolean>(resolve => {
      leave = () => resolve(true)
    })
  const { checkpoints, saved, answer } = checkpointsOf({
    seconds: SOON,
    output: { flush, position: () => undefined },
  })
  await answer(1)
  let arrived = false
  const waiting = checkpoints.wait(sleep(3000 * SOON)).then(() => {
    arrived = true
  })
  await sleep(6000 * SOON)
  assert.not(arrived)
  leave()
  await waiting
  assert.is(saved.length, 1)
})

test('one that fails is reported, the stream goes on, and the next one tries again', async () => {
  const { checkpoints, saved, failures, state, answer } = checkpointsOf({ every: 2, seconds: SOON })
  state.full = true
  await answer(5)
  assert.equal(failures, ['no space left', 'no space left'])
  const waiting = checkpoints.wait(sleep(100_000, undefined, { ref: false }))
  waiting.catch(() => {})
  while (failures.length < 4) await sleep(5)
  state.full = false
  while (saved.length === 0) await sleep(5)
  assert.is(saved[0].records, 5)
  state.full = true
  assert.is(await checkpoints.take().catch(error => error.message), 'no space left')
})

test('what has not left is not saved, unless nobody could go on with the stream anyway', async () => {
  const { checkpoints, saved, state, answer } = checkpointsOf({ every: 2 })
  state.leaves = false
  await answer(2)
  assert.not(await checkpoints.take())
  assert.is(saved.length, 0)
  assert.ok(checkpoints.isDue)
  assert.ok(await checkpoints.take(true))
  assert.is(saved.length, 1)
})

test('without a model file nothing is ever due', async () => {
  const kept = {
    detector: {} as never,
    isLoaded: false,
    position: undefined,
    saves: false,
    save: () => assert.unreachable(),
  }
  const { checkpoints, answer, state } = checkpointsOf({ every: 1, seconds: SOON, kept })
  assert.is(checkpoints.lines(), Number.POSITIVE_INFINITY)
  await answer(5)
  await checkpoints.wait(sleep(2000 * SOON))
  assert.equal([checkpoints.isDue, state.flushed], [false, 0])
})

test.run()
