/** New records drawn from a detector. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector, families, type Notice } from '../../pipeline/index.ts'
import { requests } from '../cli/session.ts'

const records = requests
  .trim()
  .split('\n')
  .slice(0, 600)
  .map(line => JSON.parse(line))

function learned(options: ConstructorParameters<typeof Detector>[0] = {}, of = records) {
  const detector = new Detector(options)
  for (const record of of) detector.learnOne(record)
  return detector
}

test('records of the same fields in their order, with values that were seen', () => {
  const sampled = learned().sample(200)
  assert.is(sampled.length, 200)
  const seen = (field: string) => new Set(records.map(record => record[field]))
  for (const record of sampled) {
    assert.equal(Object.keys(record), Object.keys(records[0]))
    for (const field of ['method', 'path', 'cached'])
      assert.ok(record[field] === null || seen(field).has(record[field]), `${field} ${record[field]}`)
    assert.type(record.latency, 'number')
  }
})

test('what goes together in the records does so in the samples, within one family', () => {
  const bound = Array.from({ length: 3000 }, (_, t) => {
    const pick = (t * 7919) % 3
    return { a: `a${pick}`, b: `b${pick}`, code: [100, 200, 404][pick] }
  })
  const detector = learned({ experts: 'rbm', kinds: { code: 'category' } }, bound)
  const sampled = detector.sample(400)
  const agree = sampled.filter(
    ({ a, b, code }) =>
      String(a).slice(1) === String(b).slice(1) && [100, 200, 404][Number(b?.toString()[1])] === code,
  )
  // Independent fields would agree in one of nine; the machine, with a learning rate for streams, in most.
  assert.ok(agree.length > 300, `${agree.length} of 400 agree`)
  // Each of the three about as often: 133 ± 9.4 by chance alone, and learning that leans to what was last.
  for (const a of ['a0', 'a1', 'a2']) {
    const count = sampled.filter(record => record.a === a).length
    assert.ok(count > 60 && count < 240, `${a}: ${count} of 400`)
  }
  detector.release()
})

test('the same seed gives the same records, and more records begin with those of fewer', () => {
  const detector = learned()
  const drawn = (seed: number, count: number) => {
    detector.reseed(seed)
    return detector.sample(count)
  }
  const many = drawn(5, 40)
  assert.equal(drawn(5, 7), many.slice(0, 7))
  assert.not.equal(drawn(6, 40), many)
  // Blocks of sixteen are drawn as a whole: two calls for them go on where one would.
  detector.reseed(5)
  assert.equal([...detector.sample(16), ...detector.sample(24)], many)
})

test('sampling changes nothing that anybody else sees, and its generators are saved', () => {
  const quiet = learned()
  const sampled = learned()
  sampled.reseed(9)
  sampled.sample(20, 3)
  const again = Detector.load(sampled.save())
  assert.equal(again.sample(20, 3), sampled.sample(20, 3))
  for (const record of records.slice(0, 100)) assert.equal(sampled.observe(record), quiet.observe(record))
  assert.equal(sampled.describe(), quiet.describe())
})

test('what no value can be made of is left out, and that is said once', () => {
  const notices: Notice[] = []
  const logs = Array.from({ length: 300 }, (_, t) => ({
    at: `2026-11-${10 + (t % 19)}T${10 + (t % 13)}:00:00Z`,
    host: 'abc'[t % 3],
    line: `user ${'uvwxyz'[t % 6]} has ${t % 2 ? 'left' : 'joined'} channel ${'klmnop'[(t * 5) % 6]} ${t}`,
  }))
  const detector = new Detector({ onNotice: notice => notices.push(notice) })
  for (const log of logs) detector.learnOne(log)
  assert.equal(
    detector.sample(3).map(record => Object.keys(record)),
    [
      ['host', 'line'],
      ['host', 'line'],
      ['host', 'line'],
    ],
  )
  detector.sample(3)
  const said = notices.filter(({ code }) => code === 'unmade')
  assert.equal(
    said.map(({ field }) => field),
    ['at'],
  )
  assert.match(said[0].message, /hour, weekday; it is left out/)
  const texts = learned({ experts: 'tokens', kinds: { line: 'text' } }, logs)
  assert.throws(() => texts.sample(1), /Expected a field of which values can be made, got none/)
})

test('fields by the names of properties', () => {
  const odd = Array.from({ length: 64 }, (_, t) =>
    JSON.parse(`{"__proto__":"p${t % 2}","constructor":${t % 5},"x":${(t * 3) % 7}}`),
  )
  const [record] = learned({ experts: 'rbm' }, odd).sample(1)
  assert.equal(Object.keys(record), ['__proto__', 'constructor', 'x'])
  assert.match(Object.getOwnPropertyDescriptor(record, '__proto__')?.value, /^p[01]$/)
})

test('every family: the last generator of the tensor random is that of samples', () => {
  for (const family of families) {
    const visible = family.units.map(kind => ({ kind, size: kind === 'real' || kind === 'count' ? 2 : 3 }))
    const product = family.create(visible)
    const twin = family.create(visible)
    const before = product.tensors().random
    assert.ok(before, `${family.name} has a tensor random`)
    product.sample(1, 1)
    const after = product.tensors().random
    const changed = before.data.findIndex((word, at) => word !== after.data[at])
    assert.ok(changed >= before.data.length - 16, `${family.name}: word ${changed} of ${before.data.length}`)
    // Were the first generators those of samples, learning would go another way.
    assert.equal(after.data.slice(0, -16), twin.tensors().random.data.slice(0, -16), family.name)
    product.release()
    twin.release()
  }
})

test('refusals', () => {
  const detector = new Detector()
  assert.throws(
    () => detector.sample(1),
    /Expected a detector that has a model, got one that has learned 0 records/,
  )
  const model = learned()
  assert.throws(() => model.sample(-1), /Expected count as a whole number from 0/)
  assert.throws(() => model.sample(1, 0.5), /Expected sweeps as a whole number from 0/)
  assert.throws(() => model.sample('1' as never), TypeError)
  assert.throws(() => model.reseed(-1), /Expected seed/)
  assert.equal(model.sample(0), [])
})

test.run()
