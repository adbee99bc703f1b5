/** Unigauss experts on the grid with a missing cell (Hinton 2002, figures 1 and 2), exactly evaluated. */
import { gridPoints } from '../../fixtures/grid.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { cellOf, fitOf, type GridFit, idealLogLikelihood, MISSING_CELL } from '../grid.ts'
import { elongated, inBatches, online, specialised } from '../grid-learning.ts'
import type { Finding } from './finding.ts'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
/** Points of a cluster, for learning and for testing. */
const EACH = 12
const TEST = gridPoints(50, 999)
const IDEAL = idealLogLikelihood(TEST)

interface Run {
  readonly fit: GridFit
  /** Of 300 points, those in the missing cell. */
  readonly generated: number
  /** Experts that are three times as long as wide, along x and along y. */
  readonly alongX: number
  readonly alongY: number
}

function look(product: Product): Run {
  const points = product.sample(300, 25)
  let generated = 0
  for (let n = 0; n < points.length; n += 2)
    if (cellOf(points[n], points[n + 1]) === MISSING_CELL) generated++
  const run = { fit: fitOf(product, TEST), generated, ...elongated(product) }
  product.release()
  return run
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** What has to hold of a run, each with how to say it. */
const criteria: readonly (readonly [string, (run: Run) => boolean])[] = [
  ['log-likelihood within 0.2 nats of that of the clusters', ({ fit }) => fit.logLikelihood >= IDEAL - 0.2],
  ['mass on the 24 clusters at least 0.95', ({ fit }) => fit.onClusters >= 0.95],
  ['no cluster below a mass of 0.015', ({ fit }) => fit.leastCluster >= 0.015],
  ['mass of the missing cell from 0.002 to 0.05', ({ fit }) => fit.missing >= 0.002 && fit.missing <= 0.05],
  ['2 or more of 300 generated points in the missing cell', ({ generated }) => generated >= 2],
  [
    '5 or more experts along x and along y, or the log-likelihood',
    ({ fit, alongX, alongY }) => Math.min(alongX, alongY) >= 5 || fit.logLikelihood >= IDEAL - 0.2,
  ],
]

function* findings(how: string, learn: (points: Float32Array, seed: number) => Product): Generator<Finding> {
  const runs = SEEDS.map(seed => look(learn(gridPoints(EACH, seed), seed)))
  for (const [what, holds] of criteria)
    yield { what: `grid, ${how}: ${what}, of ten runs`, figure: runs.filter(holds).length, goal: 8 }
  yield {
    what: `grid, ${how}: all of it, of ten runs`,
    figure: runs.filter(run => criteria.every(([, holds]) => holds(run))).length,
    goal: 8,
  }
  yield {
    what: `grid, ${how}: median log-likelihood of test points, nats (the clusters themselves: ${IDEAL.toFixed(3)})`,
    figure: median(runs.map(({ fit }) => fit.logLikelihood)),
    goal: IDEAL - 0.2,
  }
}

/** Experts that start vague and together, against experts that were first fitted to a cluster each. */
function beginnings(): number {
  const likelihood = (learn: (points: Float32Array, seed: number) => Product) =>
    median(
      SEEDS.slice(0, 5).map(seed => {
        const product = learn(gridPoints(EACH, seed), seed)
        const { logLikelihood } = fitOf(product, TEST)
        product.release()
        return logLikelihood
      }),
    )
  return likelihood(inBatches) - likelihood(specialised)
}

export function* unigauss(): Generator<Finding> {
  yield* findings('one row at a time', online)
  yield* findings('in batches', inBatches)
  yield {
    what: 'grid: what starting vague and together gains over starting specialised, median of five, nats',
    figure: beginnings(),
    goal: 0.2,
  }
}
