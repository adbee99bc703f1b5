/**
 * LODA (Pevný: "Loda: Lightweight on-line detector of anomalies", Machine Learning 2016): the mean of −ln densities of
 * 100 sparse random projections, each estimated by a histogram that is updated continuously. Online.
 *
 * What the paper leaves open: the fields are divided by their standard deviation so far; the bins are as wide as Birgé
 * and Rozenholc ask for, the paper's choice for batches. Scales and widths are chosen anew at 8, 16, 32, … 1024 rows and
 * the histograms filled with the rows so far; from there on they stay and only the counts go on. A bin without rows
 * counts as half a row. Before 8 rows all scores are 0.
 */
import { uniforms } from '../../../fixtures/random.ts'
import { OpenHistogram } from './open-histogram.ts'
import type { PeerDetector } from './peer.ts'
import { RunningScale } from './running-scale.ts'
import { sampleWithoutReplacement, standardNormal } from './sampling.ts'

const projectionCount = 100
const refreshes = [8, 16, 32, 64, 128, 256, 512, 1024]
const emptyCount = 0.5

/** A projection onto a few fields: round(√m) weights from the standard normal distribution (section 3). */
export interface Projection {
  readonly fields: Int32Array
  readonly weights: Float64Array
}

export function randomProjection(width: number, uniform: () => number): Projection {
  const fields = sampleWithoutReplacement(width, Math.round(Math.sqrt(width)), uniform)
  return { fields, weights: Float64Array.from(fields, () => standardNormal(uniform)) }
}

function project({ fields, weights }: Projection, row: Float64Array): number {
  let sum = 0
  for (let k = 0; k < fields.length; k++) sum += weights[k] * row[fields[k]]
  return sum
}

function scores(rows: readonly Float64Array[], seed: number): Float64Array {
  const uniform = uniforms(seed)
  const width = rows[0]?.length ?? 0
  const projections = Array.from({ length: projectionCount }, () => randomProjection(width, uniform))
  const running = new RunningScale(width)
  let scale = running.scale
  let histograms: OpenHistogram[] = []
  const scaled = (row: Float64Array) => row.map((value, field) => value / scale[field])

  return Float64Array.from(rows, (row, seen) => {
    const point = scaled(row)
    let surprise = 0
    for (const [k, histogram] of histograms.entries()) {
      const value = project(projections[k], point)
      surprise += histogram.surprise(value, emptyCount)
      histogram.learn(value)
    }
    running.learn(row)
    if (refreshes.includes(seen + 1)) {
      scale = running.scale.slice()
      const points = rows.slice(0, seen + 1).map(scaled)
      histograms = projections.map(
        each => new OpenHistogram(Float64Array.from(points, kept => project(each, kept))),
      )
    }
    return surprise / projectionCount
  })
}

export const loda: PeerDetector = { name: 'LODA', online: true, scores }
