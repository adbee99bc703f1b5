/** Unigauss experts in float64 and by definition. */
import { type LogNormal, oracleOf } from './on-a-box.ts'

const TAU = 2 * Math.PI

/** log N(v; μ, diag e^ξ). */
export const logNormal: LogNormal = ({ mean, logVariance }, values, places) =>
  places.reduce(
    (total, i) =>
      total - 0.5 * (Math.log(TAU) + logVariance[i] + (values[i] - mean[i]) ** 2 / Math.exp(logVariance[i])),
    0,
  )

export const oracle = () => oracleOf(logNormal)
