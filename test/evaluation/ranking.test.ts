/** The measures of a ranking against their definitions, by brute force over all pairs and all thresholds. */
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { averagePrecision, rocAuc } from '../../pipeline/index.ts'

/** P(score of an anomaly > score of a normal record) + P(=) / 2, pair by pair. */
function pairwise(scores: readonly number[], labels: readonly boolean[]): number {
  let sum = 0
  let pairs = 0
  for (let i = 0; i < scores.length; i++) {
    for (let j = 0; j < scores.length; j++) {
      if (!labels[i] || labels[j]) continue
      pairs++
      sum += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0
    }
  }
  return sum / pairs
}

/** Precision at every threshold, weighted by the recall that it adds. */
function overThresholds(scores: readonly number[], labels: readonly boolean[]): number {
  const anomalies = labels.filter(label => label).length
  let recall = 0
  let sum = 0
  for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
    const called = labels.filter((_, i) => scores[i] >= threshold)
    const found = called.filter(label => label).length
    sum += (found / anomalies - recall) * (found / called.length)
    recall = found / anomalies
  }
  return sum
}

/** Rankings with many ties and both kinds of records, infinities among the scores. */
const score = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, min: -5, max: 5 }),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
)
const ranking = fc
  .array(fc.tuple(score, fc.boolean()), { minLength: 2, maxLength: 40 })
  .map(rows => [...rows, [0, true] as [number, boolean], [0, false] as [number, boolean]])
  .map(rows => ({ scores: rows.map(row => row[0]), labels: rows.map(row => row[1]) }))

// At most 42 records: sums of as many terms below 1, each off by a few units in the last place.
const ROUNDING = 1e-13

test('both measures are what their definitions say, ties included', () => {
  fc.assert(
    fc.property(ranking, ({ scores, labels }) => {
      assert.ok(Math.abs(rocAuc(scores, labels)! - pairwise(scores, labels)) < ROUNDING)
      assert.ok(Math.abs(averagePrecision(scores, labels)! - overThresholds(scores, labels)) < ROUNDING)
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('the order of the records does not matter', () => {
  fc.assert(
    fc.property(ranking, ({ scores, labels }) => {
      const back = [scores.toReversed(), labels.toReversed()] as const
      assert.is(rocAuc(...back), rocAuc(scores, labels))
      assert.is(averagePrecision(...back), averagePrecision(scores, labels))
    }),
    { seed: 2, numRuns: 100 },
  )
})

test('perfect, inverted and undecided rankings', () => {
  assert.is(rocAuc([1, 2, 3], [0, 0, 1]), 1)
  assert.is(averagePrecision([1, 2, 3], [0, 0, 1]), 1)
  assert.is(rocAuc([3, 2, 1], [0, 0, 1]), 0)
  assert.is(averagePrecision([3, 2, 1], [0, 0, 1]), 1 / 3)
  assert.is(rocAuc([0, 0, 0, 0], [0, 0, 0, 1]), 0.5)
  assert.is(averagePrecision([0, 0, 0, 0], [0, 0, 0, 1]), 0.25)
  assert.is(rocAuc(Float64Array.of(1, 2), Uint8Array.of(0, 1)), 1)
})

test('without both kinds of records there is nothing to measure', () => {
  for (const labels of [[], [true, true], [false, false]]) {
    assert.is(rocAuc([1, 2].slice(0, labels.length), labels), null)
    assert.is(averagePrecision([1, 2].slice(0, labels.length), labels), null)
  }
})

test('refusals name what was expected', () => {
  for (const measure of [rocAuc, averagePrecision]) {
    assert.throws(() => measure([1, 2], [true]), /Expected as many labels as scores, got 1 labels and 2/)
    assert.throws(() => measure([1, Number.NaN], [true, false]), /Expected numbers as scores, got NaN/)
  }
})

test.run()
