/** What becomes of a stream when kernels have no memory left. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import {
  Bank,
  Detector,
  families,
  frequency,
  KernelMemoryError,
  kernelMemory,
  limitKernelMemory,
  type Notice,
  type Product,
  rbm,
  sparse,
} from '../../pipeline/index.ts'

const KB = 1024
const WIDE = 60

/** Rows of WIDE numbers, more than the models of other tests have left room for. */
function records(count: number, fields = WIDE): Record<string, number>[] {
  const uniform = uniforms(3)
  return Array.from({ length: count }, () =>
    Object.fromEntries(Array.from({ length: fields }, (_, n) => [`n${n}`, uniform() + n])),
  )
}

/** With so many bytes more than are taken. */
function within<T>(bytes: number, work: () => T): T {
  limitKernelMemory(kernelMemory() + bytes)
  try {
    return work()
  } finally {
    limitKernelMemory(Number.POSITIVE_INFINITY)
  }
}

/** Products that take all memory that is there; give them back. */
function filling(): Product[] {
  const products: Product[] = []
  for (const { units, create } of families) {
    for (let size = 2 ** 14; size >= 2; ) {
      try {
        products.push(create([{ kind: units[0], size }]))
      } catch (error) {
        assert.instance(error, KernelMemoryError)
        size >>= 1
      }
    }
  }
  return products
}

test('without room for any model the stream is told, and goes on when there is room', () => {
  const detector = new Detector()
  const [first, then] = [records(8), records(2000)]
  within(0, () => {
    const others = filling()
    for (const record of first.slice(0, 7)) detector.observe(record)
    assert.throws(() => detector.observe(first[7]), /fit into the memory of kernels/)
    for (const product of others) product.release()
  })
  assert.is(detector.learned, 8)
  for (const record of then) detector.observe(record)
  assert.equal(detector.experts, ['prototype', 'rbm'])
  assert.is(detector.kept, null)
  assert.equal(Detector.load(detector.save()).save(), detector.save())
  detector.release()
})

test('without room for a model of more records that of fewer goes on, says so, and settles', () => {
  const notices: Notice[] = []
  const detector = new Detector({ onNotice: notice => notices.push(notice) })
  const stream = records(1500)
  // Room for what the first models need, but not for another beside the one at work.
  for (const record of stream.slice(0, 15)) detector.observe(record)
  within(0, () => {
    const others = filling()
    for (const record of stream.slice(15)) assert.type(detector.observe(record).score, 'number')
    for (const product of others) product.release()
  })
  assert.equal(
    notices.map(({ code }) => code),
    ['memory'],
  )
  // Ranges of eight records are soon outgrown, and records kept for others; never more than those of a beginning.
  assert.ok((detector.kept?.length ?? 0) < 1024)
  assert.is(detector.learned, 1500)
  assert.equal(Detector.load(detector.save()).save(), detector.save())
  detector.release()
})

test('a sound model that there is no room for is not called damaged', () => {
  const detector = new Detector()
  for (const record of records(300)) detector.observe(record)
  const file = detector.save()
  detector.release()
  within(0, () => {
    const others = filling()
    try {
      Detector.load(file)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, KernelMemoryError)
    }
    for (const product of others) product.release()
  })
  Detector.load(file).release()
})

test('memory that models of one family have left is there for others', () => {
  // Two megabytes each, which three do not have room for.
  const makers = [
    () =>
      rbm.create([{ kind: 'bernoulli', size: 8000 }], { hidden: 32, averaging: false, driftReset: false }),
    () => frequency.create(Array.from({ length: 1000 }, () => ({ kind: 'index' as const, size: 256 }))),
    () => sparse.create([{ kind: 'index', size: 16_384 }], { hidden: 32 }),
  ]
  const taken = kernelMemory()
  within(5120 * KB, () => {
    for (let turn = 0; turn < 9; turn++) makers[turn % 3]().release()
    const one = makers[0]()
    const other = makers[1]()
    assert.throws(makers[2], /fit into the memory of kernels/)
    other.release()
    makers[2]().release()
    one.release()
    assert.ok(kernelMemory() <= taken + 5120 * KB)
  })
})

test('a bank puts models into its store where kernels have no room, and answers as it would have', () => {
  const stream = records(6000, 3).map((record, t) => ({ ...record, key: `k${(t * 7) % 500}` }))
  const observed = (bank: Bank) => stream.map(record => bank.observe(record))
  const free = new Bank({ key: 'key' })
  const expected = observed(free)
  free.release()
  const taken = kernelMemory()
  const tight = new Bank({ key: 'key' })
  const answers = within(256 * KB, () => observed(tight))
  assert.ok(kernelMemory() <= taken + 256 * KB)
  assert.equal(answers, expected)
  assert.is(tight.keys, 500)
  tight.release()
})

test.run()
