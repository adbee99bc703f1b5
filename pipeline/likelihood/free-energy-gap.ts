/** How much less likely a product finds rows that it has not learned: overfitting, without log Z (Hinton 2012, section 6). */
import type { Product, Rows } from '../experts/product.ts'
import { meanOf } from './mean.ts'

/** All in nats. */
export interface FreeEnergyGap {
  /**
   * Mean free energy of the validation rows less that of the training rows: by so much less likely are rows that were not
   * learned, log Z being the same for both. Around 0 nothing is overfitted.
   */
  readonly gap: number
  /** Of the gap, if rows are independent. */
  readonly standardError: number
  /** Mean free energies; they move with log Z and say nothing alone. */
  readonly training: number
  readonly validation: number
}

/**
 * The free-energy gap of a product between rows that it has learned and others of the same kind (Hinton 2012, "A practical
 * guide to training restricted Boltzmann machines", section 6). Pure. Training rows should be as recent as one another: no
 * more than some thousand, of those learned last. Throws a TypeError for what is no Float32Array and a RangeError for rows
 * that the product refuses, and without rows.
 */
export function freeEnergyGap(
  product: Pick<Product, 'freeEnergies'>,
  training: Rows,
  validation: Rows,
): FreeEnergyGap {
  const [learned, held] = [training, validation].map(rows => meanOf(product.freeEnergies(rows)))
  if (Number.isNaN(learned.mean) || Number.isNaN(held.mean)) {
    throw new RangeError(
      `Expected rows of both kinds, got ${training.length} values of training and ${validation.length} of validation rows.`,
    )
  }
  return {
    gap: held.mean - learned.mean,
    standardError: Math.sqrt(learned.standardError ** 2 + held.standardError ** 2),
    training: learned.mean,
    validation: held.mean,
  }
}
