/** Unigauss experts on images of edges (Hinton 2002, figure 3). */
import { fitOfEdges, learnEdges } from '../edges-learning.ts'
import type { Finding } from './finding.ts'

/** Over two thousand images: 2,000 updates. */
const PASSES = 100

export function* edges(): Generator<Finding> {
  const product = learnEdges(PASSES)
  const { error, gaussians, none, edgeLike } = fitOfEdges(product)
  product.release()
  yield { what: 'edges: error of reconstructions over variance', figure: error, goal: 0.05, bound: 'most' }
  const share = 'edges: share of experts that are Gaussians for an image (the paper: about half)'
  yield { what: share, figure: gaussians, goal: 0.1 }
  yield { what: share, figure: gaussians, goal: 0.65, bound: 'most' }
  yield { what: 'edges: probability that no expert is a Gaussian', figure: none, goal: 0.01, bound: 'most' }
  yield { what: 'edges: median correlation of a mean with its nearest edge', figure: edgeLike, goal: 0.8 }
}
