/** The kernel of mixture experts against its oracle: what it says about rows, its expansion, and its chains. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { mixture } from '../../pipeline/experts/mixture.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { mixtureLogPartition } from '../../pipeline/likelihood/mixture.ts'
import * as oracle from '../reference/mixture.ts'

const real = (size: number) => [{ kind: 'real' as const, size }]
/** Unit roundoff of float32. */
const U = 2 ** -24

/** Rows in two clusters of the first fields, some values missing. */
function rowsOf(width: number, seed: number, count: number, missing = 0): Float32Array[] {
  const uniform = uniforms(seed)
  return Array.from({ length: count }, () => {
    const side = uniform() < 0.4 ? 3 : -1
    const values = Array.from(
      { length: width },
      (_, i) => (i < 3 ? side : i) + 2 * (uniform() + uniform() - 1),
    )
    return Float32Array.from(values, value => (uniform() < missing ? Number.NaN : value))
  })
}

const flat = (rows: readonly Float32Array[]) => Float32Array.from(rows.flatMap(row => [...row]))

function learned(width: number, options: FamilyOptions, count = 400): Product {
  const product = mixture.create(real(width), options)
  product.initialise(flat(rowsOf(width, 1, 40)))
  product.learnMany(flat(rowsOf(width, 2, count, 0.1)))
  return product
}

const modelOf = (product: Product) =>
  oracle.mixturesOf(oracle.parametersOf(product.tensors()), Number(product.options.components))

const settings: [string, number, FamilyOptions][] = [
  ['as by default', 6, {}],
  ['one field', 1, {}],
  ['one component', 5, { components: 1, experts: 3 }],
  ['components that fill no vector', 9, { components: 5, experts: 2 }],
  ['more experts than fields', 3, { experts: 7, components: 3 }],
  ['persistent chains', 6, { persistentChains: 5, cdSteps: 2 }],
  ['batches', 6, { batchSize: 7 }],
  ['many fields', 70, { experts: 3 }],
]

/** Largest number of a row's terms log ρ − ½ z², which roundings are relative to. */
function sizeOf(experts: oracle.Mixtures, row: ArrayLike<number>): number {
  const parts = experts.flat()
  const shares = Array.from(row, (value, i) =>
    Number.isNaN(value)
      ? 0
      : Math.max(
          ...parts.map(({ mean, root }) => Math.abs(Math.log(root[i])) + (root[i] * (value - mean[i])) ** 2),
        ),
  )
  return experts.length * (20 + shares.reduce((sum, share) => sum + share, 0))
}

for (const [name, width, options] of settings) {
  test(`${name}: free energy, posterior, reconstruction and gradient`, () => {
    const product = learned(width, options)
    const experts = modelOf(product)
    for (const row of [...rowsOf(width, 3, 6), ...rowsOf(width, 4, 6, 0.4)]) {
      // A term has 6 roundings, their sum one for every four fields; both relative to the terms.
      const bound = U * (8 + width / 4) * sizeOf(experts, row)
      const energy = oracle.energy(experts, row)
      assert.ok(
        Math.abs(product.freeEnergy(row) - energy) <= bound,
        `${product.freeEnergy(row)} for ${energy}`,
      )
      // Errors of log-probabilities are relative errors of probabilities.
      const posterior = oracle.posterior(experts, row).flat()
      for (const [c, p] of product.transformOne(row).entries())
        assert.ok(Math.abs(p - posterior[c]) <= bound + 4 * U)
      const smooth = oracle.reconstruct(experts, row, 2)
      for (const [i, x] of product.reconstruct(row, 2).entries())
        assert.ok(
          Math.abs(x - smooth[i]) <= 100 * bound * (1 + Math.abs(smooth[i])),
          `${i}: ${x}, ${smooth[i]}`,
        )
    }
    product.release()
  })

  test(`${name}: surprise and conditional are those of the likeliest value`, () => {
    const product = learned(width, options)
    const experts = modelOf(product)
    for (const row of [...rowsOf(width, 5, 2), ...rowsOf(width, 6, 2, 0.3)]) {
      const bound = U * (8 + width / 4) * sizeOf(experts, row)
      const fields = Array.from({ length: Math.min(width, 6) }, (_, i) => i)
      const surprise = product.surprise(row)
      const expected = oracle.surprise(experts, row, fields.length)
      for (const i of fields) {
        if (Number.isNaN(row[i])) assert.ok(Number.isNaN(surprise[i]))
        else
          assert.ok(
            Math.abs(surprise[i] - expected[i]) <= 2 * bound + 1e-3,
            `${i}: ${surprise[i]}, ${expected[i]}`,
          )
        const [found] = product.conditional(row, i)
        const [here, best] = [found, oracle.likeliest(experts, row, i)].map(value => {
          const other = Array.from(row)
          other[i] = value
          return oracle.energy(experts, other)
        })
        // A peak is flat: what counts is how likely the value is.
        assert.ok(here - best <= 2 * bound + 1e-3, `${i}: ${here - best}`)
      }
    }
    product.release()
  })
}

test('the product is its expansion into K^M normal distributions', () => {
  const product = learned(2, { experts: 3, components: 2 })
  const experts = modelOf(product)
  const modes = oracle.expansion(experts)
  assert.is(modes.length, 8)
  for (const row of rowsOf(2, 7, 200)) {
    // Both in float64, sums of some ten terms below 1e3.
    assert.ok(Math.abs(oracle.logExpanded(modes, row) + oracle.energy(experts, row)) < 1e-10)
  }
  assert.ok(Math.abs(mixtureLogPartition(product) - oracle.logPartition(experts)) < 1e-10)
  product.release()
})

test('log Z of one expert is zero, and too many terms are refused', () => {
  const one = learned(4, { experts: 1, components: 7 })
  assert.ok(Math.abs(mixtureLogPartition(one)) < 1e-12)
  one.release()
  const many = mixture.create(real(2), { experts: 11, components: 4 })
  assert.throws(() => mixtureLogPartition(many), /at most 1048576 terms.*got 4194304/)
  many.release()
})

/** Largest difference of a histogram of the first field from the expansion, in standard deviations of a count. */
function worstCount(values: Float32Array, width: number, modes: readonly oracle.Mode[]): number {
  const total = oracle.logSumExp(modes.map(({ logMass }) => logMass))
  const count = values.length / width
  const edges = Array.from({ length: 21 }, (_, n) => -5 + n / 2)
  let worst = 0
  for (const low of edges) {
    const found = values.filter((value, at) => at % width === 0 && value >= low && value < low + 0.5).length
    // The midpoint rule, 64 points for deviations of a tenth and more: errors below 1e-3 of a count's deviation.
    const p = Array.from({ length: 64 }, (_, n) => low + (n + 0.5) / 128).reduce((sum, x) => {
      const densities = modes.map(({ logMass, mean, precision }) => {
        const z = 0.5 * precision[0] * (x - mean[0]) ** 2
        return Math.exp(logMass - total - z) * Math.sqrt(precision[0] / (2 * Math.PI))
      })
      return sum + densities.reduce((all, density) => all + density, 0) / 128
    }, 0)
    worst = Math.max(worst, Math.abs(found - count * p) / Math.sqrt(count * p * (1 - p) + 1))
  }
  return worst
}

test('chains that start at the product stay there', () => {
  const product = learned(2, { experts: 3, components: 2 })
  const modes = oracle.expansion(modelOf(product))
  const states = Float32Array.from(oracle.draw(modes, 20_000, uniforms(8)).flat())
  // 21 counts, four standard deviations: one in 700 right samplers would fail, with seeds that are fixed.
  assert.ok(worstCount(states, 2, modes) < 4)
  for (const sweeps of [1, 3]) {
    product.walk?.(
      states,
      sweeps,
      Uint32Array.from({ length: 16 }, (_, n) => sweeps * 31 + n),
    )
    assert.ok(worstCount(states, 2, modes) < 4, `${worstCount(states, 2, modes)}`)
  }
  product.release()
})

test('samples come from the product, although its modes are far apart', () => {
  const product = mixture.create(real(2), { experts: 2, components: 2 })
  const tensors = product.tensors()
  // Four modes, 40 deviations from each other, of unequal weight: no chain crosses between them value by value.
  tensors['experts.means'].data.set([-2, 0, 2, 0, 0, -2, 0, 2])
  tensors['experts.roots'].data.set([10, 0.3, 10, 0.3, 0.3, 10, 0.3, 10])
  tensors['experts.logits'].data.set([0.5, -0.5, 0, 1])
  product.restore(tensors)
  const modes = oracle.expansion(modelOf(product))
  const samples = product.sample(20_000, 3)
  assert.ok(worstCount(samples, 2, modes) < 4, `${worstCount(samples, 2, modes)}`)
  product.release()
})

test('free energies of values up to the largest float32 are finite, and a variance never vanishes', () => {
  const product = learned(5, {})
  for (const value of [1e20, -3e38, 3.4e38]) {
    const row = new Float32Array(5).fill(value)
    assert.ok(Number.isFinite(product.freeEnergy(row)))
    assert.ok(product.surprise(row).every(Number.isFinite))
    product.learnOne(row)
  }
  const same = Float32Array.of(1, 2, 3, 4, 5)
  for (let n = 0; n < 5000; n++) product.learnOne(same)
  const tensors = product.tensors()
  for (const [name, { data }] of Object.entries(tensors)) assert.ok(data.every(Number.isFinite), name)
  const { data: scales } = tensors.scales
  for (const [c, root] of tensors['experts.roots'].data.entries())
    assert.ok(root * scales[c % 5] <= 100 * (1 + 2 * U), `${root}`)
  product.release()
})

test.run()
