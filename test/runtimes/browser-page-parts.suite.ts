/** What of the page in examples/browser/ needs no browser: what is drawn, what is written, what a movement is. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { History } from '../../examples/browser/history.ts'
import { Track } from '../../examples/browser/movement.ts'
import { pump, type SampleBatch } from '../../examples/browser/pump.ts'
import { number, reason, shown } from '../../examples/browser/words.ts'

const history = (alpha: number, capacity = 1000) => {
  const made = new History(capacity)
  made.alpha = alpha
  return made
}

test('the line lies between what passed and what alarmed', () => {
  const scores = history(0.01)
  scores.add(2, Number.NaN)
  assert.ok(Number.isNaN(scores.line), 'without p-values nobody knows')
  scores.add(3, 0.5)
  assert.is(scores.line, 3)
  scores.add(1, 0.9)
  scores.add(20, 0.001)
  assert.is(scores.line, 3, 'neither contradicts it')
  scores.add(7, 0.02)
  assert.is(scores.line, 7, 'this one passed above it')
  scores.add(5, 0.005)
  assert.is(scores.line, 5, 'this one alarmed below it')
})

test('a column shows the lowest and the highest of its records, and its highest alarm', () => {
  const scores = history(0.01)
  for (let record = 0; record < 100; record++) scores.add(record % 10, record === 57 ? 0.001 : 0.5)
  const { record, low, high, alarm } = scores.columns([0, 100], 10)
  assert.equal([...low], Array(10).fill(0))
  assert.equal([...high], Array(10).fill(9))
  assert.is(alarm[5], 7)
  assert.is(alarm.filter(value => !Number.isNaN(value)).length, 1)
  assert.equal([...record.slice(0, 2)], [5.5, 15.5])
})

test('a record stays in its column while the chart moves on', () => {
  const scores = history(0.01, 64)
  // One peak; the columns are 8 records wide.
  for (let record = 0; record < 60; record++) scores.add(record === 33 ? 9 : 0, 0.5)
  const peaks = new Set<number>()
  for (let record = 60; record < 90; record++) {
    scores.add(0, 0.5)
    const { record: middles, high } = scores.columns([scores.count - 64, scores.count], 8)
    peaks.add(middles[high.indexOf(9)])
  }
  assert.equal([...peaks], [36.5])
})

test('what was written over is no longer drawn, and gaps are none of the scores', () => {
  const scores = history(0.01, 8)
  for (let record = 0; record < 20; record++) scores.add(record, 0.5)
  const { low } = scores.columns([0, 20], 20)
  assert.equal([...low], [12, 13, 14, 15, 16, 17, 18, 19])
  scores.clear()
  scores.add(Number.NaN, Number.NaN)
  assert.ok(Number.isNaN(scores.columns([0, 10], 10).low[0]))
})

test('reasons are words of a bounded length in which nothing acts', () => {
  const speed = { field: 'speed', value: 812.4, expected: 40, surprise: 9.31 }
  assert.is(reason(speed), 'speed 812, expected 40 (9.3 nats)')
  assert.is(reason({ ...speed, expected: null }), 'speed 812 (9.3 nats)')
  assert.is(reason({ ...speed, value: null }), 'speed missing, expected 40 (9.3 nats)')
  assert.is(shown('\u001b[1m\u202e\u0000'), '\\u{1b}[1m\\u{202e}\\u{0}')
  assert.is(shown('é'.repeat(48)), 'é'.repeat(48))
  assert.is(shown('😀'.repeat(1000)), `${'😀'.repeat(48)}…`)
  assert.is(number(1234.5), '1,235')
  assert.is(number(0.012345), '0.0123')
})

test('a movement has the speed, the direction and the turn of the pointer', () => {
  const track = new Track()
  assert.is(track.move(0, 0, 0), null, 'nothing to compare with')
  assert.equal(track.move(3, 4, 50), { x: 3, y: 4, speed: 100, acceleration: 2000, direction: 53, turn: 53 })
  assert.is(track.move(9, 9, 55), null, 'too soon')
  // Straight back: a turn of half a circle at the same speed.
  const { speed, acceleration, turn } = track.move(0, 0, 100)!
  assert.equal([speed, acceleration, Math.abs(turn)], [100, 0, 180])
  assert.is(track.move(50, 50, 1000), null, 'a new stroke after a pause')
})

test('the sample stream is the same every time, and says which records have a fault', () => {
  const [first, again] = [pump(60_000).next().value, pump(60_000).next().value] as SampleBatch[]
  assert.equal(first, again)
  // 60,000 / 2,500 = 24 are expected, and four standard deviations are 20.
  assert.ok(first.planted.length > 4 && first.planted.length < 44, `${first.planted.length} faults`)
  assert.ok(first.planted.every(index => index >= 999))
})

test.run()
