/** How Student-t experts learn: updates and chains against the oracle, and sources beside maximum likelihood. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import { student } from '../../pipeline/experts/student.ts'
import { studentLogPartition } from '../../pipeline/likelihood/student.ts'
import * as oracle from '../reference/student.ts'
import { amariDistance } from '../reference/student-likelihood.ts'
import { close, productOf, real, rowsOf } from '../reference/student-products.ts'

/** One update of the kernel against the step that the oracle takes from its own gradients. */
function checkUpdate(width: number, experts: number, options: FamilyOptions, far: number): void {
  const visible = real(width)
  const given = { experts, vague: 1e-3, learningRate: 0.05, ...options }
  const expected = oracle.oracle(visible)
  for (const [n, row] of rowsOf(width, 6, 8, 0.2).entries()) {
    const product = student.create(visible, given)
    const reconstruction = rowsOf(width, 6, 9)[n].map(value => far * value)
    const tensors = product.tensors()
    const parameters = Object.fromEntries(
      expected.parameters.map(name => [name, Float64Array.from(tensors[name].data)]),
    )
    product.learnPair?.(row, reconstruction)
    const there = reconstruction.map((value, i) => (Number.isNaN(row[i]) ? Number.NaN : value))
    const data = expected.gradient(parameters, row)
    const chain = expected.gradient(parameters, there)
    const difference = Object.fromEntries(
      expected.parameters.map(name => [name, data[name].map((value, i) => value - chain[name][i])]),
    )
    const moved = expected.step(parameters, difference, product.options, row, there)
    for (const [name, values] of Object.entries(moved)) {
      for (const [i, value] of values.entries()) close(product.tensors()[name].data[i], value, name)
    }
    product.release()
  }
}

test('an update is the difference of gradients, along the natural gradient and within its bounds', () => {
  for (const [width, experts] of [
    [4, 4],
    [5, 2],
    [3, 8],
  ]) {
    for (const far of [1, 100]) {
      checkUpdate(width, experts, {}, far)
      checkUpdate(width, experts, { naturalGradient: false }, far)
      checkUpdate(width, experts, { exponentRate: 0, locationRate: 2 }, far)
    }
  }
})

test('a batch moves the parameters once, and by the mean of its rows', () => {
  const rows = rowsOf(3, 4, 10)
  const one = student.create(real(3), { batchSize: 2, learningRateDecay: 0 })
  const before = one.tensors()['experts.j'].data
  one.learnPair?.(rows[0], rows[1])
  assert.equal(one.tensors()['experts.j'].data, before)
  one.learnPair?.(rows[0], rows[1])
  // The same difference twice is that of one row, up to roundings and the half of a second-order term.
  const single = student.create(real(3), { learningRateDecay: 0 })
  single.learnPair?.(rows[0], rows[1])
  const moved = one.tensors()['experts.j'].data
  for (const [i, value] of single.tensors()['experts.j'].data.entries()) {
    const change = Math.abs(value - before[i])
    assert.ok(Math.abs(moved[i] - value) <= 0.1 * change + 1e-5)
  }
  one.release()
  single.release()
})

/** Share of the mass and of the states in each of `cells` equal parts of p(z_0), z being a projection. */
function checkStationary(options: FamilyOptions, sweeps: number): void {
  const product = productOf(2, 4, { ...options, vague: 0.1 }, 12)
  const tensors = product.tensors()
  const { location } = tensors
  // Steps that are so long that a fifth of the proposals have to be refused.
  tensors.counters.data[4] = 1
  product.restore(tensors)
  const [cells, reach, fine] = [24, 12, 8]
  const mass = new Float64Array(cells * cells)
  const side = (2 * reach) / cells
  const at = (k: number) => ((k + 0.5) / fine) * side - reach
  const grid: number[] = []
  for (let i = 0; i < cells * fine; i++) {
    for (let k = 0; k < cells * fine; k++) grid.push(location.data[0] + at(i), location.data[1] + at(k))
  }
  const energies = product.freeEnergies(Float32Array.from(grid))
  for (const [n, energy] of energies.entries()) {
    const [i, k] = [Math.floor(n / (cells * fine)), n % (cells * fine)]
    mass[Math.floor(i / fine) * cells + Math.floor(k / fine)] += Math.exp(-energy)
  }
  const total = mass.reduce((sum, value) => sum + value, 0)
  // Starts that are exact up to the middle of a fine cell: the inverse of the distribution function.
  const uniform = uniforms(12)
  const count = 30_000
  const states = new Float32Array(2 * count)
  const weights = energies.map(energy => Math.exp(-energy))
  const cumulative = new Float64Array(weights.length)
  let sum = 0
  for (const [n, weight] of weights.entries()) {
    sum += weight
    cumulative[n] = sum
  }
  for (let s = 0; s < count; s++) {
    const wanted = uniform() * sum
    let [low, high] = [0, cumulative.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulative[middle] < wanted) low = middle + 1
      else high = middle
    }
    states[2 * s] = grid[2 * low] + (uniform() - 0.5) * (side / fine)
    states[2 * s + 1] = grid[2 * low + 1] + (uniform() - 0.5) * (side / fine)
  }
  product.walk?.(
    states,
    sweeps,
    Uint32Array.from({ length: 16 }, (_, k) => 40503 * (k + 1)),
  )
  const found = new Float64Array(cells * cells)
  for (let s = 0; s < count; s++) {
    const [i, k] = [0, 1].map(c => Math.floor((states[2 * s + c] - location.data[c] + reach) / side))
    if (i >= 0 && i < cells && k >= 0 && k < cells) found[i * cells + k]++
  }
  let [square, used] = [0, 0]
  for (const [n, value] of mass.entries()) {
    const expected = (count * value) / total
    if (expected < 20) continue
    square += (found[n] - expected) ** 2 / expected
    used++
  }
  // Chi-square of `used` cells: mean `used`, variance twice that; four standard deviations.
  assert.ok(used > 20 && Math.abs(square - used) < 4 * Math.sqrt(2 * used), `${square} of ${used} cells`)
  product.release()
}

test('chains that start at the distribution stay there: Gibbs', () => checkStationary({}, 12))
test('chains that start at the distribution stay there: Hamiltonian', () =>
  checkStationary({ gibbsWidth: 0, leapfrogSteps: 8 }, 12))

test('what the precisions say adds up to the conditional that a sweep draws from', () => {
  const product = productOf(3, 4)
  const state = rowsOf(3, 1, 13)[0]
  const draws = 4000
  const random = Uint32Array.from({ length: 16 }, (_, k) => 69069 * (k + 3))
  const natural = {
    linear: new Float64Array(3),
    precision: new Float64Array(9),
    lower: new Float64Array(3).fill(Number.NEGATIVE_INFINITY),
    upper: new Float64Array(3).fill(Number.POSITIVE_INFINITY),
  }
  assert.is(product.couples, true)
  for (let n = 0; n < draws; n++) product.addConditional?.(state, natural, random)
  const model = oracle.studentsOf(product.tensors())
  const means = oracle.responses(model, state).map((z, j) => model.exponents[j] / (1 + 0.5 * z * z))
  for (let i = 0; i < 3; i++) {
    const expected = (k: number) =>
      model.filters.reduce(
        (sum, filter, j) => sum + means[j] * filter[i] * filter[k],
        i === k ? model.precision[i] : 0,
      )
    // A mean of `draws` Gamma numbers: its standard deviation is at most mean / √(.6 · draws) for each expert.
    const size = model.filters.reduce(
      (sum, filter, j) => sum + means[j] * Math.max(...filter.map(Math.abs)) ** 2,
      0,
    )
    const bound = (4 * size) / Math.sqrt(0.6 * draws)
    for (let k = 0; k < 3; k++)
      assert.ok(Math.abs(natural.precision[3 * i + k] / draws - expected(k)) < bound, `${i}, ${k}`)
    const linear = [0, 1, 2].reduce((sum, k) => sum + natural.precision[3 * i + k] * model.location[k], 0)
    close(natural.linear[i], linear)
  }
  product.release()
})

test('sources that were mixed are found online, and the product is nearly as likely as the truth', () => {
  const uniform = uniforms(21)
  const mixing = [
    [1, 0.5, -1],
    [0.25, 2, 1],
    [-1, 1, 0.5],
  ]
  // t with two degrees of freedom, by inversion: the truth has a = 1.5, z = s √(2/2).
  const heavy = () => {
    const u = 2 * uniform() - 1
    return u * Math.sqrt(2 / (1 - u * u))
  }
  const rows = Float32Array.from(
    Array.from({ length: 12_000 }, () => {
      const sources = mixing.map(heavy)
      return mixing.map(line => line.reduce((sum, gain, k) => sum + gain * sources[k], 0))
    }).flat(),
  )
  for (const options of [{}, { batchSize: 20, learningRate: 0.1 }] as FamilyOptions[]) {
    const product = student.create(real(3), { vague: 0, ...options })
    product.initialise(rows.subarray(0, 900))
    for (let pass = 0; pass < 2; pass++) product.learnMany(rows)
    const { data } = product.tensors()['experts.j']
    const filters = [0, 1, 2].map(j => Array.from(data.subarray(3 * j, 3 * j + 3)))
    const distance = amariDistance(filters, mixing)
    // .021 and .009 were found.
    assert.ok(distance < 0.05, `${distance}`)
    const energies = product.freeEnergies(rows)
    const mean = energies.reduce((sum, energy) => sum + energy, 0) / energies.length
    // The entropy of the truth: 1.96028 nats for each t of two degrees of freedom, and log |det| of the mixing matrix.
    const entropy = 3 * 1.96028 + Math.log(2.8125)
    const gap = mean + studentLogPartition(product) - entropy
    assert.ok(Math.abs(gap) < 0.05, `${gap}`)
    product.release()
  }
})

test.run()
