/** A model for each key: what it says depends on its own records alone, and stopping is like not stopping. */
import { from, toArray } from 'rxjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Keyed, keyedRecords } from '../../fixtures/keyed.ts'
import { Bank, type BankOptions } from '../../pipeline/compose/bank.ts'
import { MemoryStore } from '../../pipeline/compose/key-store.ts'
import { SHARDS } from '../../pipeline/compose/keys.ts'
import { Detector } from '../../pipeline/detector.ts'
import { ModelFileError } from '../../pipeline/errors.ts'
import { rocAuc } from '../../pipeline/evaluation/roc-auc.ts'
import { byKey } from '../../pipeline/operators/by-key.ts'
import type { Notice, Verdict } from '../../pipeline/records.ts'

const SETTLED = 1024
const stream = keyedRecords(40, 3000, 7)
const options: BankOptions = { key: 'host', why: 1 }

const observeAll = (bank: Bank, records: readonly Keyed[]): string[] =>
  records.map(({ record }) => JSON.stringify(bank.observe(record)))

/** A store that, like a file, holds what was committed when the process ends. */
class DurableStore extends MemoryStore {
  #committed: [string, Uint8Array][] = []
  readonly #all = new Map<string, Uint8Array>()

  override put(entries: readonly (readonly [string, Uint8Array])[]): void {
    super.put(entries)
    for (const [key, state] of entries) this.#all.set(key, state)
  }

  override commit(head: Uint8Array): void {
    super.commit(head.slice())
    this.#committed = [...this.#all]
  }

  /** What another process finds. */
  reopened(): DurableStore {
    const store = new DurableStore()
    store.put(this.#committed)
    if (this.head) store.commit(this.head)
    return store
  }
}

const areaOf = (scores: Float64Array, labels: Uint8Array) => rocAuc(scores, labels) ?? Number.NaN

let straight: string[] = []
test.before(() => {
  straight = observeAll(new Bank(options), stream)
})

test('a record that another key would have scores higher than any of its own', () => {
  const verdicts: Verdict[] = straight.map(text => JSON.parse(text))
  const seen = stream.map((each, index) => ({ ...each, score: verdicts[index].score })).slice(SETTLED)
  const area = areaOf(
    Float64Array.from(seen, ({ score }) => score as number),
    Uint8Array.from(seen, ({ foreign }) => Number(foreign)),
  )
  // 40 foreign records: the standard error of the area is at most 1 / (2 √40) = .08, and near 1 far less.
  assert.ok(area > 0.95, `${area}`)
  const plain = new Detector({ ignore: ['host'], why: 0 })
  const scores = stream.map(({ record }) => plain.observe(record).score).slice(SETTLED)
  const without = areaOf(
    Float64Array.from(scores, score => score as number),
    Uint8Array.from(seen, ({ foreign }) => Number(foreign)),
  )
  // One model for all cannot tell whose record it is.
  assert.ok(without < 0.65, `${without}`)
})

test('from the 1,025th record on every record has a score and a p-value, also the first of its key', () => {
  const bank = new Bank(options)
  observeAll(bank, stream.slice(0, SETTLED))
  for (const name of ['new', 'newer']) {
    const { score, p } = bank.observe({ ...stream[0].record, host: name })
    assert.ok(Number.isFinite(score) && p !== null && p > 0 && p <= 1)
  }
})

test('what a key is told depends on its own records alone, in whatever order keys come', () => {
  const beginning = stream.slice(0, SETTLED)
  const rest = stream.slice(SETTLED)
  const regrouped = rest.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const bank = new Bank(options)
  observeAll(bank, beginning)
  const told = observeAll(bank, regrouped)
  const expected = regrouped.map(each => straight[stream.indexOf(each)])
  assert.ok(told.every((verdict, index) => verdict === expected[index]))
})

test('with room for a few models the others rest in the store, and nothing changes', () => {
  // Less than any model needs: the least number of them is in memory.
  const bank = new Bank({ ...options, memory: 1 })
  const told = observeAll(bank, stream)
  assert.ok(bank.live <= 16, `${bank.live}`)
  assert.is(bank.keys, 40)
  assert.ok(told.every((verdict, index) => verdict === straight[index]))
})

for (const stop of [0, 5, 100, 1023, 1024, 1025, 2000]) {
  test(`saved after ${stop} records, reopened and gone on with: the same verdicts`, () => {
    const store = new DurableStore()
    const bank = new Bank({ ...options, store })
    observeAll(bank, stream.slice(0, stop))
    bank.position = { bytes: stop }
    bank.save()
    // What was learned after saving is gone.
    observeAll(bank, stream.slice(stop, stop + 300))
    const end = Math.max(stop + 400, 1200)
    const resumed = new Bank({ key: 'host', store: store.reopened() })
    assert.equal(resumed.position, { bytes: stop })
    assert.is(resumed.learned, stop)
    const told = observeAll(resumed, stream.slice(stop, end))
    assert.ok(told.every((verdict, index) => verdict === straight[stop + index]))
    const again = new Bank({ ...options, store: new DurableStore() })
    observeAll(again, stream.slice(0, end))
    again.position = { bytes: stop }
    assert.ok(Buffer.from(again.head()).equals(resumed.head()))
  })
}

test('a bank is not opened as a model of all records, nor with another key', () => {
  const store = new MemoryStore()
  new Bank({ ...options, store }).save()
  assert.throws(
    () => new Bank({ key: 'zone', store }),
    /Expected the key as the models have it, "host", got "zone"/,
  )
  const other = new MemoryStore()
  other.commit(new Detector().save())
  assert.throws(
    () => new Bank({ ...options, store: other }),
    (error: Error) => error instanceof ModelFileError && /one model for all records/.test(error.message),
  )
})

test('scoring, denoising and features change nothing, and make no model of an unknown key', () => {
  const bank = new Bank(options)
  observeAll(bank, stream.slice(0, 1500))
  const before = bank.head()
  const { record } = stream[1500]
  assert.is(JSON.stringify(bank.scoreOne(record)), straight[1500])
  const stranger = { ...record, host: 'never seen', a: null }
  assert.ok(Number.isFinite(bank.scoreOne(stranger).score))
  assert.is(typeof bank.denoiseOne(stranger).record.a, 'number')
  assert.ok(bank.transformOne(stranger).length > 0)
  assert.is(bank.keys, 40)
  assert.ok(Buffer.from(bank.head()).equals(before))
  // Nor any model of a key.
  const told = observeAll(bank, stream.slice(1500, 1800))
  assert.ok(told.every((verdict, index) => verdict === straight[1500 + index]))
})

test('a key whose records have nothing to learn counts once, however often its model leaves memory', () => {
  const bank = new Bank({ ...options, memory: 1 })
  observeAll(bank, stream.slice(0, SETTLED))
  const keys = bank.keys
  for (let round = 0; round < 3; round++) {
    for (let key = 0; key < 50; key++) bank.observe({ host: `empty-${key}` })
  }
  assert.is(bank.keys, keys + 50)
})

test('further keys than are allowed share models, which is said, and every record has its verdict', () => {
  const notices: Notice[] = []
  const bank = new Bank({ ...options, maxKeys: SHARDS, onNotice: notice => notices.push(notice) })
  observeAll(bank, stream.slice(0, SETTLED))
  for (let key = 0; key < 500; key++)
    assert.ok(Number.isFinite(bank.observe({ ...stream[key].record, host: `k${key}` }).score))
  // One model for each shard, and one for those of each shard that came later.
  assert.ok(bank.keys <= 2 * SHARDS, `${bank.keys}`)
  assert.is(notices.filter(({ code }) => code === 'keys').length, 1)
})

test('records without the key are those of one key; names of properties are keys like any others', () => {
  const bank = new Bank(options)
  observeAll(bank, stream.slice(0, SETTLED))
  const { host, ...rest } = stream[0].record
  for (const key of ['__proto__', 'constructor', 'toString', '']) bank.observe({ ...rest, host: key })
  bank.observe(rest)
  bank.observe({ ...rest, host: null })
  bank.observe({ ...rest, host: { nested: true } })
  assert.is(bank.keys, 44)
})

test('the operator gives one detection for every record, in order', () => {
  const records = stream.slice(0, 1100).map(({ record }) => record)
  from(records)
    .pipe(byKey('host', { why: 1 }), toArray())
    .subscribe(detections => {
      assert.ok(detections.every(({ record }, index) => record === records[index]))
      const { record, ...verdict } = detections[1099]
      assert.is(JSON.stringify(verdict), straight[1099])
    })
})

test('what cannot be a key or a limit is refused', () => {
  assert.throws(() => new Bank(null as never), /Expected options with a key, such as .*, got null/)
  assert.throws(() => new Bank({ key: 'host' }).observe(null as never), /Expected a record, .*, got null/)
  assert.throws(() => new Bank({ key: '' }), /Expected key as the name of a field, got ""/)
  assert.throws(
    () => new Bank({ key: 'host', memory: -1 }),
    /Expected memory as a whole number above 0, got -1/,
  )
  assert.throws(() => new Bank({ key: 'host', maxKeys: 0.5 }), /Expected maxKeys as a whole number above 0/)
})

test.run()
