/** What the contract asks of a family's oracle: see test/contract/gradients.ts. All numbers are float64. */
import type { FamilyOptions } from '../../pipeline/experts/product.ts'

/** The tensors that learning moves, by name. */
export type Parameters = Readonly<Record<string, Float64Array>>

export interface Oracle {
  /** Names of the tensors that contrastive divergence moves. */
  readonly parameters: readonly string[]
  /** Σ_m log g_m(row), up to what depends on no visible value; NaN is a missing value. In nats. */
  logDensity(parameters: Parameters, row: ArrayLike<number>): number
  /** ∂ logDensity / ∂θ of exactly that function, by the names of the parameters. */
  gradient(parameters: Parameters, row: ArrayLike<number>): Record<string, Float64Array>
  /**
   * What the first `learnPair` of a product makes of the parameters, from the gradient at the row less that at the
   * reconstruction; the two rows, for families that keep running means of them.
   */
  step(
    parameters: Parameters,
    difference: Parameters,
    options: FamilyOptions,
    row?: ArrayLike<number>,
    reconstruction?: ArrayLike<number>,
  ): Record<string, Float64Array>
}
