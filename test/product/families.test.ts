/** Products of Veto's own families: joint chains that start at the product stay there, and learning together pays. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { gaussian } from '../../pipeline/experts/gaussian.ts'
import { familyNamed } from '../../pipeline/experts/index.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { unigauss } from '../../pipeline/experts/unigauss.ts'
import { type ProductOfProducts, product } from '../../pipeline/product/product-of.ts'
import { compare, countsOf, exact } from './grid.ts'
import { reals } from './members.ts'

const words = (seed: number) =>
  Uint32Array.from({ length: 16 }, (_, i) => Math.imul(seed + i, 0x9e3779b9) >>> 0)
const normals = (uniform: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

/** Two bars along the diagonal, 1.1 apart to either side. */
function bars(count: number, seed: number): Float32Array {
  const uniform = uniforms(seed)
  const normal = normals(uniform)
  const rows = new Float32Array(2 * count)
  for (let at = 0; at < rows.length; at += 2) {
    const [side, along] = [uniform() < 0.5 ? -0.8 : 0.8, normal()]
    rows[at] = along + side + 0.25 * normal()
    rows[at + 1] = along - side + 0.25 * normal()
  }
  return rows
}

/** Weights that matter: after some hundred rows those of hidden units are still small. */
function strengthen(member: Product): void {
  const tensors = member.tensors()
  const { data } = tensors['experts.w']
  for (let i = 0; i < data.length; i++) data[i] *= 12
  // Rows are scored by averages of the parameters.
  tensors['average.w']?.data.set(data)
  member.restore(tensors)
}

/** Members that have seen the data, each alone. */
function trained(names: readonly string[]): Product[] {
  const rows = bars(600, 1)
  return names.map(name => {
    const member = familyNamed(name).create(reals(2))
    member.initialise(rows.subarray(0, 100))
    member.learnMany(rows)
    if (name === 'rbm') strengthen(member)
    return member
  })
}

for (const names of [
  ['gaussian', 'rbm'],
  ['gaussian', 'unigauss'],
  ['gaussian', 'mixture'],
  ['student', 'rbm'],
  ['student', 'mixture', 'unigauss'],
]) {
  test(`${names.join(' × ')}: joint chains stay at the product`, () => {
    const joint = product(trained(names), { stepSize: 0.3 })
    assert.type(joint.walk, 'function')
    const draw = exact(joint)
    const count = 8000
    const [before, after] = [draw(count, 1), draw(count, 2)]
    joint.walk?.(after, 3, words(3))
    const { chi, freedom } = compare(countsOf(before), countsOf(after))
    // χ² of f degrees of freedom is above f + 4.3 √(2f) about once in ten thousand times for f around 20.
    assert.ok(freedom > 3 && chi < freedom + 4.3 * Math.sqrt(2 * freedom), `χ² ${chi} of ${freedom}`)
    joint.release()
  })
}

/** −log p of rows, in nats a row, with log Z summed over a grid. */
function costOf(joint: Product, rows: Float32Array): number {
  const [points, reach] = [101, 6]
  const step = (2 * reach) / (points - 1)
  const grid = Float32Array.from({ length: 2 * points * points }, (_, n) => {
    const place = n >> 1
    return (n % 2 ? place % points : Math.floor(place / points)) * step - reach
  })
  let Z = 0
  for (const energy of joint.freeEnergies(grid)) Z += Math.exp(-energy) * step * step
  const energies = joint.freeEnergies(rows)
  return energies.reduce((sum, energy) => sum + energy, 0) / energies.length + Math.log(Z)
}

test('a Gaussian and experts that may stand aside describe together what neither does alone', () => {
  const rows = bars(12_000, 2)
  const experts = () => unigauss.create(reals(2), { experts: 4, learningRate: 0.03, cdSteps: 5 })
  const models = [
    gaussian.create(reals(2)),
    experts(),
    product([gaussian.create(reals(2)), experts()], { cdSteps: 5 }),
  ]
  const costs = models.map(model => {
    model.initialise(rows.subarray(0, 400))
    model.learnMany(rows)
    return costOf(model, bars(2000, 3))
  })
  const [normal, boxes, both] = costs
  assert.ok(both < Math.min(normal, boxes) - 0.1, `${costs}`)
  for (const model of models) model.release()
})

test('members of kernels go on bit for bit after restoring', () => {
  const make = (): ProductOfProducts =>
    product([gaussian.create(reals(2)), rbm.create(reals(2), { hidden: 3 })], {
      persistentChains: 4,
      cdSteps: 2,
    })
  const [whole, resumed] = [make(), make()]
  const rows = bars(300, 4)
  whole.initialise(rows)
  whole.learnMany(rows)
  resumed.restore(whole.tensors())
  for (const each of [whole, resumed]) each.learnMany(rows)
  assert.equal(resumed.tensors(), whole.tensors())
  const row = rows.subarray(0, 2)
  assert.is(resumed.freeEnergy(row), whole.freeEnergy(row))
  assert.equal(Array.from(resumed.sample(3, 4)), Array.from(whole.sample(3, 4)))
  for (const each of [whole, resumed]) each.release()
})

/** KL(data ‖ model) over five binary units: two patterns that mirror each other, 15 % of whose values are wrong. */
function divergence(model: Product): number {
  const rows = Array.from({ length: 32 }, (_, code) =>
    Float32Array.from({ length: 5 }, (_, i) => (code >> i) & 1),
  )
  const energies = rows.map(row => model.freeEnergy(row))
  const logZ = Math.log(energies.reduce((sum, energy) => sum + Math.exp(-energy), 0))
  const likelihood = (row: Float32Array, turned: number) =>
    row.reduce(
      (product, value, i) => product * (value === Number(i < 2 !== Boolean(turned)) ? 0.85 : 0.15),
      1,
    )
  return rows.reduce((sum, row, n) => {
    const q = (likelihood(row, 0) + likelihood(row, 1)) / 2
    return sum + q * (Math.log(q) + energies[n] + logZ)
  }, 0)
}

test('two Boltzmann machines learn together what one of both sizes learns, though they score with averages', () => {
  const units = [{ kind: 'bernoulli', size: 5 } as const]
  const machine = (hidden: number, seed: number) => rbm.create(units, { hidden, seed, learningRate: 0.1 })
  const joint = product([machine(3, 1), machine(3, 2)], { cdSteps: 2 })
  const single = machine(6, 1)
  const uniform = uniforms(61)
  for (let n = 0; n < 10_000; n++) {
    const turned = uniform() < 0.5
    const row = Float32Array.from({ length: 5 }, (_, i) => Number(uniform() < 0.15 !== (i < 2 !== turned)))
    joint.learnOne(row)
    single.learnOne(row)
  }
  // Both come to about .01; under averages that lag behind the reconstructions of the two drive them to .2 and more.
  assert.ok(divergence(joint) < divergence(single) + 0.03, `${divergence(joint)}, ${divergence(single)}`)
  joint.release()
  single.release()
})

test('what several members make of huge values is finite', () => {
  const joint = product([gaussian.create(reals(2)), unigauss.create(reals(2))])
  for (const huge of [3e38, -3e38]) {
    const row = Float32Array.of(huge, -0.8)
    assert.ok([...joint.surprise(row), ...joint.conditional(row, 0)].every(Number.isFinite))
  }
  joint.release()
})

test.run()
