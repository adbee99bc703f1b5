/** Gaussian experts: log Z beside quadrature, and a known normal distribution learned one row at a time. */
import { gaussian as family } from '../../pipeline/experts/gaussian.ts'
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import { gaussianLogPartition } from '../../pipeline/likelihood/gaussian.ts'
import { divergence, knownNormal, rowsFrom } from '../../test/reference/normal.ts'
import type { Finding } from './finding.ts'

/** Two experts of two fields, as N(μ, (Aᵀ A)⁻¹), A = [[a, b], [0, c]]. */
const PAIR = [
  { mean: [1, -0.5], root: [1.2, 0.4, 0.9] },
  { mean: [-0.7, 1.1], root: [0.8, -0.3, 1.5] },
] as const

/** log N(v; μ, (Aᵀ A)⁻¹). */
function logDensity({ mean, root: [a, b, c] }: (typeof PAIR)[number], x: number, y: number): number {
  const [dx, dy] = [x - mean[0], y - mean[1]]
  return Math.log(a * c) - Math.log(2 * Math.PI) - 0.5 * ((a * dx + b * dy) ** 2 + (c * dy) ** 2)
}

/** log ∫ of the product of two densities by the trapezoidal rule, whose error falls faster than any power of the step. */
function quadrature(): number {
  const [step, reach] = [1 / 16, 12]
  let sum = 0
  for (let x = -reach; x <= reach; x += step) {
    for (let y = -reach; y <= reach; y += step) {
      sum += Math.exp(logDensity(PAIR[0], x, y) + logDensity(PAIR[1], x, y))
    }
  }
  return Math.log(sum * step * step)
}

/** The same from the product: experts without their normalisers, and a base that is nearly flat. */
function exact(): number {
  const product = family.create([{ kind: 'real', size: 2 }], { experts: 2, rank: 2 })
  const tensors = product.tensors()
  tensors['base.roots'].data.fill(1e-12)
  tensors['experts.means'].data.set(PAIR.flatMap(({ mean }) => [...mean]))
  // Column i of A_m at (i, m): (a, 0) of the first field, (b, c) of the second.
  tensors['experts.roots'].data.set([
    ...PAIR.flatMap(({ root: [a] }) => [a, 0]),
    ...PAIR.flatMap(({ root: [, b, c] }) => [b, c]),
  ])
  product.restore(tensors)
  const normalisers = PAIR.reduce(
    (sum, { root: [a, , c] }) => sum + Math.log(a * c) - Math.log(2 * Math.PI),
    0,
  )
  const log = gaussianLogPartition(product) + normalisers
  product.release()
  return log
}

const D = 5
const ROWS = 100_000
/** Rates 1/√t with a small start, so that what is left of the noise after 100,000 rows is small. */
const RATES = { learningRate: 0.05, learningRateDecay: 3, learningRateFloor: 1e-4 }
/**
 * Seeds of the distribution. The second has deviations of 0.02 to 3 in directions across the fields: sweeps that draw one
 * field after the other need thousands to cross it, draws from the product do not mind.
 */
const recipes: [string, FamilyOptions, number[]][] = [
  ['draws from the product (CD-∞)', RATES, [1, 2, 3]],
  ['CD-20 from the row', { ...RATES, cdSteps: 20 }, [1, 3]],
  ['20 persistent chains, 20 sweeps', { ...RATES, cdSteps: 20, persistentChains: 20 }, [1, 3]],
]

function fit(seed: number, options: FamilyOptions): number {
  const target = knownNormal(D, seed)
  const rows = rowsFrom(target, ROWS, seed + 100)
  const product = family.create([{ kind: 'real', size: D }], { experts: 3, rank: 0, seed, ...options })
  product.initialise(rows.subarray(0, 200 * D))
  product.learnMany(rows)
  const nats = divergence(target, product)
  product.release()
  return nats
}

export function* gaussian(): Generator<Finding> {
  yield {
    what: 'two experts, two fields: log Z beside quadrature, nats',
    figure: Math.abs(exact() - quadrature()),
    goal: 1e-10,
    bound: 'most',
  }
  for (const [name, options, seeds] of recipes) {
    for (const seed of seeds) {
      yield {
        what: `3 experts of full rank, 100,000 rows one by one, ${name}, seed ${seed}: divergence, nats`,
        figure: fit(seed, options),
        goal: 0.01,
        bound: 'most',
      }
    }
  }
}
