/** How unigauss experts learn the images of edges (Hinton 2002, figure 3), and what they make of new ones. */
import { edge, edgeImages, SIDE } from '../fixtures/edges.ts'
import type { FamilyOptions, Product } from '../pipeline/experts/product.ts'
import { unigauss } from '../pipeline/experts/unigauss.ts'

const PIXELS = SIDE * SIDE
export const EXPERTS = 40
const IMAGES = 2000
const TESTS = 500
/** Deviations of half of that of the data, and gates that most experts are Gaussians with: else few of them ever are. */
const options: FamilyOptions = {
  experts: EXPERTS,
  low: 0,
  high: 1,
  batchSize: 100,
  startingDeviation: 0.5,
  gaussianShare: 0.8,
  leastDeviation: 0.1,
  learningRate: 0.3,
  logVarianceRate: 1 / 3,
  gateRate: 1 / 6,
  learningRateDecay: 20_000,
}

/** CD-1, a hundred images at a time: `passes` over two thousand of them. */
export function learnEdges(passes: number, seed = 1): Product {
  const product = unigauss.create([{ kind: 'real', size: PIXELS }], { ...options, seed })
  const images = edgeImages(IMAGES, 1)
  product.initialise(images)
  for (let pass = 0; pass < passes; pass++) product.learnMany(images)
  return product
}

export interface EdgeFit {
  /** Mean squared error of reconstructions of new images, as a share of their variance. */
  readonly error: number
  /** The share of experts that are Gaussians for an image with a probability above a half. */
  readonly gaussians: number
  /** The probability that no expert is. */
  readonly none: number
  /** The median over experts of the largest |correlation| of their means with a clean edge. */
  readonly edgeLike: number
}

export function fitOfEdges(product: Product): EdgeFit {
  const images = edgeImages(TESTS, 2)
  const [sums, squares] = [new Float64Array(PIXELS), new Float64Array(PIXELS)]
  let [error, gaussians, none] = [0, 0, 0]
  for (let n = 0; n < TESTS; n++) {
    const image = images.subarray(n * PIXELS, (n + 1) * PIXELS)
    const guess = product.reconstruct(image)
    const shares = product.transformOne(image)
    gaussians += shares.filter(share => share > 0.5).length
    none += shares.reduce((chance, share) => chance * (1 - share), 1)
    for (const [i, value] of image.entries()) {
      error += (guess[i] - value) ** 2
      sums[i] += value
      squares[i] += value ** 2
    }
  }
  const variance = squares.reduce((sum, square, i) => sum + square - sums[i] ** 2 / TESTS, 0)
  return {
    error: error / variance,
    gaussians: gaussians / TESTS / EXPERTS,
    none: none / TESTS,
    edgeLike: edgeLikeness(product),
  }
}

function edgeLikeness(product: Product): number {
  const edges = Array.from({ length: 48 * 17 }, (_, k) =>
    edge((2 * Math.PI * (k % 48)) / 48, Math.floor(k / 48) / 2 - 4),
  )
  const { data } = product.tensors()['experts.mean']
  const best = Array.from({ length: EXPERTS }, (_, m) => {
    const mean = data.slice(m * PIXELS, (m + 1) * PIXELS) as Float32Array
    return Math.max(...edges.map(image => Math.abs(correlation(mean, image))))
  })
  return best.sort((a, b) => a - b)[EXPERTS >> 1]
}

function correlation(a: Float32Array, b: Float32Array): number {
  const [p, q] = [a, b].map(values => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return values.map(value => value - mean)
  })
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i], 0)
  return dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q))
}
