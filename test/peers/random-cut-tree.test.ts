/** The random cut tree of a rival: inserting and deleting undo each other. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { RandomCutTree } from '../../bench/peers/detectors/random-cut-tree.ts'
import { uniforms } from '../../fixtures/random.ts'

/** Points on a coarse grid, so that equal points and equal coordinates occur. */
function gridPoints(count: number, seed: number): Float64Array[] {
  const uniform = uniforms(seed)
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: 3 }, () => Math.floor(uniform() * 6) / 7),
  )
}

test('a box is the smallest around the points below it, and masses add up', () => {
  const points = gridPoints(60, 1)
  const tree = new RandomCutTree(60, uniforms(2))
  for (const point of points) tree.insert(point)
  const [root, ...below] = [...tree.boxes()]
  const column = (field: number) => points.map(point => point[field])
  assert.is(root.mass, 60)
  assert.equal(
    root.low,
    [0, 1, 2].map(field => Math.min(...column(field))),
  )
  assert.equal(
    root.high,
    [0, 1, 2].map(field => Math.max(...column(field))),
  )
  const leaves = below.filter(each => each.isLeaf)
  assert.is(
    leaves.reduce((sum, leaf) => sum + leaf.mass, 0),
    60,
  )
  assert.is(leaves.length, new Set(points.map(String)).size)
  for (const { low, high, mass, isLeaf } of below) {
    const inside = points.filter(point => point.every((value, f) => low[f] <= value && value <= high[f]))
    if (isLeaf) assert.is(mass, inside.length)
    else assert.ok(mass <= inside.length)
  }
})

test('deleting what was inserted last restores every box and mass exactly', () => {
  const points = gridPoints(40, 3)
  const tree = new RandomCutTree(41, uniforms(4))
  for (const point of points) tree.insert(point)
  const before = [...tree.boxes()]
  const far = Float64Array.of(9, -9, 9)
  for (const point of [...gridPoints(200, 5), far]) {
    tree.delete(tree.insert(point))
    assert.equal([...tree.boxes()], before)
  }
})

test('a tree emptied in any order is as good as new', () => {
  const points = gridPoints(30, 6)
  const tree = new RandomCutTree(30, uniforms(7))
  for (let round = 0; round < 3; round++) {
    const leaves = points.map(point => tree.insert(point))
    for (let k = 0; k < leaves.length; k++) tree.delete(leaves[(k * 7) % leaves.length])
    assert.equal([...tree.boxes()], [])
  }
  assert.is(tree.score(points[0]), 0)
})

test('cuts fall in each field as often as its share of the ranges, also after a deletion', () => {
  // Ranges are 3 and 1. A first cut in field 0, of probability 3/4, leaves (3, 1) and (3, 0) together, the other one
  // (0, 0) and (3, 0).
  const rounds = 4000
  const uniform = uniforms(8)
  let inFirst = 0
  for (let round = 0; round < rounds; round++) {
    const tree = new RandomCutTree(4, uniform)
    tree.insert(Float64Array.of(0, 0))
    const passing = tree.insert(Float64Array.of(-2, 5))
    tree.insert(Float64Array.of(3, 1))
    tree.insert(Float64Array.of(3, 0))
    tree.delete(passing)
    const [, together] = [...tree.boxes()].filter(box => !box.isLeaf)
    if (together.low[0] === 3) inFirst++
  }
  // Four standard deviations of a binomial share: 4·√(.75·.25/4000) = .0274.
  assert.ok(Math.abs(inFirst / rounds - 0.75) < 0.0274, `${inFirst / rounds}`)
})

test('a score is the expected inverse depth, over the cuts that inserting would draw', () => {
  // One point 0 in the tree: 1 is certainly parted at the root, 1 / (0 + 1) · log2(2).
  const tree = new RandomCutTree(3, uniforms(9))
  const leaf = tree.insert(Float64Array.of(0))
  assert.is(tree.score(Float64Array.of(1)), 1)
  // The point itself: (1 − 1/2) / (0 + log2(2)) · log2(2).
  assert.is(tree.score(Float64Array.of(0)), 0.5)
  // Points 0 and 1: 3 is parted at the root with probability 2/3, else at depth 1; times log2(3).
  tree.insert(Float64Array.of(1))
  const expected = (2 / 3 + 1 / 3 / 2) * Math.log2(3)
  assert.ok(Math.abs(tree.score(Float64Array.of(3)) - expected) < 1e-12)
  tree.delete(leaf)
  assert.is(tree.score(Float64Array.of(3)), 1)
})

test('a full tree says so', () => {
  const tree = new RandomCutTree(1, uniforms(1))
  tree.insert(Float64Array.of(0))
  assert.throws(() => tree.insert(Float64Array.of(1)), /full/)
})

test.run()
