/** Products of products: energies add, conditionals multiply, and what one row teaches is shared. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { customFamily } from '../../pipeline/custom/custom-family.ts'
import type { Family, FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import { product } from '../../pipeline/product/product-of.ts'
import { checkRefusals } from '../contract/refusals.ts'
import { checkState } from '../contract/state.ts'
import { bytesOf, throws } from '../contract/subject.ts'
import { bells, parametersOf, switches } from '../custom/definitions.ts'
import { compare, countsOf, exact } from './grid.ts'
import { biased, pointed, quadratic, reals, switching } from './members.ts'

const words = (seed: number) =>
  Uint32Array.from({ length: 16 }, (_, i) => Math.imul(seed + i, 0x9e3779b9) >>> 0)
const normals = (uniform: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

const coupled = () =>
  quadratic(
    [
      [1.5, 0.6],
      [0.6, 1],
    ],
    [0.2, -0.4],
  )
const upright = () =>
  quadratic(
    [
      [1.2, 0],
      [0, 0.9],
    ],
    [0.2, -0.4],
  )
const mixes: [string, () => Product[]][] = [
  ['a Gaussian and a hidden unit', () => [upright(), switching([2.2, -1.8], 0.5)]],
  ['values that are coupled', () => [coupled(), switching([1.2, -0.8], 0.5), switching([-0.7, -0.7], 0)]],
  ['values within bounds', () => [upright(), pointed(2), switching([1.5, 1], 0.2)]],
  ['values that are coupled within bounds', () => [coupled(), pointed(2)]],
  ['no latent variables in common', () => [upright(), withoutLatents(), switching([2.2, -1.8], 0.5)]],
]

/** A member that has nothing but an energy and a gradient. */
function withoutLatents(): Product {
  const bell = customFamily(bells).create(reals(2))
  bell.restore({ ...bell.tensors(), 'experts.s': { shape: [2], data: new Float64Array(2).fill(-0.5) } })
  return bell
}

for (const [name, members] of mixes) {
  test(`joint chains that start at the product stay there: ${name}`, () => {
    const joint = product(members(), { stepSize: 0.4 })
    const count = 3000
    const draw = exact(joint)
    const before = draw(count, 1)
    const after = draw(count, 2)
    joint.walk?.(after, 2, words(3))
    const { chi, freedom } = compare(countsOf(before), countsOf(after))
    // Of f degrees of freedom χ² is above f + 4.3 √(2f) about once in ten thousand times for f around 20.
    assert.ok(chi < freedom + 4.3 * Math.sqrt(2 * freedom), `χ² ${chi} of ${freedom}`)
    // A chain that begins elsewhere is told apart by the same measure.
    const elsewhere = exact(product([upright()]))(count, 4)
    assert.ok(compare(countsOf(before), countsOf(elsewhere)).chi > freedom + 4.3 * Math.sqrt(2 * freedom))
    joint.walk?.(elsewhere, 8, words(5))
    const come = compare(countsOf(before), countsOf(elsewhere))
    assert.ok(
      come.chi < come.freedom + 4.3 * Math.sqrt(2 * come.freedom),
      `comes to it: ${come.chi} of ${come.freedom}`,
    )
  })
}

test('free energies and gradients add up', () => {
  const members = [coupled(), switching([2, -1], 0.5), pointed(2)]
  const joint = product(members)
  const row = Float32Array.of(0.7, -1.2)
  const sum = members.reduce((sum, member) => sum + member.freeEnergy(row), 0)
  assert.ok(Math.abs(joint.freeEnergy(row) - sum) < 1e-12)
  const slope = joint.gradient?.(row) ?? []
  for (let i = 0; i < 2; i++) {
    const total = members.reduce((sum, member) => sum + (member.gradient?.(row)[i] ?? Number.NaN), 0)
    assert.ok(Math.abs(slope[i] - total) < 1e-6)
  }
})

test('a number is expected where the sum of energies is least', () => {
  // Two Gaussians of precisions 1.2 and .5 around .2/1.2 and 3: the mean is weighted by precision.
  const joint = product([
    upright(),
    quadratic(
      [
        [0.5, 0],
        [0, 0.5],
      ],
      [1.5, 0],
    ),
  ])
  const row = Float32Array.of(2, 0)
  const mean = (0.2 + 1.5) / 1.7
  assert.ok(Math.abs(joint.conditional(row, 0)[0] - mean) < 1e-3)
  assert.ok(Math.abs(joint.surprise(row)[0] - (1.7 / 2) * (2 - mean) ** 2) < 1e-4)
  assert.ok(Math.abs(joint.conditional(Float32Array.of(Number.NaN, 0), 0)[0] - mean) < 1e-3)
  assert.ok(Number.isNaN(joint.surprise(Float32Array.of(Number.NaN, 0))[0]))
  assert.ok(Math.abs(joint.reconstruct(Float32Array.of(Number.NaN, 0))[0] - mean) < 1e-3)
})

test('states have exactly the probabilities of the product', () => {
  const visible: VisibleGroup[] = [
    { kind: 'softmax', size: 3 },
    { kind: 'real', size: 1 },
  ]
  const first = customFamily(switches).create(visible)
  const set = (b: number[], w: number[]) => ({
    ...first.tensors(),
    'experts.b': { shape: [3], data: Float64Array.from(b) },
    'experts.w': { shape: [3], data: Float64Array.from(w) },
  })
  first.restore(set([0.3, -0.2, 0.5], [-1.5, 0.4, 1.2]))
  const joint = product([first, biased([1, 0, -1])], {
    fields: [
      [0, 1, 2, 3],
      [0, 1, 2],
    ],
  })
  const odds = [0.3 + 1 - 1.5 * 0.7, -0.2 + 0.4 * 0.7, 0.5 - 1 + 1.2 * 0.7].map(Math.exp)
  const total = odds[0] + odds[1] + odds[2]
  const row = Float32Array.of(0, 0, 1, 0.7)
  const found = joint.conditional(row, 0)
  for (let k = 0; k < 3; k++) assert.ok(Math.abs(found[k] - odds[k] / total) < 1e-6)
  assert.ok(Math.abs(joint.surprise(row)[0] + Math.log(odds[2] / total)) < 1e-5)
  // Only the first looks at the number: its own answer.
  assert.is(joint.conditional(row, 1)[0], first.conditional(row, 1)[0])
  // Chains: ∫ over the number gives e^(b + w²/2).
  const masses = [0.3 + 1 + 1.5 ** 2 / 2, -0.2 + 0.4 ** 2 / 2, 0.5 - 1 + 1.2 ** 2 / 2].map(Math.exp)
  const mass = masses[0] + masses[1] + masses[2]
  const samples = joint.sample(4000, 25)
  for (let k = 0; k < 3; k++) {
    let count = 0
    for (let n = 0; n < 4000; n++) count += samples[4 * n + k]
    const p = masses[k] / mass
    assert.ok(
      Math.abs(count - 4000 * p) < 4 * Math.sqrt(4000 * p * (1 - p)),
      `${k}: ${count} for ${4000 * p}`,
    )
  }
})

test('members over the same row learn the data together, those over others alone', () => {
  const normal = normals(uniforms(6))
  const rows = Float32Array.from({ length: 2 * 3000 }, (_, i) => (i % 2 ? -1 : 2) + normal())
  const make = () => {
    const member = customFamily(bells).create(reals(2), { learningRate: 0.02 })
    member.restore({ ...member.tensors(), 'experts.s': { shape: [2], data: new Float64Array(2).fill(-1) } })
    return member
  }
  for (const latents of [false, true]) {
    const members = latents ? [quadraticBell(make()), quadraticBell(make())] : [make(), make()]
    const joint = product(members, { cdSteps: 2 })
    joint.learnMany(rows)
    // The product of two Gaussians: precisions add up to that of the data, means are weighted by them.
    const learned = members.map(member => parametersOf(member.tensors()))
    for (const [i, expected] of [2, -1].entries()) {
      const precisions = learned.map(({ s }) => Math.exp(s[i]))
      const precision = precisions[0] + precisions[1]
      const mean = (precisions[0] * learned[0].m[i] + precisions[1] * learned[1].m[i]) / precision
      // Averages over the last hundred rows or so: a tenth of a standard deviation, a fifth of the precision.
      assert.ok(Math.abs(mean - expected) < 0.3, `mean ${mean} for ${expected}, latents ${latents}`)
      assert.ok(Math.abs(precision - 1) < 0.4, `precision ${precision}, latents ${latents}`)
    }
  }
  const [alone, other] = [make(), make()]
  const apart = product([make(), make()], {
    fields: [
      [0, 2],
      [1, 3],
    ],
  })
  for (let at = 0; at < 400; at += 4) {
    const row = rows.subarray(at, at + 4)
    apart.learnOne(row)
    alone.learnOne(Float32Array.of(row[0], row[2]))
    other.learnOne(Float32Array.of(row[1], row[3]))
  }
  assert.equal(bytesOf(apart.members[0].tensors()), bytesOf(alone.tensors()))
  assert.equal(bytesOf(apart.members[1].tensors()), bytesOf(other.tensors()))
})

/** Bells that say themselves what their Gaussian is. */
function quadraticBell(member: Product): Product {
  const addConditional: Product['addConditional'] = (_, natural) => {
    const { m, s } = parametersOf(member.tensors())
    for (let i = 0; i < m.length; i++) {
      natural.linear[i] += Math.exp(s[i]) * m[i]
      natural.precision[i] += Math.exp(s[i])
    }
  }
  return Object.assign(member, { addConditional })
}

test('who cannot learn with others is named', () => {
  const joint = product([prototype.create(reals(2)), upright()])
  throws(
    RangeError,
    () => joint.learnOne(Float32Array.of(1, 2)),
    /prototype cannot learn from the reconstruction of others/,
  )
  assert.is(joint.walk, undefined)
  // It may stand beside them.
  product([prototype.create(reals(2)), upright()], {
    fields: [
      [0, 1],
      [2, 3],
    ],
  }).learnOne(Float32Array.of(1, 2, 3, 4))
})

test('columns that do not go together are refused', () => {
  throws(TypeError, () => product([]), /at least one product/)
  throws(RangeError, () => product([upright(), pointed(3)]), /widths 2, 3.*fields/)
  throws(RangeError, () => product([upright()], { fields: [[0, 0]] }), /2 different columns.*\[0, 0\]/)
  throws(RangeError, () => product([upright()], { fields: [[0, 2]] }), /none at column 1/)
  throws(
    RangeError,
    () => product([upright(), biased([0, 1])]),
    /column 0 in one way, got real of 1 .*softmax of 2/,
  )
  throws(RangeError, () => product([biased([0, 1])], { fields: [[1, 0]] }), /one after the other, got 1, 0/)
  throws(RangeError, () => product([upright()], { cdSteps: 0 }), /cdSteps .*got 0/)
  const [twice] = [upright()]
  throws(RangeError, () => product([twice, twice]), /different products/)
})

/** A product of two as a family, for the contract. */
const pair: Family = {
  ...customFamily(bells),
  name: 'product',
  create: (visible, { learningRate = 1, seed = 1, ...options } = {}) =>
    product(
      [1, 2].map(n => customFamily(bells).create(visible, { learningRate, seed: Number(seed) * 2 + n })),
      { seed: Number(seed), ...options },
    ),
}
const visible: VisibleGroup[] = [1, 2].map(size => ({ kind: 'real', size }))
for (const options of [{}, { persistentChains: 3, cdSteps: 2 }] as FamilyOptions[]) {
  const subject = { title: `product, ${JSON.stringify(options)}`, family: pair, visible, options }
  checkState(subject)
  if (options.persistentChains) checkRefusals(subject)
}

test.run()
