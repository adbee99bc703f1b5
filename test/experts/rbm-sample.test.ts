/**
 * Chains are stepped several at a time: none may take another's place, and the numbers of them that there are must not
 * matter. That samples have the right distribution is shown in stationarity.test.ts.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { kernelsFor, type Target, targets } from '../assembly/compile.ts'
import { load, type Machine, randomMachine, rounded } from '../reference/rbm.ts'

const bits = (size: number): VisibleGroup[] => [{ kind: 'bernoulli', size }]

/** Hidden unit j is on exactly when value j is, and the other way round: every state stays what it is, p < e^−20 D. */
function echo(width: number, chains: number, target: Target): Product {
  const machine: Machine = {
    visible: bits(width),
    w: Array.from({ length: width }, (_, j) =>
      Float64Array.from({ length: width }, (_, i) => (i === j ? 80 : 0)),
    ),
    b: new Float64Array(width).fill(-40),
    c: new Float64Array(width).fill(-40),
  }
  const options: FamilyOptions = { hidden: width, persistentChains: chains, averaging: false }
  const product = rbm.create(machine.visible, options, kernelsFor(target))
  load(product, machine)
  const tensors = product.tensors()
  const uniform = uniforms(3)
  tensors.chains.data.set(Float32Array.from(tensors.chains.data, () => Number(uniform() < 0.5)))
  product.restore(tensors)
  return product
}

// A width within one panel of W that fills up neither vectors nor groups of rows, and some over several panels. The binary
// for relaxed SIMD takes other groups of rows than the plain one.
for (const target of targets()) {
  for (const width of [5, 62, 117]) {
    test(`sample i goes on from chain i mod P, for any number of samples: ${width} units, ${target}`, () => {
      const product = echo(width, 5, target)
      const chains = product.tensors().chains.data
      for (const count of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 25]) {
        const expected = Float32Array.from({ length: count * width }, (_, at) => chains[at % (5 * width)])
        for (const sweeps of [0, 1, 3]) assert.equal(product.sample(count, sweeps), expected)
      }
      product.release()
    })
  }
}

test('chains that are stepped together know nothing of each other', () => {
  const product = rbm.create(bits(6), { hidden: 5, persistentChains: 0 })
  load(product, rounded(randomMachine(bits(6), 5, 0.5, uniforms(4))))
  const count = 40_000
  const samples = product.sample(count, 3)
  // Within a block of chains, and from one to the next. A correlation of N independent pairs has the deviation 1/√N.
  for (const apart of [1, 2, 3, 4]) {
    for (let i = 0; i < 6; i++) {
      const column = Float64Array.from({ length: count }, (_, n) => samples[n * 6 + i])
      const mean = column.reduce((sum, x) => sum + x) / count
      let together = 0
      for (let n = apart; n < count; n++) together += (column[n] - mean) * (column[n - apart] - mean)
      const correlation = together / (count * mean * (1 - mean))
      assert.ok(Math.abs(correlation) < 4 / Math.sqrt(count), `${apart} apart, unit ${i}: ${correlation}`)
    }
  }
  product.release()
})

test('the same seed draws the same samples, and each call others', () => {
  const [one, two] = [1, 2].map(() => rbm.create(bits(20), { hidden: 7, seed: 11 }))
  for (let call = 0; call < 2; call++) assert.equal(one.sample(6, 2), two.sample(6, 2))
  assert.not.equal(one.sample(6, 2), one.sample(6, 2))
  for (const product of [one, two]) product.release()
})

test.run()
