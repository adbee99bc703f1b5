/**
 * What a model may hold: far beyond what learning reaches, and near enough that nothing that is computed from it
 * overflows, so that a file that was taken can be gone on with and saved. Whoever restores a part checks it by these.
 */

/** Counts stop here by themselves: in double precision 2⁵³ + 1 is 2⁵³. */
export const MOST_ROWS = 2 ** 53
/** Free energies, surprises and usual costs, in nats; single-precision numbers are finite up to 3e38. */
export const LARGEST_ENERGY = 1e15
/** Scores and what is computed from them, in nats: weights and sums of energies; their squares are finite. */
export const LARGEST_SCORE = 1e30
/** Weights and biases of Boltzmann machines: learning comes to some tens, with learning rates far too high to hundreds. */
export const LARGEST_PARAMETER = 1e6

/** Refuse, with a RangeError, a tensor of a magnitude beyond `largest`. */
export function checkWithin(name: string, magnitude: number, largest: number): void {
  if (magnitude <= largest) return
  throw new RangeError(`Expected values up to ${largest} in tensor ${name}, got others.`)
}

/** Is it a number of rows? */
export const isRowCount = (value: number) => Number.isInteger(value) && value >= 0 && value <= MOST_ROWS

/** Is every number of that size at most? NaN is not. */
export function areWithin(numbers: ArrayLike<number>, largest: number): boolean {
  for (let i = 0; i < numbers.length; i++) if (!(Math.abs(numbers[i]) <= largest)) return false
  return true
}
