/** What the kernel of unigauss experts says about rows, against the float64 oracle; walls, gaps, samples. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { unigauss } from '../../pipeline/experts/unigauss.ts'
import { kernelsFor, targets } from '../assembly/compile.ts'
import { activation, expertsOf, sigmoid } from '../reference/on-a-box.ts'
import type { Parameters } from '../reference/oracle.ts'
import { logNormal, oracle } from '../reference/unigauss.ts'
import { near, parametersOf, randomise } from './on-a-box.ts'

for (const target of targets()) {
  for (const [width, experts] of [
    [1, 1],
    [3, 5],
    [100, 9],
  ]) {
    for (const missing of [0, 0.4]) {
      test(`${target} SIMD, ${width} values, ${experts} experts, missing ${missing}: answers of the oracle`, () => {
        const options = { experts, low: -2, high: 3 }
        const product = unigauss.create([{ kind: 'real', size: width }], options, kernelsFor(target))
        const uniform = uniforms(width)
        randomise(product, uniform)
        const parameters = parametersOf(product)
        const reference = oracle()
        for (let n = 0; n < 4; n++) {
          // Some of it beyond the walls.
          const row = Float32Array.from({ length: width }, () =>
            uniform() < missing ? Number.NaN : 7 * uniform() - 3,
          )
          const energy = -reference.logDensity(parameters, row)
          // a_m adds up D terms of some tens, with a few roundings of 6e-8 each, in blocks of 64.
          const limit = 2e-5 * (1 + Math.abs(energy)) + 1e-6 * width
          near(product.freeEnergy(row), energy, limit, 'F')
          const shares = product.transformOne(row)
          for (const [m, expert] of expertsOf(parameters).entries()) {
            const expected = sigmoid(activation(parameters, expert, row, logNormal))
            near(shares[m], expected, 1e-5 * width, `share ${m}`)
          }
          if (missing > 0) continue
          const slope = product.gradient?.(row) ?? new Float32Array(0)
          for (let i = 0; i < width; i++)
            near(slope[i], slopeOf(parameters, row, i), 1e-3 * (1 + Math.abs(slope[i])), `∂F/∂v ${i}`)
        }
        product.release()
      })
    }
  }
}

/** ∂F/∂v_i by central differences of the oracle. */
function slopeOf(parameters: Parameters, row: Float32Array, i: number): number {
  const h = 1e-5
  const at = (value: number) => {
    const moved = Float64Array.from(row)
    moved[i] = value
    return -oracle().logDensity(parameters, moved)
  }
  return (at(row[i] + h) - at(row[i] - h)) / (2 * h)
}

test('surprise is what the likeliest value is likelier by, and it is found on a grid', () => {
  const product = unigauss.create([{ kind: 'real', size: 3 }], { experts: 6, low: -2, high: 3 })
  const uniform = uniforms(9)
  for (let n = 0; n < 10; n++) {
    randomise(product, uniform)
    const row = Float32Array.from({ length: 3 }, () => 5 * uniform() - 2)
    const surprise = product.surprise(row)
    for (let i = 0; i < 3; i++) {
      const rows = Float32Array.from({ length: 3 * 5001 }, (_, k) =>
        k % 3 === i ? -2 + (5 * Math.floor(k / 3)) / 5000 : row[k % 3],
      )
      const energies = product.freeEnergies(rows)
      const least = energies.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
      // Steps of 0.001 beside deviations of 0.1 and more: off by six halves of 0.005² at most; climbing may stop early.
      near(surprise[i], product.freeEnergy(row) - least, 2e-3, `surprise ${i}`)
      const filled = row.slice()
      filled[i] = product.conditional(row, i)[0]
      near(product.freeEnergy(filled), least, 2e-3, `likeliest ${i}`)
    }
  }
  product.release()
})

test('the energy grows beyond the walls, and stays finite to the last number', () => {
  const product = unigauss.create([{ kind: 'real', size: 2 }], { experts: 4 })
  product.initialise(Float32Array.from({ length: 64 }, (_, n) => Math.sin(n)))
  for (const sign of [-1, 1]) {
    let before = product.freeEnergy(Float32Array.of(sign * 1.6, 0))
    for (const far of [2, 3, 10, 1e3, 1e10, 1e20, 1e30, 3.4e38]) {
      const energy = product.freeEnergy(Float32Array.of(sign * far, 0))
      assert.ok(Number.isFinite(energy) && energy > before, `${energy} at ${sign * far}, ${before} before`)
      before = energy
    }
  }
  product.release()
})

test('rows beyond the walls are learned as if they stood there', () => {
  const rows = Float32Array.from({ length: 64 }, (_, n) => Math.sin(n))
  const [far, near] = [1e30, 3].map(value => {
    const product = unigauss.create([{ kind: 'real', size: 2 }], { experts: 4 })
    product.initialise(rows)
    product.learnMany(new Float32Array(40).fill(value))
    return product
  })
  assert.equal(far.tensors()['experts.mean'].data, near.tensors()['experts.mean'].data)
  const { box } = far.tensors()
  for (const [k, mean] of far.tensors()['experts.mean'].data.entries())
    assert.ok(mean >= box.data[k % 2] && mean <= box.data[2 + (k % 2)])
})

test('samples and walks stay in the box, and without Gaussians are spread evenly', () => {
  const product = unigauss.create([{ kind: 'real', size: 2 }], { experts: 5, low: 1, high: 3 })
  const tensors = product.tensors()
  tensors['experts.gate'].data.fill(-50)
  product.restore(tensors)
  const count = 4000
  const samples = product.sample(count, 2)
  const walked = new Float32Array(2 * count).fill(1)
  product.walk?.(walked, 1, new Uint32Array(16).fill(7))
  for (const values of [samples, walked]) {
    assert.ok(values.every(value => value >= 1 && value <= 3))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - 2) ** 2, 0) / values.length
    // An even spread over a width of 2: variance 1/3, and that of its square 4/45; four standard deviations.
    near(mean, 2, 4 * Math.sqrt(1 / 3 / values.length), 'mean')
    near(variance, 1 / 3, 4 * Math.sqrt(4 / 45 / values.length), 'variance')
  }
  // Wide Gaussians at a corner, cut off by the walls: nothing may pile up there.
  tensors['experts.gate'].data.fill(50)
  tensors['experts.mean'].data.fill(1)
  tensors['experts.logVariance'].data.fill(2 * Math.log(10))
  product.restore(tensors)
  const cut = product.sample(count, 2)
  assert.ok(cut.every(value => value >= 1 && value <= 3))
  assert.ok(cut.filter(value => value === 1 || value === 3).length < 20)
  product.release()
})

test('gates start where each expert is a Gaussian for about the share of rows that was asked for', () => {
  const uniform = uniforms(4)
  const rows = Float32Array.from({ length: 100 * 300 }, () => uniform())
  for (const gaussianShare of [0.3, 0.7]) {
    const product = unigauss.create([{ kind: 'real', size: 100 }], { gaussianShare, experts: 10 })
    product.initialise(rows)
    const parameters = parametersOf(product)
    for (const expert of expertsOf(parameters)) {
      let mean = 0
      for (let n = 0; n < 300; n++)
        mean += activation(parameters, expert, rows.subarray(100 * n, 100 * n + 100), logNormal) / 300
      near(mean, Math.log(gaussianShare / (1 - gaussianShare)), 1e-3, 'mean log-odds')
    }
    product.release()
  }
})

test('a batch moves parameters by the mean of its differences', () => {
  const uniform = uniforms(6)
  const rows = Float32Array.from({ length: 2 * 8 }, () => uniform())
  const others = Float32Array.from({ length: 2 * 8 }, () => uniform())
  const options = { experts: 3, low: 0, high: 1, learningRate: 0.1 }
  const batch = unigauss.create([{ kind: 'real', size: 2 }], { ...options, batchSize: 8 })
  const before = batch.tensors()['experts.mean'].data.slice()
  const moved = new Float64Array(before.length)
  for (let n = 0; n < 8; n++) {
    const [row, other] = [rows, others].map(values => values.subarray(2 * n, 2 * n + 2))
    const single = unigauss.create([{ kind: 'real', size: 2 }], options)
    single.learnPair?.(row, other)
    for (const [k, mean] of single.tensors()['experts.mean'].data.entries())
      moved[k] += (mean - before[k]) / 8
    assert.equal(batch.tensors()['experts.mean'].data, before)
    batch.learnPair?.(row, other)
    single.release()
  }
  for (const [k, mean] of batch.tensors()['experts.mean'].data.entries())
    near(mean - before[k], moved[k], 1e-6, `mean ${k}`)
  assert.ok(batch.tensors()['sum.mean'].data.every(value => value === 0))
  batch.release()
})

test('a box without room, and walls that are one, are refused', () => {
  for (const [low, high] of [
    [1, 0],
    [0, -1],
    [2, 1],
    [1, 1],
  ])
    assert.throws(() => unigauss.create([{ kind: 'real', size: 1 }], { low, high }), /option low /)
  const product = unigauss.create([{ kind: 'real', size: 1 }], { low: 0, high: 1 })
  assert.equal([...product.tensors().box.data.subarray(0, 2)], [0, 1])
  product.release()
})

test.run()
