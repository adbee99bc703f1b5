/** How well experts on a box know rows: by log Z over the whole space, which is at least that over the box. */
import { factorRows, NUMBERS } from '../fixtures/factors.ts'
import type { Family, FamilyOptions, Product } from '../pipeline/experts/product.ts'
import { expertsOf } from '../test/reference/on-a-box.ts'

/** The box is wide: four standard deviations of a row's numbers and more. */
const WALL = 6

/** A symmetric matrix L Lᵀ as its lower factor, row by row. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const rows: number[][] = []
  for (const [i, entries] of matrix.entries()) {
    const row: number[] = []
    for (let j = 0; j <= i; j++) {
      let left = entries[j]
      for (let k = 0; k < j; k++) left -= row[k] * (i === j ? row[k] : rows[j][k])
      row.push(i === j ? Math.sqrt(left) : left / rows[j][j])
    }
    rows.push(row)
  }
  return rows
}

/** log ∫ exp(linear·v − ½ vᵀ precision v) dv over the whole space. */
function logIntegral(precision: readonly (readonly number[])[], linear: readonly number[]): number {
  const rows = cholesky(precision)
  let total = 0.5 * linear.length * Math.log(2 * Math.PI)
  const solved: number[] = []
  for (const [i, row] of rows.entries()) {
    let left = linear[i]
    for (let k = 0; k < i; k++) left -= row[k] * solved[k]
    solved.push(left / row[i])
    total += 0.5 * solved[i] ** 2 - Math.log(row[i])
  }
  return total
}

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/**
 * At least log ∫ e^−F over the box, in nats: the sum over all choices of Gaussians, each integrated over the whole space
 * but for that of no Gaussian at all.
 */
export function logPartitionBound(product: Product): number {
  const { width } = product
  const tensors = product.tensors()
  const parameters = Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, Float64Array.from(data)]),
  )
  const { box } = parameters
  const logVolume = Array.from({ length: width }, (_, i) => Math.log(box[width + i] - box[i])).reduce(
    (sum, log) => sum + log,
    0,
  )
  const experts = expertsOf(parameters).map(({ mean, logVariance, loading, gate }) => {
    const inverse = logVariance.map(value => Math.exp(-value))
    const s = 1 + loading.reduce((sum, value, i) => sum + value * value * inverse[i], 0)
    const precision = inverse.map((p, i) =>
      inverse.map((q, j) => (i === j ? p : 0) - (p * loading[i] * loading[j] * q) / s),
    )
    const linear = precision.map(row => row.reduce((sum, p, j) => sum + p * mean[j], 0))
    const logDeterminant = logVariance.reduce((sum, value) => sum + value, 0) + Math.log(s)
    const square = linear.reduce((sum, value, i) => sum + value * mean[i], 0)
    const constant = -0.5 * (width * Math.log(2 * Math.PI) + logDeterminant + square)
    return { precision, linear, active: constant + logVolume - softplus(-gate), idle: -softplus(gate) }
  })
  const logs = Array.from({ length: 2 ** experts.length }, (_, choice) => {
    const chosen = experts.filter((_, m) => (choice >> m) & 1)
    const weight = experts.reduce((sum, { active, idle }, m) => sum + ((choice >> m) & 1 ? active : idle), 0)
    if (chosen.length === 0) return weight + logVolume
    const add = (pick: (expert: (typeof experts)[number]) => number) =>
      chosen.reduce((sum, expert) => sum + pick(expert), 0)
    const precision = experts[0].precision.map((row, i) => row.map((_, j) => add(e => e.precision[i][j])))
    const linear = experts[0].linear.map((_, i) => add(e => e.linear[i]))
    return weight + logIntegral(precision, linear)
  })
  const most = Math.max(...logs)
  return most + Math.log(logs.reduce((sum, value) => sum + Math.exp(value - most), 0))
}

/** Learn rows of two causes: CD-1 in batches, then persistent chains at a falling rate. */
export function learnFactors(family: Family, experts: number, passes: number, seed = 1): Product {
  const rows = factorRows(2000, 1)
  const common: FamilyOptions = { experts, low: -WALL, high: WALL, batchSize: 50, seed }
  const create = (options: FamilyOptions) => {
    const product = family.create([{ kind: 'real', size: NUMBERS }], { ...common, ...options })
    product.initialise(rows)
    return product
  }
  const first = create({ learningRate: 0.2 })
  for (let pass = 0; pass < passes; pass++) first.learnMany(rows)
  const own = Object.entries(first.tensors()).filter(([name]) => name.startsWith('experts.'))
  const product = create({ learningRate: 0.1, persistentChains: 1000, cdSteps: 2, learningRateDecay: 20_000 })
  product.restore({ ...product.tensors(), ...Object.fromEntries(own) })
  first.release()
  for (let pass = 0; pass < passes; pass++) product.learnMany(rows)
  return product
}

/** What the mean log-likelihood of the rows is at least, in nats. */
export function logLikelihoodBound(product: Product, rows: Float32Array): number {
  const energies = product.freeEnergies(rows)
  return -energies.reduce((sum, energy) => sum + energy, 0) / energies.length - logPartitionBound(product)
}
