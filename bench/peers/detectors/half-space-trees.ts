/**
 * Half-Space Trees (Tan, Ting, Liu: "Fast Anomaly Detection for Streaming Data", IJCAI 2011): trees of random half-space
 * cuts, grown before any data; a row is normal where many rows of the window before fell. Online: 25 trees of depth 15,
 * windows of 250 rows, the paper's settings.
 *
 * What the paper leaves open: it has no scores during the first window. Here the first window is a series of growing
 * ones that end at 8, 16, 32, 64, 128 and 250 rows; at each end the ranges are taken from all rows so far, the trees are
 * grown anew and the rows so far become the reference. Before the first end all scores are 0. Masses are shares of the
 * window, so that scores of windows of different length compare.
 */
import { uniforms } from '../../../fixtures/random.ts'
import type { PeerDetector } from './peer.ts'
import { integerBelow } from './sampling.ts'

const treeCount = 25
const maximumDepth = 15
const windowSize = 250
/** A search ends in a node of no more than this share of the reference window (the paper's sizeLimit = 0.1 ψ). */
const smallShare = 0.1
const growthEnds = [8, 16, 32, 64, 128, windowSize]
const nodeCount = 2 ** (maximumDepth + 1) - 1

/** A perfect binary tree in one array: the children of node i are 2i + 1 and 2i + 2. */
export class HalfSpaceTree {
  private readonly field = new Uint16Array(nodeCount)
  private readonly value = new Float64Array(nodeCount)
  /** Rows of the window before, and of the window under way, that passed through each node. */
  private reference = new Int32Array(nodeCount)
  private latest = new Int32Array(nodeCount)

  /** Ranges are the smallest and largest value of each field, (m). */
  constructor(ranges: readonly (readonly [number, number])[], uniform: () => number) {
    const space = ranges.map(([low, high]) => workSpace(low, high, uniform))
    const low = Float64Array.from(space, ([from]) => from)
    const high = Float64Array.from(space, ([, to]) => to)
    if (ranges.length > 0) this.cut(0, low, high, uniform)
  }

  /** Halve the work space of a node in a random field, then those of its children. */
  private cut(node: number, low: Float64Array, high: Float64Array, uniform: () => number): void {
    const field = integerBelow(low.length, uniform)
    const [from, to] = [low[field], high[field]]
    const middle = (from + to) / 2
    this.field[node] = field
    this.value[node] = middle
    if (2 * node + 1 >= nodeCount) return
    high[field] = middle
    this.cut(2 * node + 1, low, high, uniform)
    high[field] = to
    low[field] = middle
    this.cut(2 * node + 2, low, high, uniform)
    low[field] = from
  }

  private childTowards(node: number, row: Float64Array): number {
    return 2 * node + (row[this.field[node]] < this.value[node] ? 1 : 2)
  }

  /** Count a row of the window under way, at every depth. */
  learn(row: Float64Array): void {
    for (let node = 0; node < nodeCount; node = this.childTowards(node, row)) this.latest[node]++
  }

  /** The window under way is over: it becomes the reference. */
  turn(): void {
    const old = this.reference
    this.reference = this.latest
    this.latest = old.fill(0)
  }

  /** Mass · 2^depth of the node where the search ends, mass as a share of the reference window; high = normal. */
  normality(row: Float64Array): number {
    const total = this.reference[0]
    if (total === 0) return 0
    let node = 0
    let depth = 0
    for (; depth < maximumDepth && this.reference[node] > smallShare * total; depth++)
      node = this.childTowards(node, row)
    return (this.reference[node] / total) * 2 ** depth
  }

  /** Rows of the reference window in the nodes of one depth. For tests. */
  massesAt(depth: number): Int32Array {
    return this.reference.slice(2 ** depth - 1, 2 ** (depth + 1) - 1)
  }
}

/** s ± 2·max(s, 1 − s) with a random s in [0, 1], in the scale where the field goes from 0 to 1 (their section 3.1). */
function workSpace(low: number, high: number, uniform: () => number): [number, number] {
  const centre = uniform()
  const reach = 2 * Math.max(centre, 1 - centre)
  const range = high - low || 1
  return [low + (centre - reach) * range, low + (centre + reach) * range]
}

function rangesOf(rows: readonly Float64Array[]): [number, number][] {
  const ranges = Array.from(rows[0], (): [number, number] => [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])
  for (const row of rows) {
    for (const [field, value] of row.entries()) {
      ranges[field][0] = Math.min(ranges[field][0], value)
      ranges[field][1] = Math.max(ranges[field][1], value)
    }
  }
  return ranges
}

function plant(rows: readonly Float64Array[], uniform: () => number): HalfSpaceTree[] {
  const ranges = rangesOf(rows)
  return Array.from({ length: treeCount }, () => {
    const tree = new HalfSpaceTree(ranges, uniform)
    for (const row of rows) tree.learn(row)
    tree.turn()
    return tree
  })
}

function scores(rows: readonly Float64Array[], seed: number): Float64Array {
  const uniform = uniforms(seed)
  let trees: HalfSpaceTree[] = []
  return Float64Array.from(rows, (row, seen) => {
    let normality = 0
    for (const tree of trees) normality += tree.normality(row)
    for (const tree of trees) tree.learn(row)
    const learned = seen + 1
    if (growthEnds.includes(learned)) trees = plant(rows.slice(0, learned), uniform)
    else if (learned % windowSize === 0) for (const tree of trees) tree.turn()
    return -normality
  })
}

export const halfSpaceTrees: PeerDetector = { name: 'Half-Space Trees', online: true, scores }
