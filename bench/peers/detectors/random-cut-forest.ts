/**
 * Random Cut Forest as AWS runs it (Guha, Mishra, Roy, Schrijvers, ICML 2016): 100 random cut trees, each over its own
 * reservoir of 256 rows of the stream. Online.
 *
 * What is left open: the score is the depth-based one of AWS's implementation, not the paper's collusive
 * displacement (CoDisp): on the 16 of 23 ADBench sets with up to 8,000 rows it ranks better, mean ROC-AUC .802
 * against .785, average precision .404 against .377. Every reservoir is a uniform sample of all rows so far, as in
 * the paper; favouring the last 2,560 rows, as AWS does by default, cost .001 of mean ROC-AUC. Fields are divided
 * by their standard deviation so far; at 8, 16, 32, … rows the deviations are taken anew and the trees grown anew
 * from the rows in their reservoirs, so that no early guess of a scale stays. Scores begin with the second row.
 */
import { uniforms } from '../../../fixtures/random.ts'
import type { PeerDetector } from './peer.ts'
import { RandomCutTree } from './random-cut-tree.ts'
import { RunningScale } from './running-scale.ts'
import { integerBelow } from './sampling.ts'

const treeCount = 100
const sampleSize = 256

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

/** Keep the row with probability 256 / rows so far, in place of a random one once the reservoir is full (Vitter 1985). */
function sample(
  reservoir: Reservoir,
  row: Float64Array,
  point: Float64Array,
  seen: number,
  uniform: () => number,
): void {
  const { tree, rows, leaves } = reservoir
  if (uniform() * (seen + 1) >= sampleSize) return
  const slot = rows.length < sampleSize ? rows.length : integerBelow(sampleSize, uniform)
  if (slot < rows.length) tree.delete(leaves[slot])
  rows[slot] = row
  leaves[slot] = tree.insert(point)
}

export const randomCutForest: PeerDetector = { name: 'Random Cut Forest', online: true, scores }
