/**
 * The curvature of multinomial logistic regression, near enough to measure steps by: ½ XᵀX + λ for every class, which bounds
 * it from above (Böhning 1992). Scores of products go up and down together, so that without it steps are tiny.
 */
import { factorise, solveLower, solveUpper } from '../product/cholesky.ts'

/** Rows that are looked at, evenly spread. */
const MOST_ROWS = 2000
/** Of the largest diagonal: what keeps a matrix of features that depend on each other positive. */
const LEAST = 1e-9

export class Curvature {
  readonly #size: number
  readonly #factor: Float64Array

  /** @param rows N rows of p numbers back to back; a bias stands behind them as one more, always 1 */
  constructor(rows: Float64Array, p: number, penalty: number) {
    this.#size = p + 1
    this.#factor = products(rows, p)
    const size = this.#size
    let most = 0
    for (let i = 0; i < size; i++) most = Math.max(most, this.#factor[i * size + i])
    for (let i = 0; i < size; i++) this.#factor[i * size + i] += LEAST * most + (i < p ? penalty : 0)
    // What is added keeps it positive; were it not, steps would be measured by its diagonal.
    const spare = this.#factor.slice()
    if (factorise(this.#factor, size)) return
    this.#factor.fill(0)
    for (let i = 0; i < size; i++) this.#factor[i * size + i] = Math.sqrt(spare[i * size + i])
  }

  /** Divide by it, class after class, in place. */
  divide(direction: Float64Array): void {
    for (let at = 0; at < direction.length; at += this.#size) {
      const part = direction.subarray(at, at + this.#size)
      solveLower(this.#factor, this.#size, part)
      solveUpper(this.#factor, this.#size, part)
    }
  }

  /** Its inverse, (p + 1)². */
  inverse(): Float64Array {
    const size = this.#size
    const inverse = new Float64Array(size * size)
    for (let i = 0; i < size; i++) {
      inverse[i * size + i] = 1
      this.divide(inverse.subarray(i * size, (i + 1) * size))
    }
    return inverse
  }
}

/** ½ XᵀX, its lower triangle. */
function products(rows: Float64Array, p: number): Float64Array {
  const size = p + 1
  const count = rows.length / p
  const every = Math.ceil(count / MOST_ROWS)
  const share = every / 2
  const sums = new Float64Array(size * size)
  const row = new Float64Array(size)
  for (let n = 0; n < count; n += every) {
    row.set(rows.subarray(n * p, (n + 1) * p))
    row[p] = 1
    for (let i = 0; i < size; i++) {
      const weight = share * row[i]
      if (weight !== 0) for (let j = 0; j <= i; j++) sums[i * size + j] += weight * row[j]
    }
  }
  return sums
}
