/** From the weights of annealed chains to an estimate of log Z with its error. */
import { exp, log } from '../elementary.ts'
import type { AnnealedChains, Rows } from '../experts/product.ts'

/** All logarithms in nats. */
export interface LogPartition {
  /** The estimate of log Z. */
  readonly logPartition: number
  /**
   * log of the mean weight less and plus three standard errors (Salakhutdinov and Murray 2008, section 4.2); an infinite one
   * where that is not positive. They say nothing about modes that no chain has found.
   */
  readonly low: number
  readonly high: number
  /**
   * The mean of the single chains' estimates. By Jensen's inequality its expectation is below log Z when annealing forward,
   * and above it when annealing back from exact samples.
   */
  readonly bound: number
  /** (Σw)² / Σw²: as many equal weights would say as much. From 1 to R. */
  readonly effectiveSampleSize: number
  /** log Z of the base model. */
  readonly logBase: number
  /** log w of each chain; R numbers. Forward, log Z ≈ logBase + log mean w; reverse, logBase − log mean w. */
  readonly logWeights: Float64Array
  /** Where the chains ended; R × D numbers. Forward, with their weights, they are samples of the product. */
  readonly states: Rows
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length

/** (Σw)² / Σw² of weights given by their logarithms. */
export function effectiveSampleSize(logWeights: Float64Array): number {
  const most = logWeights.reduce((most, weight) => Math.max(most, weight), Number.NEGATIVE_INFINITY)
  const weights = logWeights.map(weight => exp(weight - most))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return (total * total) / weights.reduce((sum, weight) => sum + weight * weight, 0)
}

export function weighed(
  { logWeights, states }: AnnealedChains,
  logBase: number,
  direction: 'forward' | 'reverse',
): LogPartition {
  const sign = direction === 'forward' ? 1 : -1
  const most = logWeights.reduce((most, weight) => Math.max(most, weight), Number.NEGATIVE_INFINITY)
  const weights = logWeights.map(weight => exp(weight - most))
  const average = mean(weights)
  const squares = weights.reduce((sum, weight) => sum + (weight - average) * (weight - average), 0)
  const error = Math.sqrt(squares / (weights.length - 1) / weights.length)
  const at = (weight: number) => logBase + sign * (most + log(Math.max(weight, 0)))
  return {
    logPartition: at(average),
    low: at(average - 3 * sign * error),
    high: at(average + 3 * sign * error),
    bound: logBase + sign * mean(logWeights),
    effectiveSampleSize: effectiveSampleSize(logWeights),
    logBase,
    logWeights,
    states,
  }
}
