/** log pseudo-likelihood (Besag 1975): every value given all others, which needs no log Z. */
import { show } from '../errors.ts'
import type { Product, Rows, VisibleGroup } from '../experts/product.ts'
import { eachRow } from '../rows.ts'
import { groupCountOf, unitKinds } from '../visible.ts'
import { meanOf } from './mean.ts'

/** All in nats. */
export interface PseudoLikelihood {
  /**
   * Mean over rows of Σ_g log p(x_g | x_−g) over the groups that a row has and that are not among `relative`. NaN where
   * all groups are, or without rows.
   */
  readonly mean: number
  /** Of the mean; NaN with fewer than two rows. */
  readonly standardError: number
  /** Mean of log p(x_g | x_−g) over the rows that have group g; G numbers, NaN where none has. */
  readonly perGroup: Float64Array
  /**
   * Groups of which `surprise` gives no probability, and which `mean` leaves out: real units, whose numbers are
   * log p(x_g | x_−g) − log max p, at most 0 and alike for a narrow density and a wide one; tokens and sequences, whose numbers are
   * those of one symbol, the most surprising one.
   */
  readonly relative: readonly number[]
}

/** Kinds whose `surprise` is −log of a probability. */
const NORMALISED: readonly VisibleGroup['kind'][] = ['bernoulli', 'softmax', 'index', 'count']

/** For each of the G groups: is its `surprise` −log of a probability? */
function normalisedIn(visible: readonly VisibleGroup[]): boolean[] {
  return visible.flatMap(({ kind, size }) =>
    new Array<boolean>(unitKinds[kind].groups(size)).fill(NORMALISED.includes(kind)),
  )
}

/**
 * The log pseudo-likelihood of B rows, of all groups and of each, by `surprise`: for every family, at the cost of one
 * `surprise` a row, and comparable between models of the same visible layer. It says how well values are predicted by
 * the others of their row, and not whether the whole is likely: a product that gives too much to what is between two modes can
 * predict every single value. Shares of binary units, between 0 and 1, count as v log p + (1 − v) log (1 − p).
 *
 * Throws a TypeError for what is no Float32Array and a RangeError for rows that the product refuses.
 */
export function pseudoLikelihood(product: Product, rows: Rows): PseudoLikelihood {
  if (typeof product?.surprise !== 'function')
    throw new TypeError(`Expected a product, got ${show(product)}.`)
  const normalised = normalisedIn(product.visible)
  const sums = new Float64Array(groupCountOf(product.visible))
  const counts = new Float64Array(sums.length)
  const totals: number[] = []
  eachRow(rows, product.width, row => {
    let total = 0
    for (const [group, surprise] of product.surprise(row).entries()) {
      if (Number.isNaN(surprise)) continue
      sums[group] -= surprise
      counts[group]++
      if (normalised[group]) total -= surprise
    }
    totals.push(total)
  })
  const relative = [...normalised.keys()].filter(group => !normalised[group])
  const { mean, standardError } = meanOf(relative.length < sums.length ? totals : [])
  return { mean, standardError, perGroup: sums.map((sum, group) => sum / counts[group]), relative }
}
