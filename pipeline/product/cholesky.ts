/** Λ = L Lᵀ of a symmetric matrix (n, n), row after row, in float64, and what is solved with it. */

/** L in place of the lower triangle; false, with the matrix spoilt, where it is not positive definite. */
export function factorise(matrix: Float64Array, n: number): boolean {
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * n + column]
      for (let k = 0; k < column; k++) sum -= matrix[row * n + k] * matrix[column * n + k]
      if (column < row) matrix[row * n + column] = sum / matrix[column * n + column]
      else if (sum > 0) matrix[row * n + row] = Math.sqrt(sum)
      else return false
    }
  }
  return true
}

/** x with L x = b, in place of b. */
export function solveLower(factor: Float64Array, n: number, b: Float64Array): void {
  for (let row = 0; row < n; row++) {
    for (let k = 0; k < row; k++) b[row] -= factor[row * n + k] * b[k]
    b[row] /= factor[row * n + row]
  }
}

/** x with Lᵀ x = b, in place of b. */
export function solveUpper(factor: Float64Array, n: number, b: Float64Array): void {
  for (let row = n - 1; row >= 0; row--) {
    for (let k = row + 1; k < n; k++) b[row] -= factor[k * n + row] * b[k]
    b[row] /= factor[row * n + row]
  }
}
