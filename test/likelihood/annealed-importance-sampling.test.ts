/**
 * Annealing beside enumeration. Estimates are random: their error is held to four of the standard deviations that the
 * weights themselves show, and seeds are fixed, so that a test that passes goes on passing.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import {
  type AnnealingOptions,
  estimateLogPartition,
} from '../../pipeline/likelihood/annealed-importance-sampling.ts'
import { paperTemperatures } from '../../pipeline/likelihood/annealing-schedule.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import { distribution, type Machine, visibleStates } from '../reference/rbm.ts'
import { bits, machineOf, mixed, productOf } from './machines.ts'

/** Rows drawn from the machine's distribution. */
function exactSamples(machine: Machine, count: number): Float32Array {
  const uniform = uniforms(9)
  const states = visibleStates(machine.visible)
  const masses = distribution(machine).logP.map(Math.exp)
  const draw = () => {
    let left = uniform()
    return Math.max(
      0,
      masses.findIndex(mass => {
        left -= mass
        return left < 0
      }),
    )
  }
  return Float32Array.from(Array.from({ length: count }, () => states[draw()]).flat())
}

const twelve = machineOf(bits(12), 8, 1.5, 5)

for (const [name, machine] of [
  ['12 × 8, weights of deviation 1.5', twelve],
  ['softmax groups', machineOf(mixed, 8, 1.5, 3)],
  ['more rows of W than a panel', machineOf(bits(9), 130, 0.3, 6)],
] as const) {
  for (const direction of ['forward', 'reverse'] as const) {
    test(`${name}, ${direction}: within four standard deviations of log Z`, async () => {
      const product = productOf(machine)
      const exact = exactLogPartition(product)
      const starts = direction === 'reverse' ? exactSamples(machine, 100) : undefined
      for (const temperatures of [100, 1000, 10_000]) {
        const { logPartition, low, high } = await estimateLogPartition(product, {
          direction,
          starts,
          temperatures,
        })
        const error = Math.abs(logPartition - exact)
        // low and high are six deviations apart.
        assert.ok(error < (4 / 6) * (high - low), `${temperatures}: ${error}, from ${low} to ${high}`)
        if (temperatures === 1000) assert.ok(error < 0.05, `${error}`)
      }
      product.release()
    })
  }
}

test('the estimate brackets log Z: mean log w is below it forward, and above it back from exact samples', async () => {
  const product = productOf(twelve)
  const exact = exactLogPartition(product)
  // Few temperatures, so that the gap is wide: with 100 chains the mean of log w errs by a tenth of it.
  const options: AnnealingOptions = { temperatures: 20 }
  const forward = await estimateLogPartition(product, options)
  const reverse = await estimateLogPartition(product, {
    ...options,
    direction: 'reverse',
    starts: exactSamples(twelve, 100),
  })
  assert.ok(forward.bound < exact && forward.bound < forward.logPartition, `${forward.bound}, ${exact}`)
  assert.ok(reverse.bound > exact && reverse.bound > reverse.logPartition, `${reverse.bound}, ${exact}`)
  assert.ok(forward.effectiveSampleSize > 1 && forward.effectiveSampleSize < 100)
  product.release()
})

for (const [name, visible] of [
  ['bits', bits(20)],
  ['softmax groups', mixed],
] as const) {
  test(`no weights, ${name}: exact from a base with the same biases, and no two chains differ`, async () => {
    const machine = machineOf(visible, 7, 0, 1)
    machine.b.set(machineOf(visible, 1, 1, 2).b)
    const product = productOf(machine)
    const starts = product.sample(100, 1)
    for (const direction of ['forward', 'reverse'] as const) {
      const base = Float32Array.from(machine.b)
      const found = await estimateLogPartition(product, { direction, starts, base, temperatures: 50 })
      assert.ok(Math.abs(found.logPartition - exactLogPartition(product)) < 1e-9)
      assert.is(found.low, found.high)
      assert.is(found.effectiveSampleSize, 100)
    }
    product.release()
  })
}

test('with hidden biases but no weights all chains have the same weight, right to the digits of float32', async () => {
  const machine = machineOf(bits(20), 7, 0, 1)
  machine.c.set([-8, -2, -0.5, 0, 1, 3, 12])
  const product = productOf(machine)
  const { logPartition, logWeights } = await estimateLogPartition(product, { temperatures: 50 })
  // At most 4.5e-7 for each unit and temperature, as softplusSum.
  assert.ok(Math.abs(logPartition - exactLogPartition(product)) < 7 * 50 * 4.5e-7)
  assert.ok(logWeights.every(log => log === logWeights[0]))
  product.release()
})

test('chains that arrive are, with their weights, samples of the product', async () => {
  const machine = machineOf(bits(4), 3, 1, 8)
  const product = productOf(machine)
  const chains = 4000
  const { states, logWeights, effectiveSampleSize } = await estimateLogPartition(product, {
    chains,
    temperatures: 30,
  })
  const weights = logWeights.map(Math.exp)
  const total = weights.reduce((sum, weight) => sum + weight)
  const masses = new Float64Array(16)
  for (let r = 0; r < chains; r++) {
    const code = states.subarray(4 * r, 4 * r + 4).reduce((code, on, i) => code + (on ? 2 ** i : 0), 0)
    masses[code] += weights[r] / total
  }
  for (const [n, state] of visibleStates(bits(4)).entries()) {
    const p = Math.exp(distribution(machine).logP[n])
    const code = state.reduce((code, on, i) => code + (on ? 2 ** i : 0), 0)
    const deviation = Math.sqrt((p * (1 - p)) / effectiveSampleSize)
    assert.ok(Math.abs(masses[code] - p) < 4 * deviation, `${state}: ${masses[code]} for ${p}`)
  }
  product.release()
})

test('the same seed gives the same estimate, another one another, and the product stays what it is', async () => {
  const product = productOf(twelve)
  const before = product.tensors()
  const [one, same, other] = await Promise.all(
    [4, 4, 5].map(seed => estimateLogPartition(product, { chains: 7, temperatures: 40, seed })),
  )
  assert.equal(one, same)
  assert.not.equal(one.logWeights, other.logWeights)
  assert.equal(product.tensors(), before)
  product.release()
})

/** A product of which a run of a million temperatures takes minutes. */
const long = (): Product => productOf(machineOf(bits(300), 300, 0.01, 1))

test('a run says how far it is, lets others take their turns, and can be called off', async () => {
  const product = long()
  const calls = new AbortController()
  const shares: number[] = []
  let turns = 0
  const timer = setInterval(() => turns++)
  const run = estimateLogPartition(product, {
    temperatures: 1_000_000,
    signal: calls.signal,
    onProgress: share => {
      shares.push(share)
      if (shares.length === 3) calls.abort(new Error('enough'))
    },
  })
  try {
    await run
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).message, 'enough')
  } finally {
    clearInterval(timer)
  }
  assert.is(shares.length, 3)
  assert.ok(shares.every((share, n) => share > (shares[n - 1] ?? 0) && share < 1))
  assert.ok(turns > 0)
  product.release()
})

test('the temperatures of the paper', async () => {
  const temperatures = paperTemperatures()
  assert.is(temperatures.length, 14_501)
  // Steps of 1/1000, 1/10,000 and 1/100,000.
  const steps = temperatures.subarray(1).map((beta, k) => beta - temperatures[k])
  for (const [first, last, step] of [
    [0, 500, 1e-3],
    [500, 4500, 1e-4],
    [4500, 14_500, 1e-5],
  ])
    for (const found of steps.subarray(first, last)) assert.ok(Math.abs(found - step) < 1e-12)
  assert.equal([...paperTemperatures(29)].at(-1), 1)
  const product = productOf(twelve)
  const { logPartition } = await estimateLogPartition(product, { temperatures: paperTemperatures(1000) })
  assert.ok(Math.abs(logPartition - exactLogPartition(product)) < 0.2)
  product.release()
})

test('progress ends at one', async () => {
  const product = productOf(twelve)
  const shares: number[] = []
  await estimateLogPartition(product, { temperatures: 10, onProgress: share => shares.push(share) })
  assert.is(shares.at(-1), 1)
  product.release()
})

test('a base at the means that the product has seen is nearer than a uniform one', async () => {
  const product = productOf({
    ...twelve,
    b: twelve.b.map(() => -4),
    w: twelve.w.map(row => row.map(x => x / 8)),
  })
  const rows = exactSamples(
    { ...twelve, b: twelve.b.map(() => -4), w: twelve.w.map(row => row.map(x => x / 8)) },
    500,
  )
  const tensors = product.tensors()
  product.initialise(rows)
  // Only the means are taken from the rows.
  product.restore({
    ...tensors,
    'offset.visible': product.tensors()['offset.visible'],
    counters: product.tensors().counters,
  })
  const near = await estimateLogPartition(product, { temperatures: 5 })
  const far = await estimateLogPartition(product, { temperatures: 5, base: new Float32Array(12) })
  assert.ok(near.effectiveSampleSize > 2 * far.effectiveSampleSize)
  product.release()
})

test('refuses what makes no sense', async () => {
  const product = productOf(machineOf(bits(3), 2, 1, 1))
  const refused: [AnnealingOptions, typeof TypeError | typeof RangeError, RegExp][] = [
    [{ chains: 1 }, RangeError, /chains as a whole number from 2 to .*, got 1/],
    [{ chains: 2.5 }, RangeError, /chains as a whole number/],
    [{ temperatures: 0 }, RangeError, /temperatures as a whole number from 1/],
    [{ temperatures: null as unknown as number }, TypeError, /number of steps or a list, got null/],
    [{ temperatures: [0, 0.5] }, RangeError, /rise from 0, .* to 1, .*got 2 from 0 to 0\.5/],
    [{ temperatures: [0, 0.6, 0.5, 1] }, RangeError, /rise from 0/],
    [{ seed: -1 }, RangeError, /seed as a whole number from 0 to 4294967295, got -1/],
    [{ direction: 'up' as 'forward' }, RangeError, /'forward' or 'reverse', got "up"/],
    [{ direction: 'reverse' }, TypeError, /starts .* got undefined; product\.sample/],
    [{ direction: 'reverse', starts: new Float32Array(4) }, RangeError, /rows of 3 values .* got 4/],
    [{ base: new Float32Array(2) }, RangeError, /base as 3 numbers from −50 to 50, got 2/],
    [{ base: Float32Array.of(0, 51, 0) }, RangeError, /got 3 up to 51/],
    [
      { direction: 'reverse', starts: Float32Array.of(0, 1, 5) },
      RangeError,
      /samples of the product, .*got 5 in row 0/,
    ],
    [{ base: [0, 0, 0] as unknown as Float32Array }, TypeError, /base as a Float32Array/],
    [{ signal: AbortSignal.abort(new RangeError('called off')) }, RangeError, /called off/],
  ]
  for (const [options, kind, message] of refused) {
    try {
      await estimateLogPartition(product, options)
      assert.unreachable(`${message}`)
    } catch (error) {
      assert.instance(error, kind)
      assert.match((error as Error).message, message)
    }
  }
  const other = prototype.create([{ kind: 'real', size: 2 }])
  try {
    await estimateLogPartition(other)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, TypeError)
    assert.match((error as Error).message, /can be annealed, of the family rbm, got 'prototype'/)
  }
  product.release()
  other.release()
})

test.run()
