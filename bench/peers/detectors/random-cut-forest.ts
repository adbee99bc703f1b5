/**
 * Random Cut Forest as AWS runs it (Guha, Mishra, Roy, Schrijvers, ICML 2016): 100 random cut trees, each over its own
 * reservoir of 256 rows of the stream. Online.
 */
import { uniforms } from '../../../fixtures/random.ts'
import type { PeerDetector } from './peer.ts'
import { RandomCutTree } from './random-cut-tree.ts'
import { RunningScale } from './running-scale.ts'
import { integerBelow } from './sampling.ts'

const treeCount = 100
const sampleSize = 256
/** A row replaces one of a full reservoir with probability sampleSize / min(rows so far, horizon). */
const horizon = Number.POSITIVE_INFINITY

interface Reservoir {
  tree: RandomCutTree
  /** Rows as they came, to be scaled anew, and the leaf that each has. */
  readonly rows: Float64Array[]
  leaves: number[]
}

function scores(rows: readonly Float64Array[], seed: number): Float64Array {
  const uniform = uniforms(seed)
  const scale = new RunningScale(rows[0]?.length ?? 0)
  const plant = () => new RandomCutTree(sampleSize + 1, uniform)
  const reservoirs: Reservoir[] = Array.from({ length: treeCount }, () => ({
    tree: plant(),
    rows: [],
    leaves: [],
  }))
  let divisors = scale.scale.slice()
  const scaled = (row: Float64Array) => row.map((value, field) => value / divisors[field])

  return Float64Array.from(rows, (row, seen) => {
    if (seen >= 8 && Number.isInteger(Math.log2(seen))) {
      divisors = scale.scale.slice()
      for (const each of reservoirs) {
        each.tree = plant()
        each.leaves = each.rows.map(kept => each.tree.insert(scaled(kept)))
      }
    }
    const point = scaled(row)
    let total = 0
    for (const { tree } of reservoirs) total += tree.score(point)
    for (const each of reservoirs) sample(each, row, point, seen, uniform)
    scale.learn(row)
    return total / treeCount
  })
}

function sample(
  reservoir: Reservoir,
  row: Float64Array,
  point: Float64Array,
  seen: number,
  uniform: () => number,
): void {
  const { tree, rows, leaves } = reservoir
  if (rows.length === sampleSize && uniform() * Math.min(seen + 1, horizon) >= sampleSize) return
  const slot = rows.length < sampleSize ? rows.length : integerBelow(sampleSize, uniform)
  if (slot < rows.length) tree.delete(leaves[slot])
  rows[slot] = row
  leaves[slot] = tree.insert(point)
}

export const randomCutForest: PeerDetector = { name: 'Random Cut Forest', online: true, scores }
