/** The free energy of a row that may lack values, so that complete and incomplete rows can be compared. */
import { LARGEST_ENERGY } from './bounds.ts'
import { DivergedError } from './errors.ts'
import type { Product, Row } from './experts/product.ts'

/** F(row) as below; NaN when the parameters have grown so far that there is no sensible answer. */
export function energyOf(product: Product, row: Row, complete: boolean, scratch: Row): number {
  try {
    const energy = energyOfRow(product, row, complete, scratch)
    return Math.abs(energy) <= LARGEST_ENERGY ? energy : Number.NaN
  } catch (error) {
    if (error instanceof DivergedError) return Number.NaN
    throw error
  }
}

/**
 * F(row), in nats, with every missing group at the mean that the present ones predict (one mean-field pass). A missing
 * field then costs what it costs on average, and neither hides nor makes an anomaly. Leaving the group out of all sums
 * instead would compare energies of two models with different log Z. `scratch` is D values of workspace.
 */
function energyOfRow(product: Product, row: Row, complete: boolean, scratch: Row): number {
  if (complete) return product.freeEnergy(row)
  const mean = product.reconstruct(row)
  for (let i = 0; i < row.length; i++) scratch[i] = Number.isNaN(row[i]) ? mean[i] : row[i]
  return product.freeEnergy(scratch)
}
