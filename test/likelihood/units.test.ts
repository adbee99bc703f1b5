/** log Z of machines with counts, replicas and real units: by enumeration made differently, on a grid, and by annealing. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { estimateLogPartition } from '../../pipeline/likelihood/annealed-importance-sampling.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import {
  distribution,
  freeEnergy,
  load,
  logSumExp,
  type Machine,
  randomMachine,
  rounded,
} from '../reference/rbm.ts'

const counts: VisibleGroup[] = [
  { kind: 'count', size: 4 },
  { kind: 'softmax', size: 3 },
  { kind: 'count', size: 2 },
  { kind: 'bernoulli', size: 1 },
]

function productOf(machine: Machine): Product {
  const options = { hidden: machine.c.length, replicas: machine.replicas ?? 1 }
  const product = rbm.create(machine.visible, options)
  load(product, machine)
  return product
}

const countMachine = (hidden: number, replicas: number): Machine => ({
  ...rounded(randomMachine(counts, hidden, 0.8, uniforms(hidden))),
  replicas,
})

/** Two real units and a bit, with deviations of their own. */
function realMachine(): Machine {
  const visible: VisibleGroup[] = [
    { kind: 'real', size: 2 },
    { kind: 'bernoulli', size: 1 },
  ]
  const machine = rounded(randomMachine(visible, 3, 0.8, uniforms(5)))
  return { ...machine, logVariance: Float64Array.of(-1, 0.5, 0).map(Math.fround) }
}

for (const [hidden, replicas] of [
  [2, 1],
  [3, 2],
  [2, 5],
  [9, 2],
]) {
  test(`counts, ${hidden} hidden units of ${replicas} replicas: as the enumeration of all visible vectors`, () => {
    const machine = countMachine(hidden, replicas)
    const product = productOf(machine)
    const { logZ } = distribution(machine)
    // Float64 sums of some hundred exponentials.
    assert.ok(Math.abs(exactLogPartition(product) - logZ) < 1e-11 * Math.abs(logZ))
    product.release()
  })
}

test('real units: as the sum over a grid', () => {
  const machine = realMachine()
  const product = productOf(machine)
  // The trapezoidal rule on a smooth density that has vanished at the ends is exact to rounding at a step of a fifth of the
  // least deviation.
  const points = Array.from({ length: 301 }, (_, i) => (i - 150) * 0.12)
  const line = (x: number) =>
    logSumExp(points.flatMap(y => [0, 1].map(bit => -freeEnergy(machine, [x, y, bit]))))
  const logZ = logSumExp(points.map(line)) + 2 * Math.log(0.12)
  assert.ok(Math.abs(exactLogPartition(product) - logZ) < 1e-9, `${exactLogPartition(product)}, ${logZ}`)
  product.release()
})

for (const machine of [countMachine(3, 2), realMachine()]) {
  const kinds = machine.visible.map(({ kind }) => kind).join(', ')
  test(`${kinds}: annealing comes to it, forward and back`, async () => {
    const product = productOf(machine)
    const exact = exactLogPartition(product)
    const starts = product.sample(400, 500)
    for (const direction of ['forward', 'reverse'] as const) {
      const options = {
        chains: 400,
        temperatures: 400,
        direction,
        ...(direction === 'reverse' && { starts }),
      }
      const { logPartition, low, high } = await estimateLogPartition(product, options)
      const [least, most] = [Math.min(low, high), Math.max(low, high)]
      // Three standard errors, widened by a third, and no more than a tenth of a nat.
      const reach = 1.33 * Math.max(most - logPartition, logPartition - least)
      assert.ok(
        Math.abs(logPartition - exact) < Math.min(reach, 0.1),
        `${direction}: ${logPartition}, ${exact}`,
      )
    }
    product.release()
  })
}

test('beside real units the hidden ones have to be few', () => {
  const product = rbm.create([{ kind: 'real', size: 1 }], { hidden: 25 })
  assert.throws(() => exactLogPartition(product), /at most 24 bits .*25 hidden and Infinity visible/)
  product.release()
})

test.run()
