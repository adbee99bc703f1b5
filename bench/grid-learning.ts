/** How unigauss experts learn the grid with a missing cell: CD-1 finds the strips, PCD-2 makes the cells equally likely. */
import { uniforms } from '../fixtures/random.ts'
import type { FamilyOptions, Product } from '../pipeline/experts/product.ts'
import { unigauss } from '../pipeline/experts/unigauss.ts'
import { HIGH, LOW } from './grid.ts'

const EXPERTS = 15
const common = { experts: EXPERTS, low: LOW, high: HIGH, gaussianShare: 0.2 }
/** Rates of log-variances and gates beside that of means, as in the recipe of each phase. */
const divergence: FamilyOptions = { ...common, logVarianceRate: 0.5, gateRate: 0.25 }
const persistent: FamilyOptions = {
  ...common,
  logVarianceRate: 0.6,
  gateRate: 0.4,
  cdSteps: 2,
  persistentChains: 1152,
  learningRateDecay: 28_800,
}

const create = (options: FamilyOptions, points: Float32Array) => {
  const product = unigauss.create([{ kind: 'real', size: 2 }], options)
  product.initialise(points)
  return product
}

/** A product with other options and the experts of the one before, which is released. */
function goOn(before: Product, options: FamilyOptions, points: Float32Array): Product {
  const product = create(options, points)
  const experts = Object.entries(before.tensors()).filter(([name]) => name.startsWith('experts.'))
  product.restore({ ...product.tensors(), ...Object.fromEntries(experts) })
  before.release()
  return product
}

/** `count` of the points, each drawn at random. */
function presentations(points: Float32Array, count: number, uniform: () => number): Float32Array {
  const rows = new Float32Array(2 * count)
  for (let at = 0; at < rows.length; at += 2) {
    const chosen = 2 * Math.floor((uniform() * points.length) / 2)
    rows.set(points.subarray(chosen, chosen + 2), at)
  }
  return rows
}

/** One row at a time: 350,000 of CD-1, 1,500,000 of PCD-2. */
export function online(points: Float32Array, seed: number): Product {
  const uniform = uniforms(seed + 100)
  const first = create({ ...divergence, learningRate: 0.02, seed }, points)
  first.learnMany(presentations(points, 350_000, uniform))
  const product = goOn(first, { ...persistent, learningRate: 0.002, seed }, points)
  product.learnMany(presentations(points, 1_500_000, uniform))
  return product
}

/** PCD-2 over all points at once, from the experts that a product has. */
function equalise(before: Product, points: Float32Array, seed: number, steps = 6000): Product {
  const batchSize = points.length / 2
  const product = goOn(before, { ...persistent, batchSize, learningRate: 0.5, seed }, points)
  for (let step = 0; step < steps; step++) product.learnMany(points)
  return product
}

function diverge(product: Product, points: Float32Array): Product {
  for (let step = 0; step < 1500; step++) product.learnMany(points)
  return product
}

const batches = (points: Float32Array, seed: number) =>
  create({ ...divergence, batchSize: points.length / 2, learningRate: 2, seed }, points)

/** All points at once: 1,500 steps of CD-1, and some of PCD-2. */
export const inBatches = (points: Float32Array, seed: number, steps?: number): Product =>
  equalise(diverge(batches(points, seed), points), points, seed, steps)

/** The same, from experts each of which has been fitted to a cluster of its own. */
export function specialised(points: Float32Array, seed: number): Product {
  const product = batches(points, seed)
  const tensors = product.tensors()
  for (const [m, cluster] of kMeans(points, uniforms(seed)).entries()) {
    for (const i of [0, 1]) {
      const values = cluster.map(n => points[2 * n + i])
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
      tensors['experts.mean'].data[2 * m + i] = mean
      tensors['experts.logVariance'].data[2 * m + i] = Math.log(Math.max(square, 1e-4))
    }
    // Gaussian for its own points, uniform for the others: the share of points that it was fitted to.
    const share = cluster.length / (points.length / 2)
    tensors['experts.gate'].data[m] = Math.log(share / (1 - share))
  }
  product.restore(tensors)
  return equalise(diverge(product, points), points, seed)
}

/** The numbers of the points of each cluster, none of them empty (Lloyd 1982). */
function kMeans(points: Float32Array, uniform: () => number): number[][] {
  const count = points.length / 2
  let centres = Array.from({ length: EXPERTS }, () => {
    const n = Math.floor(uniform() * count)
    return [points[2 * n], points[2 * n + 1]]
  })
  let clusters: number[][] = []
  for (let round = 0; round < 50; round++) {
    clusters = centres.map(() => [])
    for (let n = 0; n < count; n++) {
      const distances = centres.map(([x, y]) => (points[2 * n] - x) ** 2 + (points[2 * n + 1] - y) ** 2)
      clusters[distances.indexOf(Math.min(...distances))].push(n)
    }
    clusters = clusters.map(own => (own.length > 0 ? own : [Math.floor(uniform() * count)]))
    centres = clusters.map(own =>
      [0, 1].map(i => own.reduce((sum, n) => sum + points[2 * n + i], 0) / own.length),
    )
  }
  return clusters
}

/** How many experts are three times as long as wide, along x and along y. */
export function elongated(product: Product): { alongX: number; alongY: number } {
  const { data } = product.tensors()['experts.logVariance']
  const [least, counts] = [2 * Math.log(3), { alongX: 0, alongY: 0 }]
  for (let m = 0; m < data.length; m += 2) {
    if (data[m] - data[m + 1] > least) counts.alongX++
    if (data[m + 1] - data[m] > least) counts.alongY++
  }
  return counts
}
