/** Symmetric positive matrices in float64: the Cholesky factor, what it solves and its determinant. */
import { log } from '../elementary.ts'

/** L, lower triangular, with L Lᵀ = `matrix` (n × n, row by row). Throws a RangeError when the matrix is not positive. */
export function choleskyFactor(matrix: ArrayLike<number>, n: number): Float64Array {
  const factor = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j]
      for (let k = 0; k < j; k++) rest -= factor[i * n + k] * factor[j * n + k]
      if (i !== j) factor[i * n + j] = rest / factor[j * n + j]
      else if (rest > 0) factor[i * n + i] = Math.sqrt(rest)
      else throw new RangeError(`Expected a positive definite matrix, got a pivot of ${rest}.`)
    }
  }
  return factor
}

/** x with L Lᵀ x = `right`. */
export function choleskySolve(factor: Float64Array, right: ArrayLike<number>): Float64Array {
  const n = right.length
  const x = Float64Array.from(right)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= factor[i * n + k] * x[k]
    x[i] /= factor[i * n + i]
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= factor[k * n + i] * x[k]
    x[i] /= factor[i * n + i]
  }
  return x
}

/** log |L Lᵀ|. */
export function logDeterminant(factor: Float64Array, n: number): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += 2 * log(factor[i * n + i])
  return sum
}
