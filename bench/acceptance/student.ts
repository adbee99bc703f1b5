/** Student-t experts: log Z, what Gibbs sampling draws, and independent sources beside exact maximum likelihood. */
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, Rows } from '../../pipeline/experts/product.ts'
import { student as family } from '../../pipeline/experts/student.ts'
import { studentLogPartition } from '../../pipeline/likelihood/student.ts'
import {
  amariDistance,
  maximumLikelihood,
  meanLogLikelihood,
  type Sources,
} from '../../test/reference/student-likelihood.ts'
import type { Finding } from './finding.ts'
import { mention } from './progress.ts'

type Uniform = () => number

const real = (size: number) => [{ kind: 'real' as const, size }]
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Two experts over two values, neither along an axis. */
function plane(): Product {
  const product = family.create(real(2), { vague: 0 })
  const tensors = product.tensors()
  tensors['experts.j'].data.set([1, 0.5, -0.75, 2])
  tensors['experts.logExponent'].data.set([1.5, 2.5].map(Math.log))
  product.restore(tensors)
  return product
}

/** Densities on a grid of v = sinh s, whose cells reach far into the tails: log Z, and the distribution of each value. */
function quadrature(product: Product) {
  const [reach, step] = [13, 0.02]
  const at = range(Math.round((2 * reach) / step) + 1).map(k => k * step - reach)
  const marginals = [new Float64Array(at.length), new Float64Array(at.length)]
  let total = 0
  for (const [i, s] of at.entries()) {
    const rows = Float32Array.from(at.flatMap(t => [Math.sinh(s), Math.sinh(t)]))
    for (const [k, energy] of product.freeEnergies(rows).entries()) {
      const mass = Math.exp(-energy) * Math.cosh(s) * Math.cosh(at[k]) * step * step
      marginals[0][i] += mass
      marginals[1][k] += mass
      total += mass
    }
  }
  const distribution = (value: 0 | 1) => {
    let sum = 0
    const below = marginals[value].map(mass => {
      sum += mass / total
      return sum - mass / total / 2
    })
    return (v: number) => {
      const place = Math.min(at.length - 1.001, Math.max(0, (Math.asinh(v) + reach) / step))
      const k = Math.floor(place)
      return below[k] + (place - k) * (below[k + 1] - below[k])
    }
  }
  return { logPartition: Math.log(total), distributions: [distribution(0), distribution(1)] }
}

/** P(the largest distance of an empirical distribution function is at least this one): Kolmogorov 1933, Stephens 1970. */
function kolmogorov(values: number[], distribution: (v: number) => number): number {
  const sorted = values.sort((a, b) => a - b)
  const n = sorted.length
  const distance = sorted.reduce((most, v, k) => {
    const p = distribution(v)
    return Math.max(most, (k + 1) / n - p, p - k / n)
  }, 0)
  const x = distance * (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n))
  const sum = range(100).reduce((all, k) => all + (-1) ** k * Math.exp(-2 * (k + 1) ** 2 * x * x), 0)
  return Math.min(1, 2 * sum)
}

function* exactCase(): Generator<Finding> {
  const product = plane()
  const { logPartition, distributions } = quadrature(product)
  yield {
    what: 'log Z of two experts over two values, formula less quadrature, nats',
    figure: Math.abs(studentLogPartition(product) - logPartition),
    goal: 1e-4,
    bound: 'most',
  }
  // Chains of their own, so that draws are independent.
  const count = 10_000
  for (const [name, options, sweeps] of [
    ['Gibbs sampling', {}, 60],
    ['hybrid Monte Carlo', { gibbsWidth: 0 }, 60],
  ] as [string, FamilyOptions, number][]) {
    const chains = family.create(real(2), { vague: 0, ...options })
    chains.restore(product.tensors())
    const draws = chains.sample(count, sweeps)
    for (const value of [0, 1] as const) {
      const values = range(count).map(n => draws[2 * n + value])
      yield {
        what: `${name}, value ${value}: Kolmogorov and Smirnov's p over ${count} chains of ${sweeps} sweeps`,
        figure: kolmogorov(values, distributions[value]),
        goal: 0.01,
      }
    }
    chains.release()
  }
  product.release()
}

const normal = (uniform: Uniform) =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
const laplace = (uniform: Uniform) => {
  const u = uniform() - 0.5
  return (-Math.sign(u) * Math.log(1 - 2 * Math.abs(u))) / Math.SQRT2
}
const t = (freedom: number, uniform: Uniform) =>
  normal(uniform) / Math.sqrt(range(freedom).reduce(sum => sum + normal(uniform) ** 2, 0) / freedom)

/** Rows of a random linear mixture of two Laplace and three Student sources. */
function mixture(count: number, seed: number): { rows: Rows; mixing: number[][] } {
  const uniform = uniforms(seed)
  const mixing = range(5).map(() => range(5).map(() => normal(uniform)))
  const rows = range(count).flatMap(() => {
    const sources = [laplace(uniform), laplace(uniform), t(3, uniform), t(3, uniform), t(5, uniform)]
    return mixing.map(line => line.reduce((sum, gain, k) => sum + gain * sources[k], 0))
  })
  return { rows: Float32Array.from(rows), mixing }
}

function sourcesOf(product: Product): Sources {
  const tensors = product.tensors()
  const D = product.width
  return {
    filters: range(D).map(j => Array.from(tensors['experts.j'].data.subarray(j * D, (j + 1) * D))),
    exponents: Array.from(tensors['experts.logExponent'].data, Math.exp),
    location: Array.from(tensors.location.data),
  }
}

const PASSES = 5
const SETTINGS: readonly [string, FamilyOptions][] = [
  ['online', {}],
  ['batches of 20', { batchSize: 20, learningRate: 0.1 }],
  ['online by hybrid Monte Carlo', { gibbsWidth: 0 }],
  ['online with a = 1, 1/(α + (w·v)²)', { exponent: 1, exponentRate: 0 }],
]

function* mixtures(): Generator<Finding> {
  for (const seed of [7, 8, 9]) {
    const { rows, mixing } = mixture(20_000, seed)
    const first = rows.subarray(0, 5000)
    const start = family.create(real(5), { vague: 0 })
    start.initialise(first)
    const best = maximumLikelihood(sourcesOf(start), rows)
    start.release()
    const likelihood = meanLogLikelihood(best, rows)
    const reached = amariDistance(best.filters, mixing)
    mention(
      `mixture ${seed}: maximum likelihood ${likelihood.toFixed(4)} nats, Amari distance ${reached.toFixed(4)}`,
    )
    for (const [name, options] of seed === 7 ? SETTINGS : SETTINGS.slice(0, 2)) {
      const product = family.create(real(5), { vague: 0, ...options })
      product.initialise(first)
      for (let pass = 0; pass < PASSES; pass++) product.learnMany(rows)
      const found = sourcesOf(product)
      product.release()
      const distance = amariDistance(found.filters, mixing)
      const what = `mixture ${seed}, ${name}, ${PASSES} passes`
      yield { what: `${what}: Amari distance to the truth`, figure: distance, goal: 0.05, bound: 'most' }
      yield {
        what: `${what}: beyond that of maximum likelihood`,
        figure: distance - reached,
        goal: 0.02,
        bound: 'most',
      }
      if (options.exponentRate === 0) continue
      // The first proposals of a chain that starts at the data stay nearer to it than a draw of all precisions does.
      const goal = options.gibbsWidth === 0 ? 0.05 : 0.02
      yield {
        what: `${what}: mean log-likelihood below its maximum, nats`,
        figure: likelihood - meanLogLikelihood(found, rows),
        goal,
        bound: 'most',
      }
    }
  }
}

/** Everything that is promised of products of Student-t experts. */
export function* student(): Generator<Finding> {
  yield* exactCase()
  yield* mixtures()
}
