/** Normal distributions that are known, draws from them, and how far a product is from one. */
import { uniforms } from '../../fixtures/random.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { expertsOf, mean, parametersOf, precision } from './gaussian.ts'

/** Normally distributed numbers (Box and Muller). */
export const normals = (uniform: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

export interface Known {
  readonly mean: number[]
  /** B of D × D independent normal numbers: the covariance is B Bᵀ. */
  readonly root: number[][]
}

const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0)

export function knownNormal(width: number, seed: number): Known {
  const normal = normals(uniforms(seed))
  const root = Array.from({ length: width }, () => Array.from({ length: width }, normal))
  return { root, mean: Array.from({ length: width }, () => 2 * normal()) }
}

/** `count` draws. */
export function rowsFrom({ mean, root }: Known, count: number, seed: number): Float32Array {
  const normal = normals(uniforms(seed))
  const rows = new Float32Array(count * mean.length)
  for (let n = 0; n < count; n++) {
    const noise = mean.map(() => normal())
    for (const [i, row] of root.entries()) rows[n * mean.length + i] = mean[i] + dot(row, noise)
  }
  return rows
}

export const covarianceOf = ({ root }: Known) => root.map(x => root.map(y => dot(x, y)))

/** log |A| of a positive matrix, by elimination. */
export function logDeterminant(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map(row => [...row])
  let sum = 0
  for (let k = 0; k < rows.length; k++) {
    sum += Math.log(rows[k][k])
    for (let i = k + 1; i < rows.length; i++) {
      const factor = rows[i][k] / rows[k][k]
      for (let j = k; j < rows.length; j++) rows[i][j] -= factor * rows[k][j]
    }
  }
  return sum
}

/** KL(known ‖ product) = ½ (tr ΛΣ − D − log |ΛΣ| + (μ − ν)ᵀ Λ (μ − ν)) of a product of Gaussian experts, in nats. */
export function divergence(known: Known, product: Product): number {
  const experts = expertsOf(parametersOf(product.tensors()))
  const [found, covariance] = [precision(experts), covarianceOf(known)]
  const center = mean(experts)
  const away = known.mean.map((value, i) => value - center[i])
  const trace = found.reduce((sum, row, i) => sum + dot(row, covariance[i]), 0)
  const distance = away.reduce((sum, value, i) => sum + value * dot(found[i], away), 0)
  return 0.5 * (trace - away.length + distance - logDeterminant(found) - logDeterminant(covariance))
}
