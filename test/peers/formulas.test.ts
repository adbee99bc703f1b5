/** The rivals' formulas against their definitions. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { copod } from '../../bench/peers/detectors/copod.ts'
import { ecod } from '../../bench/peers/detectors/ecod.ts'
import { HalfSpaceTree } from '../../bench/peers/detectors/half-space-trees.ts'
import { hbos } from '../../bench/peers/detectors/hbos.ts'
import { averagePathLength } from '../../bench/peers/detectors/isolation-forest.ts'
import { randomProjection } from '../../bench/peers/detectors/loda.ts'
import { nearestNeighbours } from '../../bench/peers/detectors/nearest-neighbours.ts'
import { bestBinCount, OpenHistogram } from '../../bench/peers/detectors/open-histogram.ts'
import { RunningScale } from '../../bench/peers/detectors/running-scale.ts'
import { uniforms } from '../../fixtures/random.ts'

// Sums of at most a few hundred terms of order 1 in float64: rounding stays below 300·2⁻⁵³·10 ≈ 3e-13.
const rounding = 1e-11
const isClose = (actual: number, expected: number, tolerance = rounding) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `expected ${expected}, got ${actual}`)

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** Whole numbers from a few, squared: ties and skewness. */
function tiedRows(count: number, width: number): Float64Array[] {
  const uniform = uniforms(11)
  const sign = (field: number) => (field % 2 === 0 ? 1 : -1)
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: width }, (_, field) => sign(field) * Math.floor(uniform() * 6) ** 2),
  )
}

test('c(n) is the mean depth of an unsuccessful search in a random binary search tree', () => {
  // Eq. 1 is the mean depth of the n gaps between n − 1 keys. Over all orders of arrival the first of k keys is equally
  // likely to be any of them, so the depths of all k + 1 gaps add up to X(k) = k + 1 + (2/k) Σ_{i<k} X(i), X(0) = 0.
  const external = [0]
  for (let keys = 1; keys < 300; keys++) {
    external.push(keys + 1 + (2 / keys) * sum(external))
  }
  for (const count of [2, 3, 10, 256]) isClose(averagePathLength(count), external[count - 1] / count)
  assert.is(averagePathLength(1), 0)
  assert.is(averagePathLength(0), 0)
  // Where the sum gives way to its expansion, short of 1/(12 i²) < 1e-9, steps differ by about 2/n² = 2e-8.
  const step = averagePathLength(10_002) - averagePathLength(10_001)
  isClose(step, averagePathLength(10_001) - averagePathLength(10_000), 1e-7)
})

/** Tail sums of every row by counting, the slow way. */
function tailSums(rows: readonly Float64Array[]) {
  const fields = Array.from(rows[0].keys())
  const skewness = fields.map(field => {
    const mean = rows.reduce((sum, row) => sum + row[field], 0) / rows.length
    return Math.sign(rows.reduce((sum, row) => sum + (row[field] - mean) ** 3, 0))
  })
  return rows.map(row =>
    fields.map(field => {
      const left = -Math.log(rows.filter(other => other[field] <= row[field]).length / rows.length)
      const right = -Math.log(rows.filter(other => other[field] >= row[field]).length / rows.length)
      return { left, right, skewed: skewness[field] < 0 ? left : right }
    }),
  )
}

test('ECOD is the largest of three sums over the tails of every field', () => {
  const rows = tiedRows(80, 4)
  const scores = ecod.scores(rows, 1)
  for (const [index, tails] of tailSums(rows).entries()) {
    const sides = (['left', 'right', 'skewed'] as const).map(side => sum(tails.map(tail => tail[side])))
    isClose(scores[index], Math.max(...sides))
  }
})

test('COPOD sums the larger of the skewed tail and the mean of both', () => {
  const rows = tiedRows(80, 4)
  const scores = copod.scores(rows, 1)
  for (const [index, tails] of tailSums(rows).entries())
    isClose(scores[index], sum(tails.map(tail => Math.max(tail.skewed, (tail.left + tail.right) / 2))))
})

test('HBOS adds up how rare the bins are', () => {
  // Nine rows in the lowest bin, one in the highest: ln(10/9) and ln(10/1) in the first field, nothing in the constant.
  const rows = Array.from({ length: 10 }, (_, index) => Float64Array.of(index === 9 ? 100 : index, 4))
  const scores = hbos.scores(rows, 1)
  isClose(scores[9] - scores[0], Math.log(9))
  isClose(scores[8], scores[0])
})

test('kNN gives the k-th smallest distance in the window, in deviations so far', () => {
  const rows = tiedRows(40, 3)
  const scores = nearestNeighbours.scores(rows, 1)
  for (const seen of [1, 5, 20, 21, 39]) {
    const before = rows.slice(0, seen)
    const deviations = [0, 1, 2].map(field => {
      const mean = sum(before.map(row => row[field])) / seen
      return Math.sqrt(sum(before.map(row => (row[field] - mean) ** 2)) / seen) || 1
    })
    const distances = before
      .map(row => Math.hypot(...row.map((value, field) => (value - rows[seen][field]) / deviations[field])))
      .sort((a, b) => a - b)
    isClose(scores[seen], distances[Math.min(20, seen) - 1])
  }
})

test('kNN forgets rows before its window', () => {
  const far = Array.from({ length: 30 }, () => Float64Array.of(50))
  const near = Array.from({ length: 1024 }, (_, index) => Float64Array.of(index % 7))
  // Of 30 far rows and 1004 near ones the window still has 20 far ones, as many as there are neighbours.
  const [remembered, forgotten] = [1004, 1005].map(
    count => nearestNeighbours.scores([...far, ...near.slice(0, count), Float64Array.of(50)], 1).at(-1)!,
  )
  assert.is(remembered, 0)
  assert.ok(forgotten > 0)
})

test('half-space trees count every row of the window before once a depth', () => {
  const uniform = uniforms(3)
  const tree = new HalfSpaceTree(
    [
      [0, 1],
      [5, 5],
      [-2, 9],
    ],
    uniform,
  )
  const rows = Array.from({ length: 50 }, () => Float64Array.of(uniform(), 5, 11 * uniform() - 2))
  for (const row of rows) tree.learn(row)
  assert.is(tree.normality(rows[0]), 0, 'a window counts only when it is over')
  tree.turn()
  for (const depth of [0, 1, 7, 15]) {
    const masses = Array.from(tree.massesAt(depth))
    assert.is(masses.length, 2 ** depth)
    assert.is(sum(masses), 50)
  }
  assert.ok(sum(rows.map(row => tree.normality(row))) / 50 > tree.normality(Float64Array.of(8, 5, -60)))
  tree.turn()
  assert.is(sum(Array.from(tree.massesAt(4))), 0, 'an empty window forgets the one before')
  for (const row of rows) tree.learn(row)
  tree.turn()
  assert.is(sum(Array.from(tree.massesAt(4))), 50, 'counting starts anew')
})

test('a LODA projection has about √m weights, in different fields', () => {
  const uniform = uniforms(4)
  for (const width of [1, 2, 9, 100]) {
    const { fields, weights } = randomProjection(width, uniform)
    assert.is(fields.length, Math.round(Math.sqrt(width)))
    assert.is(new Set(fields).size, weights.length)
    assert.ok(fields.every(field => field >= 0 && field < width))
  }
})

test('a histogram is a density: it integrates to one, and grows with what it learns', () => {
  const uniform = uniforms(5)
  const histogram = new OpenHistogram(Float64Array.from({ length: 500 }, () => uniform() + uniform()))
  for (let k = 0; k < 100; k++) histogram.learn(3 + uniform())
  // A step of the density at an unknown place in a cell of the midpoint rule costs half the cell times the step. Bins
  // are no narrower than 2/(500/ln 500) = .025, so heights add up to at most 1/.025 and steps to 80: .0005·80 = .04.
  let area = 0
  for (let x = -0.9995; x < 5; x += 0.001) area += 0.001 * Math.exp(-histogram.surprise(x, 1e-300))
  isClose(area, 1, 0.04)
  const before = histogram.surprise(3.5, 0.5)
  for (let k = 0; k < 100; k++) histogram.learn(3.5)
  assert.ok(histogram.surprise(3.5, 0.5) < before)
  assert.ok(histogram.surprise(1000, 0.5) > histogram.surprise(1, 0.5))
})

test('the number of bins follows the structure of the values', () => {
  const uniform = uniforms(6)
  const flat = Float64Array.from({ length: 400 }, uniform)
  const combed = flat.map(value => Math.floor(8 * value) / 8 + value / 100)
  assert.is(bestBinCount(new Float64Array(9).fill(2), 2, 0), 1)
  assert.ok(bestBinCount(flat, 0, 1) <= 3)
  assert.ok(bestBinCount(combed, 0, 1) >= 8)
})

test('the running scale is the standard deviation so far, 1 while constant', () => {
  const rows = tiedRows(50, 2)
  const running = new RunningScale(2)
  running.learn(rows[0])
  assert.equal([...running.scale], [1, 1])
  for (const row of rows.slice(1)) running.learn(row)
  for (const field of [0, 1]) {
    const mean = sum(rows.map(row => row[field])) / rows.length
    isClose(running.scale[field] ** 2, sum(rows.map(row => (row[field] - mean) ** 2)) / rows.length)
  }
})

test.run()
