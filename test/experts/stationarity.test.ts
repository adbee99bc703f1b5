/**
 * Chains that start exactly at the model's distribution must stay there: p is enumerated, so any error of the sampler
 * shows as a frequency that is off. The limit of 4 standard deviations of a count of N independent chains is exceeded
 * by a right sampler in one of 16,000 comparisons; seeds are fixed, so a test that passes goes on passing.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, Tensor, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import {
  distribution,
  hiddenMeans,
  load,
  type Machine,
  randomMachine,
  rounded,
  visibleStates,
} from '../reference/rbm.ts'

const still: FamilyOptions = {
  learningRate: 0,
  learningRateFloor: 0,
  weightDecay: 0,
  averaging: false,
  centering: false,
}
const layers: [string, VisibleGroup[]][] = [
  ['five bits', [{ kind: 'bernoulli', size: 5 }]],
  [
    'a softmax group between bits',
    [
      { kind: 'bernoulli', size: 1 },
      { kind: 'softmax', size: 3 },
      { kind: 'bernoulli', size: 2 },
    ],
  ],
]

/** `count` states drawn from the machine's distribution, by number. */
function drawStates(machine: Machine, count: number, uniform: () => number): number[] {
  const masses = distribution(machine).logP.map(Math.exp)
  return Array.from({ length: count }, () => {
    let left = uniform()
    const state = masses.findIndex(mass => {
      left -= mass
      return left < 0
    })
    return state < 0 ? masses.length - 1 : state
  })
}

/** Start all persistent chains at independent draws from the model. */
function startAtModel(product: Product, machine: Machine, uniform: () => number): void {
  load(product, machine)
  const tensors = product.tensors()
  const states = visibleStates(machine.visible)
  const posteriors = states.map(state => hiddenMeans(machine, state))
  const drawn = drawStates(machine, tensors.chains.shape[0], uniform)
  tensors.chains.data.set(drawn.flatMap(state => states[state]))
  tensors['chains.hidden'].data.set(drawn.flatMap(state => posteriors[state]))
  product.restore(tensors)
}

function checkFrequencies(machine: Machine, rows: Tensor['data']): void {
  const states = visibleStates(machine.visible)
  const codes = new Map(states.map((state, code) => [state.join(), code]))
  const width = states[0].length
  const count = rows.length / width
  const counts = new Array<number>(states.length).fill(0)
  for (let n = 0; n < count; n++) {
    const code = codes.get(rows.subarray(n * width, (n + 1) * width).join())
    assert.ok(code !== undefined, 'every sample is a configuration of the visible units')
    counts[code]++
  }
  for (const [state, logP] of distribution(machine).logP.entries()) {
    const p = Math.exp(logP)
    const limit = 4 * Math.sqrt(count * p * (1 - p)) + 1
    assert.ok(
      Math.abs(counts[state] - count * p) < limit,
      `state ${states[state]}: ${counts[state]} for ${count * p}`,
    )
  }
}

for (const [name, visible] of layers) {
  // Weights of this size make chains move slowly enough for a wrong conditional to show, and fast enough to mix.
  const machine = rounded(randomMachine(visible, 4, 1.2, uniforms(1)))

  test(`${name}: Gibbs samples stay at the model's distribution`, () => {
    const product = rbm.create(visible, { ...still, hidden: 4, persistentChains: 20_000 })
    startAtModel(product, machine, uniforms(2))
    for (const sweeps of [0, 1, 2, 10]) checkFrequencies(machine, product.sample(20_000, sweeps))
    product.release()
  })

  test(`${name}: samples that start from the biases come to it`, () => {
    const product = rbm.create(visible, { ...still, hidden: 4, persistentChains: 0 })
    load(product, machine)
    checkFrequencies(machine, product.sample(20_000, 200))
    product.release()
  })

  for (const options of [{ cdSteps: 1 }, { cdSteps: 3 }, { chainsPerStep: 4000 }] as FamilyOptions[]) {
    test(`${name}: persistent chains stay at it, ${JSON.stringify(options)}`, () => {
      const product = rbm.create(visible, { ...still, ...options, hidden: 4, persistentChains: 20_000 })
      startAtModel(product, machine, uniforms(3))
      const row = Float32Array.from(visibleStates(visible)[0])
      const missing = row.map(() => Number.NaN)
      // What is missing in a row does not hold the chains back.
      for (let t = 0; t < 10; t++) product.learnOne(t % 2 ? row : missing)
      checkFrequencies(machine, product.tensors().chains.data)
      product.release()
    })
  }

  test(`${name}: CD-1 from rows of the model moves nothing on average`, () => {
    // N updates of a tiny rate: their sum over ηN is the mean update, within four standard errors, each statistic being
    // a difference of two numbers in [0, 1]. The parameters move by 4e-4 in all, which hardly changes the distribution.
    const count = 100_000
    const rate = 1e-5
    const product = rbm.create(visible, {
      ...still,
      learningRate: rate,
      learningRateDecay: 0,
      hidden: 4,
      persistentChains: 0,
    })
    load(product, machine)
    const states = visibleStates(visible)
    product.learnMany(
      Float32Array.from(drawStates(machine, count, uniforms(4)).flatMap(state => states[state])),
    )
    const tensors = product.tensors()
    const before = { w: machine.w.flatMap(row => Array.from(row)), b: machine.b, c: machine.c }
    for (const name of ['w', 'b', 'c'] as const) {
      for (const [i, value] of tensors[`experts.${name}`].data.entries()) {
        const mean = (value - before[name][i]) / (rate * count)
        assert.ok(Math.abs(mean) < 4 / Math.sqrt(2 * count), `${name}[${i}]: ${mean}`)
      }
    }
    product.release()
  })
}

test.run()
