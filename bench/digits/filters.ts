/** The weights of hidden units as pictures: how local they are, and how active the units. */
import type { Product, Rows } from '../../pipeline/experts/product.ts'
import { eachRow } from '../../pipeline/rows.ts'

/** W, a filter of D weights for each hidden unit: those that score. Of the family rbm. */
export function filtersOf(product: Product): Float32Array[] {
  const tensors = product.tensors()
  const { shape, data } = product.options.averaging ? tensors['average.w'] : tensors['experts.w']
  const [hidden, width] = shape
  return Array.from({ length: hidden }, (_, j) => Float32Array.from(data.slice(j * width, (j + 1) * width)))
}

/** The largest share of Σ (w − mean w)² that a window of `window` × `window` pixels holds, wherever it lies. */
export function shareInWindow(filter: ArrayLike<number>, width: number, window: number): number {
  const weights = Array.from(filter)
  const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length
  const squares = weights.map(w => (w - mean) ** 2)
  const height = weights.length / width
  // Sums over everything above and to the left of a corner.
  const sums = new Float64Array((width + 1) * (height + 1))
  const corner = (x: number, y: number) => y * (width + 1) + x
  for (let y = 1; y <= height; y++) {
    for (let x = 1; x <= width; x++) {
      const others = sums[corner(x - 1, y)] + sums[corner(x, y - 1)] - sums[corner(x - 1, y - 1)]
      sums[corner(x, y)] = squares[(y - 1) * width + x - 1] + others
    }
  }
  let most = 0
  for (let y = window; y <= height; y++) {
    for (let x = window; x <= width; x++) {
      const beside = sums[corner(x - window, y)] + sums[corner(x, y - window)]
      most = Math.max(most, sums[corner(x, y)] - beside + sums[corner(x - window, y - window)])
    }
  }
  return most / sums[corner(width, height)]
}

/** The mean activation probability of all hidden units for B rows. */
export function meanActivity(product: Product, rows: Rows): number {
  let sum = 0
  let count = 0
  eachRow(rows, product.width, row => {
    for (const share of product.transformOne(row)) sum += share
    count += Number(product.options.hidden)
  })
  return sum / count
}

/** The mean squared error of a pixel of B rows that go up and down once. */
export function reconstructionError(product: Product, rows: Rows): number {
  let sum = 0
  eachRow(rows, product.width, row => {
    const again = product.reconstruct(row, 1)
    for (let i = 0; i < row.length; i++) sum += (again[i] - row[i]) ** 2
  })
  return sum / rows.length
}
