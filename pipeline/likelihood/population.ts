/**
 * Samples of a product by annealing a population (Hukushima and Iba 2003): chains that are resampled by their weights on
 * the way, so that none is lost to a mode of little weight and hardly any weight is left at the end.
 */
import { exp } from '../elementary.ts'
import type { AnnealedChains, Product, Rows } from '../experts/product.ts'
import { Random } from '../random.ts'
import { type Between, drawnFromBase, lead } from './annealed-chains.ts'
import { effectiveSampleSize } from './log-partition.ts'

/** Between two looks at the weights lies at least one hundredth of the way. */
const LOOKS = 100

/** Where chains ended, and from how many of those that were drawn first they descend. */
export interface Population {
  /** R × D numbers. */
  readonly states: Rows
  readonly families: number
}

/** `sweeps` Gibbs sweeps of the product follow upon the last temperature. */
export async function annealedPopulation(
  product: Product,
  { count, base, seed, rising }: Run,
  sweeps: number,
  signal: AbortSignal | undefined,
  between: Between,
): Promise<Population> {
  const chains = drawnFromBase(product, count, base, seed)
  const random = new Random(seed ^ 0x5eed)
  let family = Uint32Array.from({ length: count }, (_, r) => r)
  const resample = () => {
    const parents = systematic(chains.logWeights, random.uniform())
    inherit(chains, parents)
    family = parents.map(parent => family[parent])
  }

  const steps = rising.length - 1
  const stride = Math.max(1, Math.floor(steps / LOOKS))
  for (let from = 0; from < steps; from += stride) {
    const piece = rising.subarray(from, Math.min(from + stride, steps) + 1)
    await lead(product, chains, piece, signal, () => {})
    if (effectiveSampleSize(chains.logWeights) < count / 2) resample()
    between((from + piece.length - 1) / (steps + sweeps))
  }
  resample()
  const still = new Float64Array(sweeps + 1).fill(1)
  await lead(product, chains, still, signal, share => between((steps + share * sweeps) / (steps + sweeps)))
  return { states: chains.states, families: new Set(family).size }
}

/** What `checkedAnnealing` gives. */
export interface Run {
  readonly count: number
  readonly seed: number
  readonly base: Float32Array
  readonly rising: Float64Array
}

/**
 * Systematic resampling: of weights that add up to one, chain r of R, as many as there are weights unless told otherwise,
 * follows the one that the cumulated weights reach at (r + uniform) / R. One is taken as often as R times its weight, rounded
 * up or down.
 */
export function systematic(
  logWeights: Float64Array,
  uniform: number,
  count = logWeights.length,
): Uint32Array {
  const most = logWeights.reduce((most, weight) => Math.max(most, weight), Number.NEGATIVE_INFINITY)
  const weights = logWeights.map(weight => exp(weight - most))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const parents = new Uint32Array(count)
  let reached = weights[0]
  let parent = 0
  for (let r = 0; r < parents.length; r++) {
    const place = ((r + uniform) / parents.length) * total
    while (reached < place && parent < weights.length - 1) reached += weights[++parent]
    parents[r] = parent
  }
  return parents
}

/** Every chain stands where its parent stood among those of `before`: R × D numbers. */
export function follow(states: Rows, before: Rows, parents: Uint32Array): void {
  const width = states.length / parents.length
  for (const [r, parent] of parents.entries())
    states.set(before.subarray(parent * width, (parent + 1) * width), r * width)
}

/** The same among themselves, and all have the same weight again. */
function inherit({ states, logWeights }: AnnealedChains, parents: Uint32Array): void {
  follow(states, states.slice(), parents)
  logWeights.fill(0)
}
