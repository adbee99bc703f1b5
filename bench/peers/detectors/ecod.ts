/**
 * ECOD (Li, Zhao, Hu, Botta, Ionescu, Chen: "ECOD: Unsupervised Outlier Detection Using Empirical Cumulative
 * Distribution Functions", TKDE 2022): how far out in the tails is each value of a row? Batch, no parameters.
 * Algorithm 1: the largest of the sums over fields of −ln left tail, −ln right tail, and of the tail that the skewness
 * of each field points to.
 */
import type { PeerDetector } from './peer.ts'
import { tailsOf } from './tails.ts'

function scores(rows: readonly Float64Array[]): Float64Array {
  const width = rows[0]?.length ?? 0
  const left = new Float64Array(rows.length)
  const right = new Float64Array(rows.length)
  const automatic = new Float64Array(rows.length)
  for (let field = 0; field < width; field++) {
    const tails = tailsOf(rows, field)
    const skewed = tails.isLeftSkewed ? tails.left : tails.right
    for (let row = 0; row < rows.length; row++) {
      left[row] += tails.left[row]
      right[row] += tails.right[row]
      automatic[row] += skewed[row]
    }
  }
  return left.map((sum, row) => Math.max(sum, right[row], automatic[row]))
}

export const ecod: PeerDetector = { name: 'ECOD', online: false, scores }
