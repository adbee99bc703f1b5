/** The entry to opinion pools: of detectors over records, of products over rows. */
import { show } from '../errors.ts'
import type { Product } from '../experts/product.ts'
import type { StreamDetector } from '../streams/detection.ts'
import { DetectorPool, type PoolOptions } from './detector-pool.ts'
import { ProductPool } from './product-pool.ts'

const isDetector = (member: unknown): member is StreamDetector =>
  typeof (member as StreamDetector)?.scoreOne === 'function' &&
  typeof (member as StreamDetector).observe === 'function'
const isProduct = (member: unknown): member is Product =>
  typeof (member as Product)?.freeEnergy === 'function'

/**
 * The logarithmic pool q ∝ Π Q_m^w_m of already trained members, w_m ≥ 0 and Σ w_m = 1; without weights all count alike.
 * Of detectors: records in, a pooled score with reasons and p-value out, as of one detector. Of products: rows in, free
 * energies out. There are no chains of a pool and no learning of its weights: a power of an expert that is no whole number
 * has no latent variables to sample. `weightsByLabels` chooses weights; `disagreement` says what pooling gains.
 * @throws TypeError for members of other or of both kinds, RangeError for weights that are none
 */
export function opinionPool(
  members: readonly StreamDetector[],
  weights?: readonly number[],
  options?: PoolOptions,
): DetectorPool
export function opinionPool(members: readonly Product[], weights?: readonly number[]): ProductPool
export function opinionPool(
  members: readonly (StreamDetector | Product)[],
  weights?: readonly number[],
  options: PoolOptions = {},
): DetectorPool | ProductPool {
  if (Array.isArray(members) && members.length > 0) {
    if (members.every(isDetector)) return new DetectorPool(members, weights, options)
    if (members.every(isProduct)) return new ProductPool(members, weights)
  }
  throw new TypeError(`Expected detectors, or products, as a list of at least one, got ${show(members)}.`)
}
