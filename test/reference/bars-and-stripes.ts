/**
 * Bars and stripes on 4 × 4 pixels: the 16 patterns of rows and the 16 of columns, 32 presentations of 30 distinct
 * pictures. The best mean log-likelihood over the 32 is (28 log(1/32) + 4 log(2/32)) / 32 = −3.37909 nats.
 */
import type { FamilyOptions } from '../../pipeline/experts/product.ts'

/** 32 × 16 values. */
export const barsAndStripes = Float32Array.from(
  Array.from({ length: 32 }, (_, n) =>
    Array.from({ length: 16 }, (_, pixel) => ((n >> 1) >> (n % 2 ? pixel >> 2 : pixel & 3)) & 1),
  ).flat(),
)

/** The visible layer. */
export const pixels = [{ kind: 'bernoulli', size: 16 } as const]

/** Contrastive divergence as it was first described, from the data and at a constant rate. */
export const plain: FamilyOptions = {
  hidden: 16,
  persistentChains: 0,
  centering: false,
  averaging: false,
  learningRateDecay: 0,
  weightDecay: 0,
}
