/** What the kernel of the restricted Boltzmann machine says about rows, against the float64 oracle. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { kernelsFor, type Target, targets } from '../assembly/compile.ts'
import {
  conditional,
  freeEnergy,
  gradient,
  groupsOf,
  hiddenMeans,
  load,
  type Machine,
  parametersOf,
  randomMachine,
  reconstruct,
  rounded,
  sum,
  surprise,
  withParameters,
} from '../reference/rbm.ts'
import { randomRow, randomRows } from '../reference/rows.ts'

const layers: [string, VisibleGroup[]][] = [
  ['one bit', [{ kind: 'bernoulli', size: 1 }]],
  ['bits', [{ kind: 'bernoulli', size: 21 }]],
  ['two states', [{ kind: 'softmax', size: 2 }]],
  [
    'bits between groups',
    [
      { kind: 'softmax', size: 3 },
      { kind: 'bernoulli', size: 2 },
      { kind: 'bernoulli', size: 4 },
      { kind: 'softmax', size: 37 },
      { kind: 'softmax', size: 2 },
      { kind: 'bernoulli', size: 1 },
    ],
  ],
  // 512 values: the row stride must not be a power of two.
  ['many groups', Array.from({ length: 64 }, () => ({ kind: 'softmax', size: 8 }) as const)],
]

function productOf(machine: Machine, target: Target = 'plain'): Product {
  const options = { hidden: machine.c.length, persistentChains: 0, averaging: false }
  const product = rbm.create(machine.visible, options, kernelsFor(target))
  load(product, machine)
  return product
}

/**
 * How far a sum of softplus over the hidden units may be off. In units of 2^-24: an input A_j is a sum in D/8 + 5
 * roundings of its largest partial sum; softplusSum adds 4 a unit and 65 for each nat of positive input (assembly/
 * logsum.ts); a lane adds up to H inputs, one rounding each.
 */
function softplusBound(machine: Machine, row: ArrayLike<number>): number {
  const D = machine.b.length
  const H = machine.c.length
  const inputs = machine.w.map((weights, j) => {
    const terms = Array.from(weights, (w, i) => Math.abs(w) * (Number.isNaN(row[i]) ? 0 : row[i]))
    return Math.abs(machine.c[j]) + sum(terms) + Math.max(...weights.map(Math.abs))
  })
  return 2 ** -24 * (4 * H + (D / 8 + 5 + 65 + H) * sum(inputs))
}

const biasBound = (machine: Machine) => 2 ** -24 * (machine.b.length / 8 + 6) * sum(machine.b.map(Math.abs))

/** Everything that the kernel says about a few rows of one machine. */
function checkAnswers(
  visible: readonly VisibleGroup[],
  name: string,
  hidden: number,
  missing: number,
  target: Target,
) {
  const title = `${target} SIMD, ${name}, H = ${hidden}${missing ? ', a third missing' : ''}`
  const uniform = uniforms(hidden)
  const machine = rounded(randomMachine(visible, hidden, 1, uniform))
  const rows = Array.from({ length: 3 }, () => randomRow(visible, uniform, missing))

  test(`${title}: free energy`, () => {
    const product = productOf(machine, target)
    for (const row of rows) {
      const exact = freeEnergy(machine, row)
      const bound = softplusBound(machine, row) + biasBound(machine) + 2 ** -23 * Math.abs(exact)
      assert.ok(Math.abs(product.freeEnergy(row) - exact) <= bound)
    }
    product.release()
  })

  test(`${title}: surprise and conditionals`, () => {
    const product = productOf(machine, target)
    for (const row of rows) {
      // A log-odds is a difference of two such sums, a bias more.
      const bound = 2 * softplusBound(machine, row) + biasBound(machine)
      const exact = surprise(machine, row)
      const got = product.surprise(row)
      assert.is(got.length, exact.length)
      for (const [g, group] of groupsOf(visible).entries()) {
        const apart = Math.abs(got[g] - exact[g])
        assert.ok(
          Number.isNaN(exact[g]) ? Number.isNaN(got[g]) : apart <= bound + 4e-7 * exact[g],
          `group ${g}`,
        )
        const means = product.conditional(row, g)
        for (const [k, mean] of conditional(machine, row, group).entries()) {
          assert.ok(Math.abs(means[k] - mean) <= bound + 1e-6, `state ${k} of group ${g}`)
        }
      }
    }
    product.release()
  })

  test(`${title}: features and reconstruction`, () => {
    const product = productOf(machine, target)
    for (const row of rows) {
      // A sigmoid changes by a quarter of its input at most, a softmax by a half.
      const means = hiddenMeans(machine, row)
      const bound = 2e-7 + softplusBound(machine, row) / 4
      for (const [j, value] of product.transformOne(row).entries())
        assert.ok(Math.abs(value - means[j]) <= bound)
      const down =
        1e-6 +
        biasBound(machine) +
        bound * Math.max(...machine.w.flatMap(w => Array.from(w, Math.abs))) * hidden
      const exact = reconstruct(machine, row, 1)
      const once = product.reconstruct(row)
      for (const [i, value] of once.entries()) assert.ok(Math.abs(value - exact[i]) <= down, `value ${i}`)
      assert.equal(product.reconstruct(row, 3), product.reconstruct(product.reconstruct(once)))
    }
    product.release()
  })
}

for (const target of targets()) {
  for (const [name, visible] of layers) {
    for (const hidden of [1, 7, 16, 150]) {
      for (const missing of [0, 0.3]) checkAnswers(visible, name, hidden, missing, target)
    }
  }
}

test('the gradient of the free energy is what learning assumes', () => {
  // Central differences in float32: rounding 1e-6 / 2h and truncation h²/6 are both below 1e-4 for h = 0.02.
  const visible: VisibleGroup[] = [
    { kind: 'softmax', size: 3 },
    { kind: 'bernoulli', size: 3 },
  ]
  const uniform = uniforms(3)
  const machine = rounded(randomMachine(visible, 4, 0.5, uniform))
  const product = productOf(machine)
  const row = randomRow(visible, uniform)
  const exact = gradient(machine, row)
  const parameters = parametersOf(machine)
  const at = (i: number, offset: number) => {
    load(product, withParameters(machine, parameters.with(i, parameters[i] + offset)))
    return -product.freeEnergy(row)
  }
  for (const [i, value] of exact.entries()) {
    const numeric = (at(i, 0.02) - at(i, -0.02)) / 0.04
    assert.ok(
      Math.abs(numeric - value) < 2e-3 * Math.max(1, Math.abs(value)),
      `parameter ${i}: ${numeric}, ${value}`,
    )
  }
  product.release()
})

test('until the first interval is full the parameters score, then their average', () => {
  const visible: VisibleGroup[] = [{ kind: 'bernoulli', size: 9 }]
  const uniform = uniforms(4)
  const product = rbm.create(visible, { hidden: 4, averagingInterval: 5, learningRate: 0.5 })
  const scoredBy = (prefix: 'experts' | 'average', row: Float32Array) => {
    const { [`${prefix}.w`]: w, [`${prefix}.b`]: b, [`${prefix}.c`]: c } = product.tensors()
    const all = [...w.data, ...b.data, ...c.data]
    return freeEnergy(withParameters(randomMachine(visible, 4, 0, uniform), all), row)
  }
  const row = randomRow(visible, uniform)
  for (let t = 1; t <= 12; t++) {
    product.learnMany(randomRows(visible, 1, uniform))
    assert.ok(
      Math.abs(product.freeEnergy(row) - scoredBy(t < 5 ? 'experts' : 'average', row)) < 1e-5,
      `after ${t}`,
    )
  }
  assert.ok(Math.abs(scoredBy('experts', row) - scoredBy('average', row)) > 1e-3, 'the two differ')
  product.release()
})

test('initialise sets biases to the logits of smoothed means over the values that are there', () => {
  const product = rbm.create(
    [
      { kind: 'bernoulli', size: 2 },
      { kind: 'softmax', size: 4 },
    ],
    { hidden: 2 },
  )
  const _ = Number.NaN
  product.initialise(Float32Array.of(1, 0, 0, 1, 0, 0, /**/ 1, _, 0, 0.5, 0.5, 0, /**/ 0.5, 1, _, _, _, _))
  // (Σv + 1) / (n + 2) for units, (Σv + 1/2) / (n + 2) for one of four states.
  const means = [3.5 / 5, 2 / 4, 0.5 / 4, 2 / 4, 1 / 4, 0.5 / 4]
  const logits = means.map((mean, i) => (i < 2 ? Math.log(mean / (1 - mean)) : Math.log(mean)))
  const { 'experts.b': b, 'average.b': average, 'offset.visible': offset, counters } = product.tensors()
  for (const i of means.keys()) {
    assert.ok(Math.abs(offset.data[i] - means[i]) < 1e-6)
    assert.ok(Math.abs(b.data[i] - logits[i]) < 1e-6)
  }
  assert.equal(average.data, b.data)
  assert.is(counters.data[1], 3)
  product.release()
})

test('weights start as independent normal numbers', () => {
  const product = rbm.create([{ kind: 'bernoulli', size: 500 }], { hidden: 200, weightScale: 0.5, seed: 7 })
  const w = product.tensors()['experts.w'].data
  const n = w.length
  const moment = (power: number) => sum(Array.from(w as Float32Array, value => (value / 0.5) ** power)) / n
  // Four standard errors of the first, second and fourth moment of N(0, 1): √(1/n), √(2/n), √(96/n).
  assert.ok(Math.abs(moment(1)) < 4 * Math.sqrt(1 / n))
  assert.ok(Math.abs(moment(2) - 1) < 4 * Math.sqrt(2 / n))
  assert.ok(Math.abs(moment(4) - 3) < 4 * Math.sqrt(96 / n))
  product.release()
})

test.run()
