/**
 * HBOS (Goldstein, Dengel: "Histogram-based Outlier Score (HBOS): A fast Unsupervised Anomaly Detection Algorithm",
 * KI 2012): fields taken as independent, Σ −ln of the share of rows in the bin of each value. Batch, static bins.
 *
 * What the paper leaves open: 10 bins between the extremes. Scaling heights to a highest of 1, as the paper does,
 * would change no rank.
 */
import type { PeerDetector } from './peer.ts'

const binCount = 10

function scores(rows: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(rows.length)
  const width = rows[0]?.length ?? 0
  for (let field = 0; field < width; field++) addSurprise(rows, field, total)
  return total
}

function addSurprise(rows: readonly Float64Array[], field: number, total: Float64Array): void {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    low = Math.min(low, row[field])
    high = Math.max(high, row[field])
  }
  const binOf = (value: number) =>
    high > low ? Math.min(binCount - 1, Math.floor(((value - low) / (high - low)) * binCount)) : 0
  const counts = new Float64Array(binCount)
  for (const row of rows) counts[binOf(row[field])]++
  for (const [index, row] of rows.entries()) total[index] -= Math.log(counts[binOf(row[field])] / rows.length)
}

export const hbos: PeerDetector = { name: 'HBOS', online: false, scores }
