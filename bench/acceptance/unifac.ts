/** Unifac experts: gradients, Gibbs sampling against quadrature, and what a factor is worth where causes are hidden. */
import { normals } from '../../fixtures/distributions.ts'
import { factorRows, idealLogDensity } from '../../fixtures/factors.ts'
import { uniforms } from '../../fixtures/random.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { unifac as family } from '../../pipeline/experts/unifac.ts'
import { unigauss } from '../../pipeline/experts/unigauss.ts'
import { oracle } from '../../test/reference/unifac.ts'
import { learnFactors, logLikelihoodBound } from '../factors.ts'
import type { Finding } from './finding.ts'

const WALL = 2

/** Experts of any kind on two values. */
function someProduct(experts: number, seed: number): Product {
  const options = { experts, low: -WALL, high: WALL, seed, loadingScale: 0.7, startingDeviation: 0.5 }
  const product = family.create([{ kind: 'real', size: 2 }], options)
  const tensors = product.tensors()
  const normal = normals(uniforms(seed))
  for (const [m] of tensors['experts.gate'].data.entries()) tensors['experts.gate'].data[m] = normal()
  product.restore(tensors)
  return product
}

/** The largest relative error of the gradients that learning follows, against central differences. */
function gradientError(): number {
  const { parameters: names, gradient, logDensity } = oracle()
  const product = someProduct(3, 5)
  const tensors = product.tensors()
  product.release()
  const parameters = Object.fromEntries(names.map(name => [name, Float64Array.from(tensors[name].data)]))
  let worst = 0
  for (const row of [
    [0.3, -0.5],
    [-1.2, 1.5],
    [0.9, Number.NaN],
  ]) {
    const slopes = gradient(parameters, row)
    for (const name of names) {
      for (const [k, value] of parameters[name].entries()) {
        const at = (moved: number) => {
          const values = parameters[name].slice()
          values[k] = moved
          return logDensity({ ...parameters, [name]: values }, row)
        }
        const h = 1e-4
        const wide = (at(value + 2 * h) - at(value - 2 * h)) / (4 * h)
        const found = (4 * ((at(value + h) - at(value - h)) / (2 * h)) - wide) / 3
        worst = Math.max(worst, Math.abs(found - slopes[name][k]) / (1 + Math.abs(slopes[name][k])))
      }
    }
  }
  return worst
}

/** Cells of a side, chains, and sweeps of each from an even spread. */
const CELLS = 10
const CHAINS = 400_000
const SWEEPS = 30
/** Points of a side in each cell. */
const FINE = 20

/** Total variation between chains and e^{−F} by midpoints, over cells of the box. */
function totalVariation(product: Product): number {
  const points = CELLS * FINE
  const place = (k: number) => -WALL + (2 * WALL * (k + 0.5)) / points
  const cellOf = (x: number, y: number) =>
    [x, y]
      .map(value => Math.min(CELLS - 1, Math.floor(((value + WALL) / (2 * WALL)) * CELLS)))
      .reduce((cell, i) => cell * CELLS + i, 0)
  const grid = Float32Array.from(
    Array.from({ length: points * points }, (_, n) => [
      place(n % points),
      place(Math.floor(n / points)),
    ]).flat(),
  )
  const expected = new Float64Array(CELLS * CELLS)
  let total = 0
  for (const [n, energy] of product.freeEnergies(grid).entries()) {
    const weight = Math.exp(-energy)
    expected[cellOf(grid[2 * n], grid[2 * n + 1])] += weight
    total += weight
  }
  const uniform = uniforms(3)
  const chains = Float32Array.from({ length: 2 * CHAINS }, () => WALL * (2 * uniform() - 1))
  product.walk?.(
    chains,
    SWEEPS,
    Uint32Array.from({ length: 16 }, (_, i) => 0x9e3779b9 * (i + 1)),
  )
  const found = new Float64Array(CELLS * CELLS)
  for (let at = 0; at < chains.length; at += 2) found[cellOf(chains[at], chains[at + 1])] += 1 / CHAINS
  return expected.reduce((sum, weight, cell) => sum + Math.abs(weight / total - found[cell]) / 2, 0)
}

export function* unifac(): Generator<Finding> {
  yield {
    what: 'unifac: gradients against central differences, relative error at most',
    figure: gradientError(),
    goal: 1e-6,
    bound: 'most',
  }
  const product = someProduct(2, 1)
  const figure = totalVariation(product)
  product.release()
  yield {
    what: 'unifac: Gibbs sampling against quadrature, total variation',
    figure,
    goal: 0.02,
    bound: 'most',
  }
  const rows = factorRows(2000, 2)
  const known = [
    [family, 4],
    [unigauss, 4],
    [unigauss, 10],
  ].map(([own, experts]) => {
    const learned = learnFactors(own as typeof family, experts as number, 100)
    const bound = logLikelihoodBound(learned, rows)
    learned.release()
    return bound
  })
  const ideal = idealLogDensity(rows).toFixed(2)
  yield {
    what: `unifac: two hidden causes of ten numbers, log-likelihood of four experts (the causes themselves: ${ideal})`,
    figure: known[0],
    goal: Number(ideal) - 0.3,
  }
  yield { what: 'unifac: the same above four unigauss experts, nats', figure: known[0] - known[1], goal: 0.2 }
  yield { what: 'unifac: the same above ten unigauss experts, nats', figure: known[0] - known[2], goal: 0.2 }
}
