/** The enumeration beside one that is made differently, and what it says about probabilities. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { frequency } from '../../pipeline/experts/frequency.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import { enumerateLogPartition } from '../../pipeline/likelihood/rbm.ts'
import { distribution, visibleStates } from '../reference/rbm.ts'
import { bits, machineOf, mixed, productOf } from './machines.ts'

// Both are float64: sums of some hundred exponentials, each of a sum of a dozen numbers.
const ROUNDING = 1e-11

for (const [name, visible, hidden] of [
  ['fewer hidden units', bits(10), 4],
  ['fewer visible units', bits(4), 10],
  ['as many of both', bits(6), 6],
  ['more settings than are summed up from one start', bits(15), 14],
  ['more settings of softmax groups', [...mixed, ...mixed], 12],
  ['softmax groups, hidden units enumerated', mixed, 4],
  ['softmax groups, visible units enumerated', mixed, 12],
] as const) {
  test(`${name}: as the enumeration of all visible vectors`, () => {
    const machine = machineOf(visible, hidden, 1.5, 1)
    const product = productOf(machine)
    const { logZ } = distribution(machine)
    assert.ok(Math.abs(exactLogPartition(product) - logZ) < ROUNDING * Math.abs(logZ))
    product.release()
  })
}

test('inputs whose exponentials float64 cannot hold', () => {
  // Weights of deviation 100 add up to inputs of a thousand and more, as logarithms only.
  const machine = machineOf(bits(9), 6, 100, 3)
  const product = productOf(machine)
  const { logZ } = distribution(machine)
  assert.ok(Math.abs(exactLogPartition(product) - logZ) < ROUNDING * Math.abs(logZ))
  product.release()
})

test('in turns: the same number, progress, and an end when asked', async () => {
  const product = productOf(machineOf(bits(15), 14, 1.5, 1))
  const shares: number[] = []
  const found = await enumerateLogPartition(product, { onProgress: share => shares.push(share) })
  assert.is(found, exactLogPartition(product))
  assert.is(shares.at(-1), 1)
  assert.equal(shares, shares.toSorted())
  const controller = new AbortController()
  const running = enumerateLogPartition(product, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  })
  assert.is(await running.catch((error: Error) => error.message), 'enough')
  product.release()
})

test('with it, free energies are probabilities that add up to one', () => {
  const product = productOf(machineOf(mixed, 7, 1, 2))
  const logZ = exactLogPartition(product)
  const rows = Float32Array.from(visibleStates(mixed).flat())
  const total = product.freeEnergies(rows).reduce((sum, energy) => sum + Math.exp(-energy - logZ), 0)
  // Free energies are float32 of up to 30 nats: 2^-20 each.
  assert.ok(Math.abs(total - 1) < 1e-5, `${total}`)
  product.release()
})

test('sums that float64 cannot hold', () => {
  const machine = machineOf(bits(3), 600, 0, 1)
  machine.c.fill(5)
  const product = productOf(machine)
  const expected = 3 * Math.LN2 + 600 * Math.log1p(Math.exp(5))
  assert.ok(Math.abs(exactLogPartition(product) - expected) < ROUNDING * expected)
  product.release()
})

test('reads the parameters that score: the averages, once there are any', () => {
  const product = rbm.create(bits(5), { hidden: 3, averagingInterval: 4, learningRate: 1, weightScale: 1 })
  const rows = Float32Array.from(visibleStates(bits(5)).flat())
  for (let n = 0; n < 7; n++) {
    const logZ = exactLogPartition(product)
    const total = product.freeEnergies(rows).reduce((sum, energy) => sum + Math.exp(-energy - logZ), 0)
    assert.ok(Math.abs(total - 1) < 1e-5, `after ${n} rows: ${total}`)
    product.learnOne(rows.subarray(5 * n, 5 * n + 5))
  }
  product.release()
})

test('counts are probabilities as they are', () => {
  const product = frequency.create([
    { kind: 'index', size: 3 },
    { kind: 'bernoulli', size: 1 },
  ])
  for (const row of [
    [0, 1],
    [2, 1],
    [2, 0],
  ])
    product.learnOne(Float32Array.from(row))
  const states = [0, 1, 2].flatMap(first => [0, 1].flatMap(second => [first, second]))
  const energies = product.freeEnergies(Float32Array.from(states))
  const total = energies.reduce((sum, energy) => sum + Math.exp(-energy - exactLogPartition(product)), 0)
  assert.ok(Math.abs(total - 1) < 1e-6)
  product.release()
})

test('refuses what it cannot enumerate', () => {
  const large = rbm.create(bits(25), { hidden: 25 })
  assert.throws(
    () => exactLogPartition(large),
    (error: Error) =>
      error instanceof RangeError && /at most 24 bits .*25 hidden and 25 visible/.test(error.message),
  )
  large.release()
  const other = prototype.create([{ kind: 'real', size: 2 }])
  assert.throws(
    () => exactLogPartition(other),
    (error: Error) =>
      error instanceof TypeError && /rbm, student, unigauss, got .prototype./.test(error.message),
  )
  other.release()
})

test.run()
