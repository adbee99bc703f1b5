/**
 * Maximum likelihood of as many Student-t experts as values, without the vague one: independent component analysis with
 * sources whose tails are learned. Natural gradient (Amari, Cichocki and Yang 1996) over all rows at once, in float64.
 */
import { logGamma } from './student.ts'

const range = (count: number) => Array.from({ length: count }, (_, index) => index)

/** J (D, D), a (D) and c (D). */
export interface Sources {
  readonly filters: number[][]
  readonly exponents: number[]
  readonly location: number[]
}

/** log |det J|, by elimination with pivots. */
export function logDeterminant(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map(row => [...row])
  let sum = 0
  for (const k of range(rows.length)) {
    const pivot = range(rows.length - k)
      .map(i => i + k)
      .reduce((best, i) => (Math.abs(rows[i][k]) > Math.abs(rows[best][k]) ? i : best), k)
    ;[rows[k], rows[pivot]] = [rows[pivot], rows[k]]
    sum += Math.log(Math.abs(rows[k][k]))
    for (let i = k + 1; i < rows.length; i++) {
      const factor = rows[i][k] / rows[k][k]
      for (let j = k; j < rows.length; j++) rows[i][j] -= factor * rows[k][j]
    }
  }
  return sum
}

/** log Z = Σ_j log(√(2π) Γ(a_j − ½) / Γ(a_j)) − log |det J|. */
export const logPartition = ({ filters, exponents }: Sources) =>
  exponents.reduce((sum, a) => sum + 0.5 * Math.log(2 * Math.PI) + logGamma(a - 0.5) - logGamma(a), 0) -
  logDeterminant(filters)

/** Mean log-likelihood of rows of D values each, in nats. */
export function meanLogLikelihood(sources: Sources, rows: ArrayLike<number>): number {
  const { filters, exponents, location } = sources
  const D = location.length
  let sum = 0
  for (let at = 0; at < rows.length; at += D) {
    for (let j = 0; j < D; j++) {
      let z = 0
      for (let i = 0; i < D; i++) z += filters[j][i] * (rows[at + i] - location[i])
      sum -= exponents[j] * Math.log1p(0.5 * z * z)
    }
  }
  return (sum * D) / rows.length - logPartition(sources)
}

/** ψ(x), as a difference of log Γ. */
const digamma = (x: number) => (logGamma(x + 1e-5) - logGamma(x - 1e-5)) / 2e-5

/** E[w zᵀ], E[log(1 + ½z²)] and E[w], with w = a z / (1 + ½z²), over the rows. */
function expectations({ filters, exponents, location }: Sources, rows: ArrayLike<number>) {
  const D = location.length
  const products = range(D).map(() => new Array<number>(D).fill(0))
  const [logs, weights] = [new Array<number>(D).fill(0), new Array<number>(D).fill(0)]
  const [z, w] = [new Float64Array(D), new Float64Array(D)]
  const share = D / rows.length
  for (let at = 0; at < rows.length; at += D) {
    for (let j = 0; j < D; j++) {
      let response = 0
      for (let i = 0; i < D; i++) response += filters[j][i] * (rows[at + i] - location[i])
      const t = 1 + 0.5 * response * response
      z[j] = response
      w[j] = (exponents[j] * response) / t
      logs[j] += share * Math.log(t)
      weights[j] += share * w[j]
    }
    for (let j = 0; j < D; j++) for (let k = 0; k < D; k++) products[j][k] += share * w[j] * z[k]
  }
  return { products, logs, weights }
}

/** From a start on, until the likelihood stands still. */
export function maximumLikelihood(start: Sources, rows: ArrayLike<number>, rounds = 300): Sources {
  let { filters, exponents, location } = start
  const D = location.length
  for (let round = 0; round < rounds; round++) {
    const { products, logs, weights } = expectations({ filters, exponents, location }, rows)
    const rate = 0.3
    const curvature = range(D).map(i =>
      range(D).reduce((sum, j) => sum + exponents[j] * filters[j][i] ** 2, 0),
    )
    location = location.map(
      (c, i) => c + (rate * range(D).reduce((sum, j) => sum + weights[j] * filters[j][i], 0)) / curvature[i],
    )
    const old = filters
    filters = old.map((row, j) =>
      row.map(
        (value, i) =>
          value + rate * range(D).reduce((sum, k) => sum + (Number(j === k) - products[j][k]) * old[k][i], 0),
      ),
    )
    exponents = exponents.map((a, j) => {
      const slope = a * (digamma(a) - digamma(a - 0.5) - logs[j])
      return Math.min(100, Math.max(0.51, a * Math.exp(Math.max(-0.2, Math.min(0.2, slope)))))
    })
  }
  return { filters, exponents, location }
}

/** Amari's distance between J A and a scaled permutation: from 0 to 1, A the mixing matrix (Amari, Cichocki and Yang 1996). */
export function amariDistance(
  filters: readonly (readonly number[])[],
  mixing: readonly (readonly number[])[],
): number {
  const D = mixing.length
  const gains = filters.map(row =>
    range(D).map(k => Math.abs(row.reduce((sum, value, i) => sum + value * mixing[i][k], 0))),
  )
  const spread = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(...values) - 1
  const total = range(D).reduce((sum, k) => sum + spread(gains[k]) + spread(gains.map(row => row[k])), 0)
  return total / (2 * D * (D - 1))
}
