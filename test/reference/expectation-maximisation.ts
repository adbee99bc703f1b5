/** An ordinary mixture of normal distributions with diagonal covariances, fitted to all rows at once. */
import { logExpanded, logSumExp, type Mode } from './mixture.ts'

/** −⟨log p⟩ of normalised modes over draws from them. */
export function entropyOf(modes: readonly Mode[], rows: readonly (readonly number[])[]): number {
  const total = logSumExp(modes.map(({ logMass }) => logMass))
  return total - rows.reduce((sum, row) => sum + logExpanded(modes, row), 0) / rows.length
}

/** ⟨log p⟩ of a mixture, whose masses add up to one. */
export const logLikelihood = (modes: readonly Mode[], rows: readonly (readonly number[])[]): number =>
  rows.reduce((sum, row) => sum + logExpanded(modes, row), 0) / rows.length

const distance = (x: readonly number[], y: readonly number[]) =>
  x.reduce((sum, value, i) => sum + (value - y[i]) ** 2, 0)

/** Rows far from each other (k-means++). */
function spread(rows: readonly number[][], count: number, uniform: () => number): number[][] {
  const means = [rows[Math.floor(uniform() * rows.length)]]
  const nearest = rows.map(() => Number.POSITIVE_INFINITY)
  while (means.length < count) {
    for (const [n, row] of rows.entries())
      nearest[n] = Math.min(nearest[n], distance(row, means[means.length - 1]))
    let left = uniform() * nearest.reduce((sum, value) => sum + value, 0)
    const chosen = nearest.findIndex(value => {
      left -= value
      return left < 0
    })
    means.push(rows[Math.max(0, chosen)])
  }
  return means
}

/** `steps` rounds of expectation and maximisation (Dempster, Laird and Rubin 1977). */
export function fitMixture(rows: number[][], count: number, uniform: () => number, steps = 60): Mode[] {
  const width = rows[0].length
  let modes: Mode[] = spread(rows, count, uniform).map(mean => ({
    logMass: -Math.log(count),
    mean,
    precision: mean.map(() => 0.25),
  }))
  for (let step = 0; step < steps; step++) {
    const sums = modes.map(() => ({
      mass: 1e-9,
      first: new Float64Array(width),
      second: new Float64Array(width),
    }))
    for (const row of rows) {
      const logs = modes.map(({ logMass, mean, precision }) =>
        mean.reduce(
          (sum, mu, i) => sum + 0.5 * Math.log(precision[i]) - 0.5 * precision[i] * (row[i] - mu) ** 2,
          logMass,
        ),
      )
      const total = logSumExp(logs)
      for (const [k, sum] of sums.entries()) {
        const share = Math.exp(logs[k] - total)
        sum.mass += share
        for (let i = 0; i < width; i++) {
          sum.first[i] += share * row[i]
          sum.second[i] += share * row[i] ** 2
        }
      }
    }
    modes = sums.map(({ mass, first, second }) => {
      const mean = Array.from(first, value => value / mass)
      return {
        logMass: Math.log(mass / rows.length),
        mean,
        precision: mean.map((mu, i) => 1 / Math.max(1e-3, second[i] / mass - mu * mu)),
      }
    })
  }
  return modes
}
