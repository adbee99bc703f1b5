/** How well a product on the unit square knows the grid with a missing cell: exactly, by quadrature. */
import { CELLS, centres, MISSING, SPREAD } from '../fixtures/grid.ts'
import type { Product } from '../pipeline/experts/product.ts'

/** The box of the points, and the points of a side at which the density is taken. */
export const LOW = -0.1
export const HIGH = 1.1
const POINTS = 400

export interface GridFit {
  /** Mean log-density of the test points, in nats. */
  readonly logLikelihood: number
  /** Mass of the cells that have clusters: all together, the least and the most. A cell reaches 4 deviations far. */
  readonly onClusters: number
  readonly leastCluster: number
  readonly mostCluster: number
  /** Mass of the empty cell. */
  readonly missing: number
}

/** Which cell a point is in: within `reach` of its centre in both directions, by its number, −1 for none. */
export function cellOf(x: number, y: number, reach = 4 * SPREAD): number {
  const [column, row] = [x, y].map(value => Math.floor(value * CELLS))
  const near = [
    [x, column],
    [y, row],
  ].every(([value, cell]) => cell >= 0 && cell < CELLS && Math.abs(value - (cell + 0.5) / CELLS) <= reach)
  return near ? column * CELLS + row : -1
}

/** The number of the empty cell. */
export const MISSING_CELL = MISSING[0] * CELLS + MISSING[1]

/** e^{−F} over the box by midpoints: its logarithm, and the shares of the cells. */
export function integrate(product: Product): { logPartition: number; masses: Float64Array } {
  const step = (HIGH - LOW) / POINTS
  const place = (k: number) => LOW + (k + 0.5) * step
  const points = Float32Array.from(
    Array.from({ length: POINTS * POINTS }, (_, n) => [
      place(n % POINTS),
      place(Math.floor(n / POINTS)),
    ]).flat(),
  )
  const energies = product.freeEnergies(points)
  const least = energies.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const masses = new Float64Array(CELLS * CELLS)
  let total = 0
  for (const [n, energy] of energies.entries()) {
    const weight = Math.exp(least - energy)
    const cell = cellOf(points[2 * n], points[2 * n + 1])
    total += weight
    if (cell >= 0) masses[cell] += weight
  }
  return {
    logPartition: Math.log(total * step * step) - least,
    masses: masses.map(mass => mass / total),
  }
}

export function fitOf(product: Product, test: Float32Array): GridFit {
  const { logPartition, masses } = integrate(product)
  const energies = product.freeEnergies(test)
  const clusters = [...masses].filter((_, cell) => cell !== MISSING_CELL)
  return {
    logLikelihood: -energies.reduce((sum, energy) => sum + energy, 0) / energies.length - logPartition,
    onClusters: clusters.reduce((sum, mass) => sum + mass, 0),
    leastCluster: Math.min(...clusters),
    mostCluster: Math.max(...clusters),
    missing: masses[MISSING_CELL],
  }
}

/** Mean log-density of the points under the mixture that they were drawn from. */
export function idealLogLikelihood(test: Float32Array): number {
  let sum = 0
  for (let n = 0; n < test.length; n += 2) {
    let density = 0
    for (const [x, y] of centres)
      density += Math.exp(-((test[n] - x) ** 2 + (test[n + 1] - y) ** 2) / (2 * SPREAD ** 2))
    sum += Math.log(density / (centres.length * 2 * Math.PI * SPREAD ** 2))
  }
  return sum / (test.length / 2)
}
