/** Brackets of log Z beside enumeration. Seeds are fixed, so that a test that passes goes on passing. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Product } from '../../pipeline/experts/product.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import {
  checkedAnnealing,
  estimateLogPartition,
} from '../../pipeline/likelihood/annealed-importance-sampling.ts'
import { type BracketOptions, bracketLogPartition } from '../../pipeline/likelihood/bracket.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import { annealedPopulation } from '../../pipeline/likelihood/population.ts'
import { distribution, type Machine, visibleStates } from '../reference/rbm.ts'
import { bits, machineOf, mixed, productOf } from './machines.ts'

for (const [name, machine] of [
  ['12 × 8, weights of deviation 1.5', machineOf(bits(12), 8, 1.5, 5)],
  ['softmax groups', machineOf(mixed, 8, 1.5, 3)],
  ['weights of deviation 3', machineOf(bits(12), 8, 3, 7)],
] as const) {
  test(`${name}: log Z lies in its bracket, and the bracket narrows with more temperatures`, async () => {
    const product = productOf(machine)
    const exact = exactLogPartition(product)
    const widths: number[] = []
    for (const temperatures of [30, 300, 3000]) {
      const found = await bracketLogPartition(product, { temperatures, sweeps: 20, seed: 3 })
      // The mean of 100 log-weights errs by a tenth of their deviation, of which four are allowed.
      const slack = ({ logWeights }: { logWeights: Float64Array }) => 0.4 * deviation(logWeights)
      assert.ok(found.low - slack(found.forward) < exact, `${temperatures}: ${found.low} for ${exact}`)
      assert.ok(found.high + slack(found.reverse) > exact, `${temperatures}: ${found.high} for ${exact}`)
      const error = Math.abs(found.logPartition - exact)
      assert.ok(error < slack(found.forward) + slack(found.reverse), `${temperatures}: ${error}`)
      widths.push(found.high - found.low)
    }
    assert.ok(widths[0] > 2 * widths[1] && widths[1] > 2 * widths[2], `${widths}`)
    product.release()
  })
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1))
}

/** Two modes of the same mass that Gibbs sampling does not change between: all units on by a hidden one, or off. */
function twoModes(): Machine {
  const machine = machineOf(bits(12), 2, 0, 1)
  machine.w.forEach((row, j) => {
    row.fill(j === 0 ? 6 : 0)
  })
  machine.b.fill(-3)
  // On, twelve units with the input 3 have e^36.6 more than off, with the input −3.
  machine.c.set([-36, 0])
  return machine
}

test('a population has each mode as often as it weighs, where chains alone end in one of them', async () => {
  const machine = twoModes()
  const product = productOf(machine)
  const on = visibleStates(machine.visible).map(state => state.reduce((sum, v) => sum + v, 0) > 6)
  const share = distribution(machine).logP.reduce((sum, log, n) => sum + (on[n] ? Math.exp(log) : 0), 0)
  // From a base model in which most units are on.
  const asked = { chains: 2000, temperatures: 200, base: new Float32Array(12).fill(1) }
  const alone = await estimateLogPartition(product, asked)
  assert.ok(shareOn(alone.states, 12) > share + 0.3)
  const run = checkedAnnealing(product, asked)
  const { states, families } = await annealedPopulation(product, run, 5, undefined, () => {})
  const found = shareOn(states, 12)
  // Some fifty chains come to the other mode alone: its share errs by a seventh of itself, of which two are allowed.
  assert.ok(Math.abs(found - share) < share * (2 / 7), `${found} for ${share}, ${families} families`)
  assert.ok(families > 200 && families < 2000, `${families}`)
  product.release()
})

/** The share of states with more than half of their units on. */
function shareOn(states: Float32Array, width: number): number {
  const count = states.length / width
  let on = 0
  for (let n = 0; n < count; n++) {
    const sum = states.subarray(n * width, (n + 1) * width).reduce((sum, v) => sum + v, 0)
    if (sum > width / 2) on++
  }
  return on / count
}

test('without weights the bracket is a point', async () => {
  const machine = machineOf(bits(20), 7, 0, 1)
  const product = productOf(machine)
  const { low, high, logPartition, families } = await bracketLogPartition(product, {
    temperatures: 50,
    sweeps: 2,
    base: Float32Array.from(machine.b),
  })
  const exact = exactLogPartition(product)
  for (const found of [low, high, logPartition]) assert.ok(Math.abs(found - exact) < 1e-9)
  assert.is(families, 100)
  product.release()
})

test('the same seed gives the same bracket, progress ends at one, and the product stays what it is', async () => {
  const product = productOf(machineOf(bits(12), 8, 1.5, 5))
  const before = product.tensors()
  const shares: number[] = []
  const asked: BracketOptions = {
    chains: 7,
    temperatures: 40,
    sweeps: 3,
    onProgress: share => shares.push(share),
  }
  const one = await bracketLogPartition(product, asked)
  assert.is(shares.at(-1), 1)
  assert.ok(shares.every((share, n) => share >= (shares[n - 1] ?? 0)))
  assert.equal(await bracketLogPartition(product, asked), one)
  assert.not.equal((await bracketLogPartition(product, { ...asked, seed: 2 })).low, one.low)
  assert.equal(product.tensors(), before)
  product.release()
})

test('can be called off, and refuses what makes no sense', async () => {
  const product = productOf(machineOf(bits(3), 2, 1, 1))
  const other = prototype.create([{ kind: 'real', size: 2 }])
  const refused: [Product, BracketOptions, RegExp][] = [
    [product, { sweeps: -1 }, /sweeps as a whole number from 0 to .*, got -1/],
    [product, { chains: 1 }, /chains as a whole number from 2/],
    [product, { temperatures: [0, 0.5] }, /rise from 0/],
    [product, { signal: AbortSignal.abort(new RangeError('called off')) }, /called off/],
    [other, {}, /can be annealed, of the family rbm, got 'prototype'/],
  ]
  for (const [asked, options, message] of refused) {
    const outcome = await bracketLogPartition(asked, options).then(
      () => 'no error',
      (error: Error) => error.message,
    )
    assert.match(outcome, message)
  }
  product.release()
  other.release()
})

test.run()
