/** Unifac experts in float64 and by definition: Gaussians by their covariance matrices. */
import { type LogNormal, oracleOf } from './on-a-box.ts'

const TAU = 2 * Math.PI

/** log N(v; μ, λλᵀ + diag e^ξ) by the Cholesky factors of the matrix, LLᵀ = Σ: Σ log 2π + 2 log L_ii + (L⁻¹ y)_i². */
export const logNormal: LogNormal = ({ mean, logVariance, loading }, values, places) => {
  const rows: number[][] = []
  const solved: number[] = []
  let logs = 0
  for (const [i, place] of places.entries()) {
    const row: number[] = []
    let left = values[place] - mean[place]
    for (let j = 0; j <= i; j++) {
      let entry = loading[place] * loading[places[j]] + (i === j ? Math.exp(logVariance[place]) : 0)
      for (let k = 0; k < j; k++) entry -= row[k] * (j === i ? row[k] : rows[j][k])
      row.push(i === j ? Math.sqrt(entry) : entry / rows[j][j])
      if (j < i) left -= row[j] * solved[j]
    }
    rows.push(row)
    solved.push(left / row[i])
    logs += Math.log(TAU) + 2 * Math.log(row[i]) + solved[i] ** 2
  }
  return -0.5 * logs
}

export const oracle = () => oracleOf(logNormal, ['experts.loading'])
