import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { requests } from '../../fixtures/requests.ts'
import { Detector } from '../../pipeline/detector.ts'

/** Requests of two kinds that determine each other: payments are slow, small and never cached. */
const stream = [...requests(2000, 9)].map(({ method, path, latency, bytes, cached }) => ({
  method,
  path,
  latency,
  bytes,
  cached,
}))

function learned(records: readonly object[] = stream, alpha = 0.001): Detector {
  const detector = new Detector({ alpha })
  for (const record of records) detector.learnOne(record as Record<string, unknown>)
  return detector
}

const detector = learned()
const clean = { method: 'GET', path: '/item', latency: 45, bytes: 6000, cached: false }

test('a record without noise stays as it is, field by field', () => {
  const { record, changed } = detector.denoiseOne(clean)
  assert.equal(changed, [])
  assert.equal(record, clean)
  assert.is.not(record, clean)
})

test('nothing changes while warming up', () => {
  const fresh = new Detector()
  assert.equal(fresh.denoiseOne({ a: 'x', b: null }), { record: { a: 'x', b: null }, changed: [] })
})

test('a wrong value is replaced by one that fits, and only that', () => {
  const { record, changed } = detector.denoiseOne({ ...clean, bytes: 4_000_000 })
  assert.equal(
    changed.map(({ field, value }) => [field, value]),
    [['bytes', 4_000_000]],
  )
  assert.ok(Math.abs((record.bytes as number) - 6000) < 4000, `${record.bytes}`)
  assert.equal({ ...record, bytes: 0 }, { ...clean, bytes: 0 })
})

test('several wrong values are replaced, one after the other', () => {
  const { record, changed } = detector.denoiseOne({
    ...clean,
    bytes: 4_000_000,
    latency: 9e6,
    method: 'GUESS',
  })
  assert.equal(changed.map(({ field }) => field).sort(), ['bytes', 'latency', 'method'])
  assert.is(record.path, '/item')
  assert.is(record.method, 'GET')
})

test('a value that is one of many equally likely ones is no noise, surprising as it is', () => {
  const letters = Array.from({ length: 2000 }, (_, i) => ({ letter: `l${(i * 37) % 50}`, x: (i * 7) % 11 }))
  const other = learned(letters, 0.1)
  const record = { letter: 'l7', x: 5 }
  // log 50 = 3.9 nats, more than log 1 / 0.1 = 2.3, while the odds against any other value are about 1. It costs no more
  // than letters usually do, and so is no reason either.
  assert.ok(Math.abs(other.scoreOne(record).why[0].surprise) < 2)
  assert.equal(other.denoiseOne(record).changed, [])
})

test('an unknown word is replaced by a known one', () => {
  const { record, changed } = detector.denoiseOne({ ...clean, path: '/admin' })
  assert.equal(
    changed.map(({ field }) => field),
    ['path'],
  )
  assert.ok(['/', '/search', '/item'].includes(record.path as string))
})

test('missing fields are filled from the others, and stand as changed from null', () => {
  const { record, changed } = detector.denoiseOne({ ...clean, bytes: null, cached: undefined })
  assert.equal(
    changed.map(({ field, value, expected }) => [field, value, expected]),
    [
      ['bytes', null, record.bytes],
      ['cached', null, record.cached],
    ],
  )
  assert.type(record.bytes, 'number')
  assert.type(record.cached, 'boolean')
})

test('payments are told by what else is known of them', () => {
  const { record } = detector.denoiseOne({ path: '/pay', latency: 350, bytes: 500, cached: false })
  assert.is(record.method, 'POST')
})

test('the order of fields and the types of values are kept', () => {
  const texts = stream.map(record =>
    Object.fromEntries(Object.entries(record).map(([k, v]) => [k, String(v)])),
  )
  const { record } = learned(texts).denoiseOne({
    cached: '',
    bytes: '6000',
    latency: '9000000',
    extra: 'kept',
    path: '/item',
    method: 'GET',
  })
  assert.equal(Object.keys(record), ['cached', 'bytes', 'latency', 'extra', 'path', 'method'])
  assert.ok(Object.values(record).every(value => typeof value === 'string'))
  assert.match(record.latency as string, /^\d+$/)
  assert.match(record.cached as string, /^(true|false)$/)
  assert.is(record.bytes, '6000')
  assert.is(record.extra, 'kept')
})

test('a value of another kind is replaced, a nested one in an unknown field is left', () => {
  const { record } = detector.denoiseOne({ ...clean, latency: 'slow', tags: ['a'] })
  assert.match(record.latency as string, /^\d+$/)
  assert.equal(record.tags, ['a'])
})

test('denoising what was denoised changes nothing more', () => {
  for (const [i, record] of stream.slice(0, 300).entries()) {
    const noisy = { ...record, [Object.keys(record)[i % 3]]: i % 2 ? null : 1e7 }
    const once = detector.denoiseOne(noisy).record
    assert.equal(detector.denoiseOne(once).changed, [])
  }
})

test('a larger alpha changes more', () => {
  const changes = (alpha: number) => {
    const other = Detector.load(detector.save(), { alpha })
    return stream.slice(0, 500).reduce((sum, record) => sum + other.denoiseOne(record).changed.length, 0)
  }
  const counts = [0.3, 0.01, 0.0001].map(changes)
  assert.ok(counts[0] > counts[1] && counts[1] >= counts[2], `${counts}`)
})

test('of very many noisy or missing fields all are replaced and filled', () => {
  const fields = Array.from({ length: 120 }, (_, i) => `f${i}`)
  const recordOf = (value: (i: number) => unknown) =>
    Object.fromEntries(fields.map((field, i) => [field, value(i)]))
  const detector = new Detector({ experts: 'frequency', alpha: 0.2 })
  for (let t = 0; t < 200; t++) detector.learnOne(recordOf(i => (t - i === 20 ? 'other' : 'usual')))
  const usual = recordOf(() => 'usual')
  assert.equal(detector.denoiseOne(recordOf(i => `odd ${i}`)).record, usual)
  const { record, changed } = detector.denoiseOne({})
  assert.equal([record, changed.length], [usual, 120])
})

test.run()
