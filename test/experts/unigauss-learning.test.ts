/** What unigauss experts learn: quick versions of `npm run acceptance -- unigauss` and `edges`. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fitOfEdges, learnEdges } from '../../bench/edges-learning.ts'
import { cellOf, fitOf, idealLogLikelihood, integrate, MISSING_CELL } from '../../bench/grid.ts'
import { inBatches } from '../../bench/grid-learning.ts'
import { gridPoints } from '../../fixtures/grid.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'

const points = gridPoints(12, 1)
const fresh = gridPoints(50, 999)

test('the grid with a missing cell is learned, and the cell is invented', () => {
  const product = inBatches(points, 1, 1000)
  const { logLikelihood, onClusters, leastCluster, missing } = fitOf(product, fresh)
  assert.ok(logLikelihood >= idealLogLikelihood(fresh) - 0.4, `log-likelihood ${logLikelihood}`)
  assert.ok(onClusters >= 0.95 && leastCluster >= 0.008, `masses ${onClusters}, ${leastCluster}`)
  assert.ok(missing >= 0.002 && missing <= 0.05, `mass of the missing cell ${missing}`)
  const samples = product.sample(300, 25)
  let invented = 0
  for (let n = 0; n < samples.length; n += 2)
    if (cellOf(samples[n], samples[n + 1]) === MISSING_CELL) invented++
  assert.ok(invented >= 2, `${invented} of 300 in the missing cell`)
  // Midpoints of cells of 0.003 beside deviations of 0.01 and more: off by some ten-thousandths.
  const { logPartition } = integrate(product)
  const exact = exactLogPartition(product)
  assert.ok(Math.abs(exact - logPartition) < 2e-3, `log Z ${exact}, by quadrature ${logPartition}`)
  product.release()
})

test('edges in a hundred dimensions are learned: no expert gives up', () => {
  const product = learnEdges(10)
  const { error, gaussians, none } = fitOfEdges(product)
  assert.ok(error < 0.12, `error ${error}`)
  assert.ok(gaussians > 0.1 && gaussians < 0.65, `${gaussians} Gaussians`)
  assert.ok(none < 0.01, `none ${none}`)
  product.release()
})

test.run()
