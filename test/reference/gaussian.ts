/**
 * Products of Gaussian experts in float64, by definition: every precision matrix is written out, and what a row lacks is
 * integrated out of the product's own N(μ, Λ⁻¹).
 */
import type { Tensors } from '../../pipeline/experts/product.ts'
import type { Oracle, Parameters } from './oracle.ts'

type Matrix = number[][]

/** The experts N(μ_m, Λ_m⁻¹), the diagonal one first, as means and roots: Λ_m = A_mᵀ A_m, A_m of R rows. */
export interface Experts {
  readonly means: readonly number[][]
  readonly roots: readonly Matrix[]
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index)
const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0)
const minus = (x: readonly number[], y: readonly number[]) => x.map((value, i) => value - y[i])
const times = (matrix: Matrix, x: readonly number[]) => matrix.map(row => dot(row, x))
const transposed = (matrix: Matrix) => (matrix[0] ?? []).map((_, j) => matrix.map(row => row[j]))
/** Aᵀ A. */
const squared = (root: Matrix): Matrix => transposed(root).map((x, _, all) => all.map(y => dot(x, y)))

/** x with A x = b, by elimination with pivots. */
export function solve(matrix: Matrix, right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]])
  const n = rows.length
  for (let k = 0; k < n; k++) {
    const best = range(n - k).reduce(
      (at, i) => (Math.abs(rows[k + i][k]) > Math.abs(rows[at][k]) ? k + i : at),
      k,
    )
    ;[rows[k], rows[best]] = [rows[best], rows[k]]
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k]
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j]
    }
  }
  const x = new Array<number>(n).fill(0)
  for (let k = n - 1; k >= 0; k--) {
    x[k] = (rows[k][n] - dot(rows[k].slice(k + 1, n), x.slice(k + 1))) / rows[k][k]
  }
  return x
}

/** A⁻¹. */
export const inverse = (matrix: Matrix): Matrix =>
  transposed(
    matrix.map((_, k) =>
      solve(
        matrix,
        matrix.map((_, i) => Number(i === k)),
      ),
    ),
  )

export function expertsOf(parameters: Parameters): Experts {
  const base = { means: Array.from(parameters['base.means']), roots: Array.from(parameters['base.roots']) }
  const width = base.means.length
  const count = parameters['experts.means'].length / width
  const rank = parameters['experts.roots'].length / (width * count)
  const diagonal = range(width).map(i => range(width).map(j => (i === j ? base.roots[i] : 0)))
  return {
    means: [
      base.means,
      ...range(count).map(m => Array.from(parameters['experts.means'].slice(m * width, (m + 1) * width))),
    ],
    roots: [
      diagonal,
      ...range(count).map(m =>
        range(rank).map(r => range(width).map(i => parameters['experts.roots'][(i * count + m) * rank + r])),
      ),
    ],
  }
}

export const parametersOf = (tensors: Tensors): Parameters =>
  Object.fromEntries(oracleParameters.map(name => [name, Float64Array.from(tensors[name].data)]))

const oracleParameters = ['base.means', 'base.roots', 'experts.means', 'experts.roots']

/** Σ_m Λ_m. */
export const precision = ({ roots }: Experts): Matrix =>
  roots.map(squared).reduce((sum, each) => sum.map((row, i) => row.map((value, j) => value + each[i][j])))

/** Σ_m Λ_m μ_m. */
export const linear = ({ means, roots }: Experts): number[] =>
  roots
    .map((root, m) => times(squared(root), means[m]))
    .reduce((sum, each) => sum.map((value, i) => value + each[i]))

export const mean = (experts: Experts): number[] => solve(precision(experts), linear(experts))

/** The mean and covariance of the missing values, given the others, in a row of the length of all. */
export function filled(experts: Experts, row: ArrayLike<number>): number[] {
  const values = Array.from(row)
  const gaps = range(values.length).filter(i => Number.isNaN(values[i]))
  if (gaps.length === 0) return values
  const [all, pull] = [precision(experts), linear(experts)]
  const known = values.map(value => (Number.isNaN(value) ? 0 : value))
  const found = solve(
    gaps.map(i => gaps.map(j => all[i][j])),
    gaps.map(i => pull[i] - dot(all[i], known)),
  )
  for (const [n, i] of gaps.entries()) values[i] = found[n]
  return values
}

/** ½ Σ_m |A_m (v − μ_m)|². */
export function energy(experts: Experts, row: ArrayLike<number>): number {
  const v = filled(experts, row)
  const squares = experts.roots.map((root, m) => {
    const y = times(root, minus(v, experts.means[m]))
    return dot(y, y)
  })
  return squares.reduce((sum, square) => sum + square, 0) / 2
}

/** Precision of the values that a row has, the others integrated out: the inverse of their block of Λ⁻¹. */
function marginal(experts: Experts, row: ArrayLike<number>): { there: number[]; matrix: Matrix } {
  const covariance = inverse(precision(experts))
  const there = range(row.length).filter(i => !Number.isNaN(row[i]))
  return { there, matrix: inverse(there.map(i => there.map(j => covariance[i][j]))) }
}

/** ½ (v_i − E[v_i | others])² / Var[v_i | others], NaN where the row has no value. */
export function surprise(experts: Experts, row: ArrayLike<number>): number[] {
  const { there, matrix } = marginal(experts, row)
  const nats = new Array<number>(row.length).fill(Number.NaN)
  const expected = mean(experts)
  for (const [n, i] of there.entries()) {
    const away = there.map(j => row[j] - expected[j])
    nats[i] = dot(matrix[n], away) ** 2 / matrix[n][n] / 2
  }
  return nats
}

/** E[v_i | all others that the row has]. */
export const conditional = (experts: Experts, row: ArrayLike<number>, field: number): number =>
  filled(
    experts,
    Array.from(row, (value, i) => (i === field ? Number.NaN : value)),
  )[field]

/** Gaps filled, then every value in turn the mean given the others. */
export function reconstruct(experts: Experts, row: ArrayLike<number>, steps: number): number[] {
  const values = filled(experts, row)
  for (let step = 0; step < steps; step++) {
    for (const i of values.keys()) values[i] = conditional(experts, values, i)
  }
  return values
}

/** A_m (v − μ_m) of all but the diagonal expert. */
export function features(experts: Experts, row: ArrayLike<number>): number[] {
  const v = filled(experts, row)
  return experts.roots.slice(1).flatMap((root, m) => times(root, minus(v, experts.means[m + 1])))
}

/** ∂ log density / ∂θ at the row, what it lacks at the mean given the rest, where the derivative by it is zero. */
function gradient(parameters: Parameters, row: ArrayLike<number>): Record<string, Float64Array> {
  const experts = expertsOf(parameters)
  const v = filled(experts, row)
  const [base, ...others] = experts.roots
  const away = minus(v, experts.means[0])
  const count = others.length
  const rank = others[0].length
  const roots = new Float64Array(parameters['experts.roots'].length)
  for (const [m, root] of others.entries()) {
    const d = minus(v, experts.means[m + 1])
    for (const [r, y] of times(root, d).entries()) {
      for (const i of v.keys()) roots[(i * count + m) * rank + r] = -y * d[i]
    }
  }
  const means = others.flatMap((root, m) => times(squared(root), minus(v, experts.means[m + 1])))
  return {
    'base.means': Float64Array.from(away, (e, i) => base[i][i] ** 2 * e),
    'base.roots': Float64Array.from(away, (e, i) => -base[i][i] * e * e),
    'experts.means': Float64Array.from(means),
    'experts.roots': roots,
  }
}

const within = (x: number, most: number) => Math.max(-most, Math.min(most, x))

/**
 * Steps of a product that has learned nothing yet, whose scales are s = 1/t: b by 1/t², t by t²/2, μ_m by the inverse of the
 * diagonal of T² + Λ_m, A_m by T² + Λ_m from the right; a mean moves by s at most, t by a tenth of it, a root by a tenth of that
 * diagonal's.
 */
function step(parameters: Parameters, difference: Parameters, options: Readonly<Record<string, unknown>>) {
  const rate = Number(options.learningRate)
  const experts = expertsOf(parameters)
  const moves = expertsOf(difference)
  const width = experts.means[0].length
  const count = experts.roots.length - 1
  const rank = experts.roots[1].length
  const roots = parameters['base.roots']
  const units = experts.roots
    .slice(1)
    .map(root => squared(root).map((row, i) => row.map((x, j) => x + Number(i === j) * roots[i] ** 2)))
  const next = Object.fromEntries(oracleParameters.map(name => [name, Float64Array.from(parameters[name])]))
  for (let i = 0; i < width; i++) {
    const scale = 1 / roots[i]
    next['base.means'][i] += within(rate * difference['base.means'][i] * scale ** 2, scale)
    next['base.roots'][i] += within((0.5 * rate * difference['base.roots'][i]) / scale ** 2, 0.1 / scale)
    for (let m = 0; m < count; m++) {
      const k = m * width + i
      next['experts.means'][k] += within((rate * difference['experts.means'][k]) / units[m][i][i], scale)
      for (let r = 0; r < rank; r++) {
        const move = dot(moves.roots[m + 1][r], transposed(units[m])[i])
        const at = (i * count + m) * rank + r
        next['experts.roots'][at] += within(rate * move, 0.1 * Math.sqrt(units[m][i][i]))
      }
    }
  }
  return next
}

export const oracle = (): Oracle => ({
  parameters: oracleParameters,
  logDensity: (parameters, row) => -energy(expertsOf(parameters), row),
  gradient,
  step,
})
