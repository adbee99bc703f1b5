/**
 * COPOD (Li, Zhao, Botta, Ionescu, Hu: "COPOD: Copula-Based Outlier Detection", ICDM 2020): the tail probability of a
 * row under an empirical copula. Batch, no parameters.
 */
import type { PeerDetector } from './peer.ts'
import { tailsOf } from './tails.ts'

function scores(rows: readonly Float64Array[]): Float64Array {
  const width = rows[0]?.length ?? 0
  const total = new Float64Array(rows.length)
  for (let field = 0; field < width; field++) {
    const tails = tailsOf(rows, field)
    const skewed = tails.isLeftSkewed ? tails.left : tails.right
    for (let row = 0; row < rows.length; row++)
      total[row] += Math.max(skewed[row], (tails.left[row] + tails.right[row]) / 2)
  }
  return total
}

export const copod: PeerDetector = { name: 'COPOD', online: false, scores }
