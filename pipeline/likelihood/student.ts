/** log Z of products of as many Student-t experts as values. */
import { exp, log } from '../elementary.ts'
import type { Product } from '../experts/product.ts'
import { logGamma } from './log-gamma.ts'

const HALF_LOG_TWO_PI = 0.9189385332046728

/** log |det A| of a matrix (n, n), row after row, by elimination with pivots; −Infinity where it is singular. Changes A. */
function logDeterminant(matrix: Float64Array, n: number): number {
  let sum = 0
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let i = k + 1; i < n; i++)
      if (Math.abs(matrix[i * n + k]) > Math.abs(matrix[pivot * n + k])) pivot = i
    for (let j = 0; j < n; j++)
      [matrix[k * n + j], matrix[pivot * n + j]] = [matrix[pivot * n + j], matrix[k * n + j]]
    const diagonal = matrix[k * n + k]
    sum += log(Math.abs(diagonal))
    if (diagonal === 0) return sum
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i * n + k] / diagonal
      for (let j = k; j < n; j++) matrix[i * n + j] -= factor * matrix[k * n + j]
    }
  }
  return sum
}

function check(product: Product, experts: number): void {
  if (experts !== product.width) {
    throw new RangeError(
      `Expected as many experts as values, ${product.width}, got ${experts}; the integral has no closed form otherwise.`,
    )
  }
  if (product.options.vague !== 0) {
    throw new RangeError(
      `Expected a product without the vague expert, got vague ${product.options.vague}; create it with vague: 0.`,
    )
  }
}

/**
 * log Z in nats, exactly (float64), of a product of D experts over D values without the vague one: with z = J (v − c) it
 * is a product of D integrals, Σ_j log(√(2π) Γ(a_j − ½) / Γ(a_j)) − log |det J|; independent component analysis. Throws a
 * TypeError for other families and a RangeError for other numbers of experts, with the vague expert, and where filters
 * are not linearly independent.
 */
export function studentLogPartition(product: Product): number {
  if (product?.family !== 'student') {
    throw new TypeError(`Expected a product of student experts, got one of ${product?.family}.`)
  }
  const tensors = product.tensors()
  const exponents = Array.from(tensors['experts.logExponent'].data, exp)
  check(product, exponents.length)
  const determinant = logDeterminant(Float64Array.from(tensors['experts.j'].data), product.width)
  if (determinant === Number.NEGATIVE_INFINITY) {
    throw new RangeError('Expected filters that are linearly independent, got others: Z is infinite.')
  }
  return exponents.reduce((sum, a) => sum + HALF_LOG_TWO_PI + logGamma(a - 0.5) - logGamma(a), -determinant)
}
