/** Likelihoods of machines that are small enough for an exact log Z. */
import type { Product } from '../../pipeline/experts/product.ts'
import { exactLogPartition } from '../../pipeline/index.ts'

/** Mean log-likelihood of the rows in nats, under the parameters that score. */
export function meanLogLikelihood(product: Product, rows: Float32Array): number {
  const energies = product.freeEnergies(rows)
  const sum = energies.reduce((total, energy) => total + energy, 0)
  return -sum / energies.length - exactLogPartition(product)
}
