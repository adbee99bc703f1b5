/**
 * Reconstructions of the machine on units that are mostly off, drawn exactly and by Metropolis and Hastings: chains that
 * start at the enumerated distribution must stay there. The limit of 4 standard deviations of a count is exceeded by a
 * right sampler in one of 16,000 comparisons; seeds are fixed, so a test that passes goes on passing.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { sparse } from '../../pipeline/experts/sparse.ts'
import { MOST_TOKENS } from '../../pipeline/visible.ts'
import {
  chainEnd,
  denseRow,
  denseVisible,
  distribution,
  load,
  type Machine,
  machineOf,
  observable,
  randomMachine,
  sparseRow,
  statesOf,
} from '../reference/sparse.ts'

const layers: [string, VisibleGroup[]][] = [
  [
    'groups of states',
    [
      { kind: 'index', size: 5 },
      { kind: 'index', size: 2 },
      { kind: 'index', size: 3 },
    ],
  ],
  ['a set', [{ kind: 'tokens', size: 5 }]],
  [
    'a group of states between sets',
    [
      { kind: 'tokens', size: 2 },
      { kind: 'index', size: 3 },
      { kind: 'tokens', size: 3 },
    ],
  ],
]
const samplers: [string, FamilyOptions][] = [
  ['exact', {}],
  ['Metropolis and Hastings', { metropolis: true }],
  ['Metropolis and Hastings, 3 proposals', { metropolis: true, proposals: 3 }],
]

function checkCounts(found: readonly string[], names: readonly string[], masses: readonly number[]): void {
  const counts = new Map<string, number>(names.map(name => [name, 0]))
  for (const name of found) {
    assert.ok(counts.has(name), `${name} is a state`)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const [i, mass] of masses.entries()) {
    const limit = 4 * Math.sqrt(found.length * mass * (1 - mass)) + 1
    const count = counts.get(names[i]) ?? 0
    assert.ok(
      Math.abs(count - found.length * mass) < limit,
      `${names[i]}: ${count} times for ${found.length * mass}`,
    )
  }
}

/** Rows of a product's samples, by the units that are on. */
function samplesOf(product: Product, count: number, sweeps: number): string[] {
  const rows = product.sample(count, sweeps)
  return Array.from({ length: count }, (_, i) => {
    const row = rows.subarray(i * product.width, (i + 1) * product.width)
    return denseRow(product.visible, row).join('')
  })
}

function drawIndex(masses: readonly number[], uniform: () => number): number {
  let left = uniform()
  const index = masses.findIndex(mass => {
    left -= mass
    return left < 0
  })
  return index < 0 ? masses.length - 1 : index
}

for (const [layer, visible] of layers) {
  // Weights of this size make a step far from a draw of the model, and most proposals uncertain.
  const machine = randomMachine(visible, 3, 1.2, uniforms(3))
  const states = statesOf(visible)
  const names = states.map(state => state.join(''))
  const p = distribution(machine, states)

  for (const [sampler, options] of samplers) {
    for (const cdSteps of [1, 3]) {
      test(`${layer}, ${sampler}: chains that start at the distribution stay there, ${cdSteps} steps`, () => {
        const product = sparse.create(visible, {
          ...observable,
          ...options,
          hidden: 3,
          cdSteps,
          seed: cdSteps,
        })
        load(product, machine)
        const saved = product.tensors()
        const uniform = uniforms(40 + cdSteps)
        const found = Array.from({ length: 2000 }, () => {
          // Every chain starts at the same parameters, and goes on with the random numbers.
          product.restore({ ...saved, random: product.tensors().random })
          return chainEnd(product, sparseRow(visible, states[drawIndex(p, uniform)])).join('')
        })
        checkCounts(found, names, p)
        product.release()
      })
    }

    test(`${layer}, ${sampler}: an update from rows of the model moves nothing on average`, () => {
      // The sum of N updates of a tiny rate over ηN is the mean update, within four standard errors, each statistic being
      // a difference of two numbers in [0, 1]. The parameters move by 2e-4 in all, which hardly changes the distribution.
      const count = 100_000
      const rate = 1e-5
      const still = { learningRate: rate, learningRateDecay: 0, weightDecay: 0, centering: false }
      const product = sparse.create(visible, { ...still, ...options, hidden: 3, seed: 9 })
      load(product, machine)
      const uniform = uniforms(4)
      const rows = states.map(state => sparseRow(visible, state))
      const drawn = new Float32Array(1000 * product.width)
      for (let part = 0; part < count / 1000; part++) {
        for (let i = 0; i < 1000; i++) drawn.set(rows[drawIndex(p, uniform)], i * product.width)
        product.learnMany(drawn)
      }
      const after = machineOf(product)
      const pairs = [...machine.w, machine.b, machine.c].map((before, i) => [
        before,
        [...after.w, after.b, after.c][i],
      ])
      for (const [i, [before, moved]] of pairs.entries()) {
        for (const [k, value] of moved.entries()) {
          const mean = (value - before[k]) / (rate * count)
          assert.ok(Math.abs(mean) < 4 / Math.sqrt(2 * count), `${i} ${k}: ${mean}`)
        }
      }
      product.release()
    })

    test(`${layer}, ${sampler}: samples that start from the biases come to it`, () => {
      const product = sparse.create(visible, { ...options, hidden: 3, seed: 30 })
      load(product, machine)
      checkCounts(samplesOf(product, 10_000, 40), names, p)
      product.release()
    })

    test(`${layer}, ${sampler}: what is missing stays missing`, () => {
      const product = sparse.create(visible, { ...observable, ...options, hidden: 3 })
      load(product, machine)
      const row = sparseRow(visible, states[0])
      row.fill(Number.NaN, visible[0].kind === 'tokens' ? MOST_TOKENS : 1)
      const end = chainEnd(product, row)
      assert.ok(end.slice(visible[0].size).every(Number.isNaN))
      assert.ok(!end.slice(0, visible[0].size).some(Number.isNaN))
      product.release()
    })
  }
}

/** A machine without weights: units depend on nothing but their biases. */
function independent(visible: readonly VisibleGroup[], biases: readonly number[]): Machine {
  return {
    visible: denseVisible(visible),
    w: [new Float64Array(biases.length)],
    b: Float64Array.from(biases, Math.fround),
    c: new Float64Array(1),
  }
}

for (const [sampler, options] of samplers) {
  test(`${sampler}: states of a large group come with their probabilities`, () => {
    const visible: VisibleGroup[] = [{ kind: 'index', size: 1300 }]
    const uniform = uniforms(7)
    const machine = independent(
      visible,
      Array.from({ length: 1300 }, () => 3 * uniform()),
    )
    const product = sparse.create(visible, { ...options, hidden: 1, seed: 2 })
    load(product, machine)
    const total = machine.b.reduce((sum, bias) => sum + Math.exp(bias), 0)
    // Ten neighbours count together: counts of a few are not nearly normal.
    const masses = new Array<number>(130).fill(0)
    for (const [k, bias] of machine.b.entries()) masses[Math.floor(k / 10)] += Math.exp(bias) / total
    const found = Array.from(product.sample(20_000, 2), state => String(Math.floor(state / 10)))
    checkCounts(
      found,
      masses.map((_, k) => String(k)),
      masses,
    )
    product.release()
  })

  test(`${sampler}: a set never has more units than a row can tell, and comes as near as it is likely to`, () => {
    const S = MOST_TOKENS + 3
    const visible: VisibleGroup[] = [{ kind: 'tokens', size: S }]
    // p(n) ∝ C(S, n) e^(n bias), n from 1 to 64; without the bound most sets would have more.
    const bias = Math.fround(Math.log(30))
    const product = sparse.create(visible, { ...options, hidden: 1, seed: 3 })
    load(product, independent(visible, new Array<number>(S).fill(bias)))
    const logs = [0]
    for (let n = 1; n <= MOST_TOKENS; n++) logs.push(logs[n - 1] + Math.log((S - n + 1) / n) + bias)
    const weights = logs.map((log, n) => (n === 0 ? 0 : Math.exp(log - logs[MOST_TOKENS])))
    const all = weights.reduce((a, b) => a + b)
    const sizes = samplesOf(product, 4000, 40).map(units => String(units.split('1').length - 1))
    checkCounts(
      sizes,
      weights.map((_, n) => String(n)),
      weights.map(weight => weight / all),
    )
    product.release()
  })
}

test.run()
