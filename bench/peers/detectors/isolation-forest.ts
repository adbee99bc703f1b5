/**
 * Isolation Forest (Liu, Ting, Zhou: "Isolation Forest", ICDM 2008): anomalies are few and different, so random cuts part
 * them from the rest after few steps. Batch: 100 trees of 256 rows each, the paper's settings.
 *
 * What the paper leaves open: a cut is made in a field that varies among the rows of its node (the paper's "randomly
 * select an attribute" would also try constant ones); rows go left when their value is below the cut; the tree is grown
 * to the height limit ceil(log2 of the sample size); equal rows that cannot be parted end in one leaf.
 */
import { uniforms } from '../../../fixtures/random.ts'
import type { PeerDetector } from './peer.ts'
import { integerBelow, sampleWithoutReplacement } from './sampling.ts'

const treeCount = 100
const sampleSize = 256

type Node = Leaf | Cut
interface Leaf {
  /** Steps from the root plus those that the rows of this leaf would still need, c(size). */
  readonly pathLength: number
}
interface Cut {
  readonly field: number
  readonly value: number
  readonly below: Node
  readonly above: Node
}

/**
 * c(n): average path length of an unsuccessful search in a binary search tree of n keys, 2·H(n−1) − 2(n−1)/n (eq. 1),
 * with the harmonic number summed up to 10⁴ and ln(i) + γ + 1/(2i) beyond.
 */
export function averagePathLength(count: number): number {
  if (count < 2) return 0
  return 2 * harmonic(count - 1) - (2 * (count - 1)) / count
}

const eulerGamma = 0.5772156649015329

function harmonic(count: number): number {
  if (count > 1e4) return Math.log(count) + eulerGamma + 1 / (2 * count)
  let sum = 0
  for (let i = 1; i <= count; i++) sum += 1 / i
  return sum
}

function grow(rows: readonly Float64Array[], depth: number, limit: number, uniform: () => number): Node {
  const varying = depth < limit && rows.length > 1 ? varyingFields(rows) : []
  if (varying.length === 0) return { pathLength: depth + averagePathLength(rows.length) }
  const field = varying[integerBelow(varying.length, uniform)]
  const value = cutWithin(rows, field, uniform)
  const below = rows.filter(row => row[field] < value)
  const above = rows.filter(row => row[field] >= value)
  return {
    field,
    value,
    below: grow(below, depth + 1, limit, uniform),
    above: grow(above, depth + 1, limit, uniform),
  }
}

function varyingFields(rows: readonly Float64Array[]): number[] {
  const first = rows[0]
  const fields: number[] = []
  for (let field = 0; field < first.length; field++)
    if (rows.some(row => row[field] !== first[field])) fields.push(field)
  return fields
}

/** A value in (smallest, largest], so that both sides of "below" have rows. */
function cutWithin(rows: readonly Float64Array[], field: number, uniform: () => number): number {
  let smallest = Number.POSITIVE_INFINITY
  let largest = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    smallest = Math.min(smallest, row[field])
    largest = Math.max(largest, row[field])
  }
  const value = largest - uniform() * (largest - smallest)
  return value > smallest ? value : largest
}

function pathLength(tree: Node, row: Float64Array): number {
  let node = tree
  while ('field' in node) node = row[node.field] < node.value ? node.below : node.above
  return node.pathLength
}

/** 2^(−E[h(x)] / c(ψ)) (eq. 2): near 1 for anomalies, well below 1/2 for normal rows. */
function scores(rows: readonly Float64Array[], seed: number): Float64Array {
  const uniform = uniforms(seed)
  const size = Math.min(sampleSize, rows.length)
  const limit = Math.ceil(Math.log2(Math.max(size, 2)))
  const total = new Float64Array(rows.length)
  for (let t = 0; t < treeCount; t++) {
    const sample = Array.from(sampleWithoutReplacement(rows.length, size, uniform), index => rows[index])
    const tree = grow(sample, 0, limit, uniform)
    for (const [index, row] of rows.entries()) total[index] += pathLength(tree, row)
  }
  const expected = averagePathLength(size) || 1
  return total.map(sum => 2 ** (-sum / treeCount / expected))
}

export const isolationForest: PeerDetector = { name: 'Isolation Forest', online: false, scores }
