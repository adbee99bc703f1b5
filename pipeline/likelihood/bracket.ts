/** log Z from below and from above: annealing there, and back from samples of the product (Grosse, Ghahramani and Adams 2015). */
import { exp } from '../elementary.ts'
import type { Product } from '../experts/product.ts'
import {
  checkedAnnealing,
  checkedWhole,
  estimateLogPartition,
  type RunOptions,
} from './annealed-importance-sampling.ts'
import type { LogPartition } from './log-partition.ts'
import { annealedPopulation } from './population.ts'

export interface BracketOptions extends RunOptions {
  /** Gibbs sweeps of the product that the starts of the way back take after they have been annealed; default 1000. */
  readonly sweeps?: number
}

/** All logarithms in nats. */
export interface LogPartitionBracket {
  /**
   * log Z by Bennett's ratio (1976): where chains that come and chains that go back are as probable. Of all estimates from
   * both the one with the least variance, and it needs neither direction to reach the other end alone.
   */
  readonly logPartition: number
  /**
   * `forward.bound` and `reverse.bound`, whose expectations are on either side of log Z; the upper one as far as the
   * starts are samples of the product.
   */
  readonly low: number
  readonly high: number
  readonly forward: LogPartition
  readonly reverse: LogPartition
  /** Of the chains that were drawn for the starts this many have descendants among them: few of them say that modes may be missing. */
  readonly families: number
}

/** Halvings of the bracket: no digit of it is left. */
const HALVINGS = 200

/** L with Σ over forward estimates σ(a − L) = Σ over reverse ones σ(L − a). */
function bennettRatio(forward: Float64Array, reverse: Float64Array): number {
  const all = [...forward, ...reverse]
  let low = Math.min(...all)
  let high = Math.max(...all)
  const share = (x: number) => 1 / (1 + exp(-x))
  for (let n = 0; n < HALVINGS; n++) {
    const middle = (low + high) / 2
    const come = forward.reduce((sum, estimate) => sum + share(estimate - middle), 0)
    const gone = reverse.reduce((sum, estimate) => sum + share(middle - estimate), 0)
    if (come > gone) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * Brackets log Z of a product between two estimates that err in opposite directions: annealing from the base model to the
 * product, and back. Samples to go back from are a population of their own, annealed with the same temperatures,
 * resampled by its weights and moved by `sweeps` of Gibbs sampling. Chains that start at data instead can end below the
 * forward estimate, and then bracket nothing.
 *
 * Options, refusals and promises are those of `estimateLogPartition`; it takes three times as long and `chains` × `sweeps`
 * sweeps.
 */
export async function bracketLogPartition(
  product: Product,
  options: BracketOptions = {},
): Promise<LogPartitionBracket> {
  const run = checkedAnnealing(product, options)
  const sweeps = checkedWhole('sweeps', options.sweeps ?? 1000, 0, 2 ** 24)
  const { signal, onProgress } = options
  const third = (n: number) => (share: number) => onProgress?.((n + share) / 3)
  // Seeds of neighbouring numbers would meet where a caller has several brackets.
  const seeds = [run.seed, run.seed ^ 0x70707070, run.seed ^ 0x2e2e2e2e].map(seed => seed >>> 0)
  const annealing = { chains: run.count, temperatures: run.rising, base: run.base, ...(signal && { signal }) }

  const forward = await estimateLogPartition(product, { ...annealing, seed: seeds[0], onProgress: third(0) })
  const { states: starts, families } = await annealedPopulation(
    product,
    { ...run, seed: seeds[1] },
    sweeps,
    signal,
    third(1),
  )
  const reverse = await estimateLogPartition(product, {
    ...annealing,
    seed: seeds[2],
    direction: 'reverse',
    starts,
    onProgress: third(2),
  })
  const logPartition = bennettRatio(
    forward.logWeights.map(weight => forward.logBase + weight),
    reverse.logWeights.map(weight => reverse.logBase - weight),
  )
  return { logPartition, low: forward.bound, high: reverse.bound, forward, reverse, families }
}
