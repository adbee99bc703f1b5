/** The kernel of Gaussian experts against its oracle: what it says about rows, and that its chains stay at the product. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { gaussian } from '../../pipeline/experts/gaussian.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { gaussianLogPartition, normalOf } from '../../pipeline/likelihood/gaussian.ts'
import * as oracle from '../reference/gaussian.ts'

const D = 7
const real = (size: number) => [{ kind: 'real' as const, size }]

/** Fields of several scales that go together, some missing. */
function rowOf(uniform: () => number, missing = 0): Float32Array {
  const bell = () => uniform() + uniform() + uniform() + uniform() - 2
  const shared = bell()
  const values = [1e3 + shared, 20 * shared + 3 * bell(), bell(), 1e-4 * (bell() + shared), shared, bell(), 5]
  return Float32Array.from(values, value => (uniform() < missing ? Number.NaN : value))
}

const rowsOf = (seed: number, count: number, missing = 0) => {
  const uniform = uniforms(seed)
  return Array.from({ length: count }, () => rowOf(uniform, missing))
}

function learned(options: FamilyOptions, count = 300): Product {
  const product = gaussian.create(real(D), options)
  product.initialise(Float32Array.from(rowsOf(1, 40).flatMap(row => [...row])))
  for (const row of rowsOf(2, count, 0.1)) product.learnOne(row)
  return product
}

const settings: [string, FamilyOptions][] = [
  ['as by default', {}],
  ['rank one', { rank: 1, experts: 5 }],
  ['an odd rank', { rank: 3, experts: 3 }],
  ['full rank', { rank: 0, experts: 1 }],
  ['chains from the data', { cdSteps: 2 }],
  ['persistent chains', { cdSteps: 1, persistentChains: 3, rank: 2 }],
  ['batches', { batchSize: 7 }],
]

const modelOf = (product: Product) => oracle.expertsOf(oracle.parametersOf(product.tensors()))

/**
 * Answers are float64 rounded to float32. The oracle goes another way, by elimination, whose error grows with the
 * condition of the precision matrix: deviations of 1e-4 to 20 beside each other make that 1e11 at most, so that of 1e-16
 * 1e-5 is left, relative to the largest term. The limit of 1e-4 is seen by any wrong formula.
 */
const assertClose = (found: ArrayLike<number>, expected: ArrayLike<number>, what: string) => {
  const size = Array.from(expected, value => (Number.isNaN(value) ? 0 : Math.abs(value)))
  assert.is(found.length, expected.length, what)
  for (const [i, value] of Array.from(expected).entries()) {
    const same = Number.isNaN(value)
      ? Number.isNaN(found[i])
      : Math.abs(found[i] - value) <= 1e-4 * size[i] + 1e-4
    assert.ok(same, `${what} ${i}: ${found[i]}, expected ${value}`)
  }
}

for (const [name, options] of settings) {
  test(`${name}: free energy, surprise, conditionals, reconstruction and features`, () => {
    const product = learned(options)
    const experts = modelOf(product)
    for (const row of [...rowsOf(3, 5), ...rowsOf(4, 8, 0.4), new Float32Array(D).fill(Number.NaN)]) {
      assertClose([product.freeEnergy(row)], [oracle.energy(experts, row)], 'energy')
      assertClose(product.surprise(row), oracle.surprise(experts, row), 'surprise')
      for (let i = 0; i < D; i++) {
        assertClose(product.conditional(row, i), [oracle.conditional(experts, row, i)], `conditional ${i}`)
      }
      for (const steps of [1, 3])
        assertClose(
          product.reconstruct(row, steps),
          oracle.reconstruct(experts, row, steps),
          'reconstruction',
        )
      assertClose(product.transformOne(row), oracle.features(experts, row), 'features')
    }
    product.release()
  })
}

test('free energies of values up to the largest float32 are finite', () => {
  const product = learned({})
  for (const value of [1e20, -3e38, 3.4e38]) {
    const row = new Float32Array(D).fill(value)
    assert.ok(Number.isFinite(product.freeEnergy(row)))
    assert.ok(product.surprise(row).every(Number.isFinite))
    product.learnOne(row)
    assert.ok(product.conditional(row, 0).every(Number.isFinite))
  }
  for (const [name, { data }] of Object.entries(product.tensors()))
    assert.ok(data.every(Number.isFinite), name)
  assert.ok(
    product.freeEnergies(Float32Array.from(rowsOf(3, 5).flatMap(row => [...row]))).every(Number.isFinite),
  )
  product.release()
})

test('the precision matrix and its mean are what addConditional adds', () => {
  const product = learned({ rank: 3 })
  const natural = {
    linear: new Float64Array(D),
    precision: new Float64Array(D * D),
    lower: new Float64Array(D).fill(Number.NEGATIVE_INFINITY),
    upper: new Float64Array(D).fill(Number.POSITIVE_INFINITY),
  }
  product.addConditional?.(rowsOf(3, 1)[0], natural, new Uint32Array(16).fill(1))
  const experts = modelOf(product)
  const expected = oracle.precision(experts).flat()
  // Sums of at most 20 products of float64 in another order.
  for (const [i, value] of expected.entries())
    assert.ok(
      Math.abs(natural.precision[i] - value) <= 1e-12 * Math.abs(expected[(i % D) * (D + 1)] + value) + 1e-9,
    )
  assertClose(natural.linear, oracle.linear(experts), 'linear')
  product.release()
})

/** Largest difference of means and covariances, in standard deviations of their estimates from `rows`. */
function deviation(rows: Float32Array, mean: ArrayLike<number>, covariance: number[][]): number {
  const width = mean.length
  const count = rows.length / width
  let worst = 0
  for (let i = 0; i < width; i++) {
    let sum = 0
    for (let n = 0; n < count; n++) sum += rows[n * width + i] - mean[i]
    worst = Math.max(worst, Math.abs(sum) / Math.sqrt(count * covariance[i][i]))
    for (let j = 0; j <= i; j++) {
      let products = 0
      for (let n = 0; n < count; n++) {
        products += (rows[n * width + i] - mean[i]) * (rows[n * width + j] - mean[j])
      }
      const variance = covariance[i][i] * covariance[j][j] + covariance[i][j] ** 2
      worst = Math.max(worst, Math.abs(products - count * covariance[i][j]) / Math.sqrt(count * variance))
    }
  }
  return worst
}

test('samples have the mean and the covariance of the product, and sweeps keep them', () => {
  // Without the fields of other scales, whose float32 values round in their last digits.
  const product = gaussian.create(real(4), { rank: 2, experts: 2, cdSteps: 1, rootScale: 2 })
  const uniform = uniforms(5)
  product.learnMany(Float32Array.from({ length: 800 }, () => uniform() + uniform() - 1))
  const experts = modelOf(product)
  const covariance = oracle.inverse(oracle.precision(experts))
  const samples = product.sample(20_000, 1)
  // 14 comparisons, four standard deviations: one in a thousand right samplers would fail, with seeds that are fixed.
  assert.ok(deviation(samples, oracle.mean(experts), covariance) < 4)
  for (let turn = 0; turn < 3; turn++) {
    product.walk?.(
      samples,
      1,
      Uint32Array.from({ length: 16 }, (_, n) => 7 * turn + n + 1),
    )
    assert.ok(deviation(samples, oracle.mean(experts), covariance) < 4, `turn ${turn}`)
  }
  product.release()
})

test('log Z is that of the oracle, and of two experts the density of their difference', () => {
  const product = learned({ rank: 3 }, 100)
  const experts = modelOf(product)
  const at = oracle.mean(experts)
  const { mean, precision } = normalOf(product)
  assertClose(mean, at, 'mean')
  const own = oracle.precision(experts).flat()
  for (const [i, value] of own.entries())
    assert.ok(Math.abs(precision[i] - value) <= 1e-12 * Math.max(...own))
  product.release()

  // One field, one expert N(1, 1/4) and the base N(-1, 1): ∫ of the product of both densities is N(1; -1, 5/4).
  const two = gaussian.create(real(1), { experts: 1, rank: 1 })
  const tensors = two.tensors()
  tensors['base.means'].data[0] = -1
  tensors['experts.means'].data[0] = 1
  tensors['experts.roots'].data[0] = 2
  two.restore(tensors)
  const density = -0.5 * Math.log(2 * Math.PI * 1.25) - 4 / 2.5
  const normalisers = Math.log(2) - Math.log(2 * Math.PI)
  assert.ok(Math.abs(gaussianLogPartition(two) + normalisers - density) < 1e-14)
  two.release()
})

test('a batch of equal rows moves parameters as one of them does, with the same draws', () => {
  // The draws differ from row to row: learnPair gives the reconstruction.
  const rows = rowsOf(6, 2)
  const [one, four] = [1, 4].map(batchSize => gaussian.create(real(D), { batchSize, learningRateDecay: 0 }))
  one.learnPair?.(rows[0], rows[1])
  const before = four.tensors()['experts.roots'].data
  for (let n = 0; n < 4; n++) {
    assert.equal(four.tensors()['experts.roots'].data, before)
    four.learnPair?.(rows[0], rows[1])
  }
  for (const name of ['base.means', 'base.roots', 'experts.means', 'experts.roots']) {
    const [a, b] = [one.tensors()[name].data, four.tensors()[name].data]
    // Four equal numbers are added and divided by four: exact but for the step's own rounding.
    for (const [i, value] of a.entries()) assert.ok(Math.abs(value - b[i]) <= 1e-12 * Math.abs(value))
  }
  one.release()
  four.release()
})

test.run()
