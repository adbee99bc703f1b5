/** Densities of two real values by a grid: independent draws of them, and whether two samples are of one distribution. */
import { uniforms } from '../../fixtures/random.ts'
import type { Product } from '../../pipeline/experts/product.ts'

/** Columns of a grid on which the density of a product of two real values is summed, and drawn from. */
const GRID = { points: 101, reach: 5 }

/** Cells of the plane by number: 5 × 5, cut at these values. */
const CUTS = [-1, -0.3, 0.3, 1]
const cellOf = (x: number, y: number) =>
  5 * CUTS.filter(cut => x > cut).length + CUTS.filter(cut => y > cut).length

/** Who draws from e^−F by a fine grid, uniform within its squares. */
export function exact(joint: Product): (count: number, seed: number) => Float32Array {
  const { points, reach } = GRID
  const step = (2 * reach) / points
  const at = (i: number) => -reach + (i + 0.5) * step
  const rows = Float32Array.from({ length: 2 * points * points }, (_, n) =>
    at(n % 2 ? Math.floor(n / 2) % points : Math.floor(n / 2 / points)),
  )
  const energies = joint.freeEnergies(rows)
  const least = energies.reduce((least, energy) => Math.min(least, energy))
  let total = 0
  const cumulative = Float64Array.from(energies, energy => (total += Math.exp(least - energy)))
  return (count, seed) => {
    const uniform = uniforms(seed)
    const states = new Float32Array(2 * count)
    for (let n = 0; n < count; n++) {
      const target = uniform() * total
      let [low, high] = [0, cumulative.length - 1]
      while (low < high) {
        const middle = (low + high) >> 1
        if (cumulative[middle] < target) low = middle + 1
        else high = middle
      }
      states[2 * n] = rows[2 * low] + step * (uniform() - 0.5)
      states[2 * n + 1] = rows[2 * low + 1] + step * (uniform() - 0.5)
    }
    return states
  }
}

export function countsOf(states: Float32Array): Float64Array {
  const counts = new Float64Array(25)
  for (let n = 0; n < states.length; n += 2) counts[cellOf(states[n], states[n + 1])]++
  return counts
}

/** χ² of two samples of equal size, by cells: cells that hold little are merged with the next. */
export function compare(first: Float64Array, second: Float64Array): { chi: number; freedom: number } {
  let [chi, cells, a, b] = [0, 0, 0, 0]
  for (let cell = 0; cell < first.length; cell++) {
    a += first[cell]
    b += second[cell]
    if (a + b < 40 && cell < first.length - 1) continue
    chi += (a - b) ** 2 / (a + b)
    cells++
    a = 0
    b = 0
  }
  return { chi, freedom: cells - 1 }
}
