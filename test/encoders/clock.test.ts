import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { clockOf, hour, isTimestamp, weekday } from '../../pipeline/encoders/clock.ts'

const SATURDAY = 6

test('every usual notation is read, in the clock of its own offset', () => {
  for (const text of [
    '2026-11-21T11:15:41Z',
    '2026-11-21T11:15:41.123456+05:30',
    '2026-11-21t11:15:41-0800',
    '2026-11-21 11:15:41',
    '2026-11-21 11:15:41,123 +01',
    '2026-11-21T11:15',
    '20261121T111541Z',
    'Sat, 21 Nov 2026 11:15:41 +0100',
    '21 Nov 2026 11:15 GMT',
    'Sat, 21 Nov 2026 11:15:41 -0500 (EST)',
    '[21/Nov/2026:11:15:41 -0700]',
    '21/Nov/2026:11:15:41 +0000',
    'Sat Nov 21 11:15:41 2026',
    'Sat Nov 21 11:15:41 UTC 2026',
    '  2026-11-21T11:15:60Z ',
  ])
    assert.equal(clockOf(text), { hour: 11, weekday: SATURDAY }, text)
})

test('what a timestamp does not tell is left out', () => {
  assert.equal(clockOf('2026-11-21'), { weekday: SATURDAY })
  assert.equal(clockOf('Dec 10 06:55:46'), { hour: 6 })
  assert.equal(clockOf('Feb  9 06:55:46'), { hour: 6 })
  const row = Float32Array.of(Number.NaN)
  assert.is(hour.fit([]).encode('2026-11-21', row, 0), 'missing')
  assert.is(weekday.fit([]).encode('Dec 10 06:55:46', row, 0), 'missing')
  assert.ok(Number.isNaN(row[0]))
})

test('numbers count from 1970, in seconds, milliseconds, microseconds or nanoseconds', () => {
  const seconds = Date.UTC(2026, 10, 21, 23, 59, 59) / 1000
  for (const number of [
    seconds,
    seconds + 0.5,
    seconds * 1e3,
    seconds * 1e6,
    seconds * 1e9,
    String(seconds),
    BigInt(seconds),
  ])
    assert.equal(clockOf(number), { hour: 23, weekday: SATURDAY }, String(number))
  assert.equal(clockOf(0), { hour: 0, weekday: 4 })
  assert.equal(clockOf(-1), { hour: 23, weekday: 3 })
  assert.is(clockOf(1e30), undefined)
  assert.equal(clockOf(new Date(seconds * 1e3)), { hour: 23, weekday: SATURDAY })
})

test('weekdays are those of the calendar', () => {
  // Every 37th day from 1969 to 2100, against the runtime's own calendar in UTC.
  for (let day = Date.UTC(1969, 0, 1); day < Date.UTC(2100, 0, 1); day += 37 * 86_400_000) {
    const date = new Date(day)
    assert.is(clockOf(date.toISOString())?.weekday, date.getUTCDay())
    assert.is(clockOf(day / 1000)?.weekday, date.getUTCDay())
  }
})

test('what is no date is none', () => {
  for (const value of [
    '',
    'tomorrow',
    '2026-13-01',
    '2026-02-29',
    '2026-11-21T24:00:00Z',
    '2026-11-21T11:60:00Z',
    '21 Foo 2026 11:15:41',
    '2026-11-21T11:15:41Z and more',
    'x'.repeat(100_000),
    null,
    undefined,
    true,
    {},
    Number.NaN,
    new Date(Number.NaN),
  ])
    assert.is(clockOf(value), undefined, String(value).slice(0, 40))
  assert.equal(clockOf('2024-02-29'), { weekday: 4 })
})

test('the time zone of the machine plays no part', () => {
  const texts = [
    '2026-11-21 00:30:00',
    '2026-11-21T23:30:00+02:00',
    'Sat Nov 21 11:15:41 2026',
    1_700_000_000,
  ]
  const module = JSON.stringify(new URL('../../pipeline/encoders/clock.ts', import.meta.url).href)
  const code = `import(${module}).then(m => console.log(JSON.stringify(${JSON.stringify(texts)}.map(m.clockOf))))`
  for (const TZ of ['Pacific/Kiritimati', 'America/Los_Angeles']) {
    const { stdout } = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code],
      {
        env: { ...process.env, TZ },
        encoding: 'utf8',
      },
    )
    assert.equal(JSON.parse(stdout), texts.map(clockOf), TZ)
  }
})

test('a field of timestamps is one of dates in words, and not of numbers or other texts', () => {
  assert.ok(isTimestamp(['2026-11-21T11:15:41Z', '2026-11-22T11:15:41Z']))
  assert.ok(isTimestamp([...Array<string>(19).fill('[21/Nov/2026:11:15:41 +0000]'), '-']))
  assert.not.ok(isTimestamp([...Array<string>(9).fill('2026-11-21'), '-']))
  assert.not.ok(isTimestamp([1_700_000_000, 1_700_000_001]))
  assert.not.ok(isTimestamp(['1700000000', '20261121']))
  assert.not.ok(isTimestamp([]))
})

test('two encoders look at one timestamp and name what they see', () => {
  const [hours, days] = [hour.restore({ turns: 1 }), weekday.restore({ turns: 1 })]
  assert.equal(
    [hours.group, days.group],
    [
      { kind: 'index', size: 24 },
      { kind: 'index', size: 7 },
    ],
  )
  const row = new Float32Array(2).fill(Number.NaN)
  const outcomes = [hours, days].map((encoder, at) => encoder.encode('2026-11-21T14:15:41Z', row, at))
  assert.equal(outcomes, ['present', 'present'])
  assert.equal(row, Float32Array.of(14, SATURDAY))
  assert.equal([hours.read('2026-11-21T14:15:41Z'), days.read('2026-11-21')], ['14:00', 'Saturday'])
  assert.equal([hours.read('2026-11-21'), days.read('nonsense')], [null, null])
  const likely = (size: number, state: number) =>
    new Float32Array(size).fill(0.01).fill(0.9, state, state + 1)
  assert.equal([hours.expected(likely(24, 3)), days.expected(likely(7, 1))], ['03:00', 'Monday'])
  assert.ok(hours.partial && days.partial)
})

test('what cannot be a timestamp is left out', () => {
  const row = Float32Array.of(Number.NaN)
  assert.equal(
    [null, '', 'soon', {}, Number.NaN, true].map(value => hour.restore({ turns: 1 }).encode(value, row, 0)),
    ['missing', 'missing', 'kind', 'nested', 'non-finite', 'kind'],
  )
  assert.ok(Number.isNaN(row[0]))
})

/** 400 timestamps, one every `minutes`, from a Saturday on. */
const every = (minutes: number) =>
  Array.from({ length: 400 }, (_, i) => new Date(Date.UTC(2026, 10, 21) + 6e4 * minutes * i).toISOString())
/** Do hours and days count when these are the first timestamps of a stream? */
const turning = (texts: readonly string[]) => [hour, weekday].map(hand => hand.fit(texts).state().turns)

test('a hand counts once it has come round: until then every hour is one that was never seen', () => {
  // 400 seconds, 7, 67 and 400 hours: one hour, not a day, nearly three days, more than two weeks.
  assert.equal([1 / 60, 1, 10, 60].map(every).map(turning), [
    [0, 0],
    [0, 0],
    [1, 0],
    [1, 1],
  ])
  assert.equal(turning([]), [0, 0])
  const row = Float32Array.of(Number.NaN)
  assert.is(hour.fit(every(1)).encode('2026-11-21T03:00:00Z', row, 0), 'missing')
  assert.ok(Number.isNaN(row[0]))
  assert.is(hour.fit(every(10)).encode('2026-11-21T03:00:00Z', row, 0), 'present')
})

test('timestamps in no order come round, those of working hours too; a few that come late do not make it so', () => {
  const shuffled = every(60).map((_, i, texts) => texts[(i * 171) % texts.length])
  assert.equal(turning(shuffled), [1, 1])
  assert.equal(turning(every(10).filter(text => /T(09|1[0-7])/.test(text))), [1, 0])
  const late = every(1).map((text, i) => (i % 60 < 5 ? new Date(Date.parse(text) - 6e5).toISOString() : text))
  assert.equal(turning(late), [0, 0])
})

test('whether it came round is kept, and nothing else is taken for it', () => {
  for (const hand of [hour, weekday]) {
    for (const minutes of [1, 60]) {
      const state = hand.fit(every(minutes)).state()
      assert.equal(hand.restore(state).state(), state)
    }
    assert.throws(() => hand.restore({}), /turns, 1, or does not, 0, got undefined/)
    assert.throws(() => hand.restore({ turns: 2 }), RangeError)
  }
})

test.run()
