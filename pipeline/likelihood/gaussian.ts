/** log Z of products of Gaussian experts, and the Gaussian that such a product is. */
import { log } from '../elementary.ts'
import type { Product } from '../experts/product.ts'
import { choleskyFactor, choleskySolve, logDeterminant } from './cholesky.ts'

/** N(mean, precision⁻¹) of D values. */
export interface Normal {
  /** D. */
  readonly mean: Float64Array
  /** D × D, row by row. */
  readonly precision: Float64Array
}

/** The arrays of a product: D values, M experts of rank R and the diagonal one. */
interface Experts {
  readonly width: number
  readonly experts: number
  readonly rank: number
  readonly baseMeans: ArrayLike<number>
  readonly baseRoots: ArrayLike<number>
  readonly means: ArrayLike<number>
  /** (D, M, R). */
  readonly roots: ArrayLike<number>
}

function expertsOf(product: Product): Experts {
  if (product.family !== 'gaussian') {
    throw new TypeError(`Expected a product of gaussian experts, got one of ${product.family}.`)
  }
  const tensors = product.tensors()
  return {
    width: product.width,
    experts: tensors['experts.means'].shape[0],
    rank: tensors['experts.roots'].shape[1],
    baseMeans: tensors['base.means'].data,
    baseRoots: tensors['base.roots'].data,
    means: tensors['experts.means'].data,
    roots: tensors['experts.roots'].data,
  }
}

/** A_m (v − μ_m) of all experts, M × R numbers. */
function residualOf({ width, experts, rank, means, roots }: Experts, v: ArrayLike<number>): Float64Array {
  const residual = new Float64Array(experts * rank)
  for (let i = 0; i < width; i++) {
    for (let m = 0; m < experts; m++) {
      const away = v[i] - means[m * width + i]
      for (let r = 0; r < rank; r++) residual[m * rank + r] += roots[(i * experts + m) * rank + r] * away
    }
  }
  return residual
}

/** F(v), as `freeEnergy` of the product. */
function energyOf(all: Experts, v: ArrayLike<number>): number {
  let squares = residualOf(all, v).reduce((sum, y) => sum + y * y, 0)
  for (let i = 0; i < all.width; i++) squares += (all.baseRoots[i] * (v[i] - all.baseMeans[i])) ** 2
  return squares / 2
}

/** Λ = T² + Σ_m Λ_m. */
function precisionOf({ width, experts, rank, baseRoots, roots }: Experts): Float64Array {
  const precision = new Float64Array(width * width)
  const size = experts * rank
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) {
      let sum = i === j ? baseRoots[i] ** 2 : 0
      for (let h = 0; h < size; h++) sum += roots[i * size + h] * roots[j * size + h]
      precision[i * width + j] = sum
    }
  }
  return precision
}

/** μ = Λ⁻¹ (T² b + Σ_m Λ_m μ_m). */
function meanOf(all: Experts, factor: Float64Array): Float64Array {
  const atZero = residualOf(all, new Float64Array(all.width))
  const pull = Float64Array.from({ length: all.width }, (_, i) => {
    const own = all.baseRoots[i] ** 2 * all.baseMeans[i]
    return atZero.reduce((sum, y, h) => sum - all.roots[i * atZero.length + h] * y, own)
  })
  return choleskySolve(factor, pull)
}

/** The normal distribution that a product of `gaussian` experts is, in float64. Throws a TypeError for other families. */
export function normalOf(product: Product): Normal {
  const all = expertsOf(product)
  const precision = precisionOf(all)
  return { precision, mean: meanOf(all, choleskyFactor(precision, all.width)) }
}

/**
 * log Z of a product of `gaussian` experts in nats, exactly (float64): log p(v) = −freeEnergy(v) − log Z with
 * log Z = ½ (D log 2π − log |Λ|) − F(μ). D³ / 6 multiply-adds. Throws a TypeError for other families.
 */
export function gaussianLogPartition(product: Product): number {
  const all = expertsOf(product)
  const factor = choleskyFactor(precisionOf(all), all.width)
  const volume = all.width * log(2 * Math.PI) - logDeterminant(factor, all.width)
  return volume / 2 - energyOf(all, meanOf(all, factor))
}
