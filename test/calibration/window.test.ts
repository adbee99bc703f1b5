import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ScoreWindow } from '../../pipeline/calibration/window.ts'

test('holds the last scores in order of arrival and of size, ties included', () => {
  const scores = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true })), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 20 }), (added, capacity) => {
      const window = new ScoreWindow(capacity)
      for (const score of added) window.add(score)
      const last = added.slice(-capacity)
      assert.equal([...window.inOrder()], last)
      assert.equal(
        [...window.sorted],
        last.toSorted((a, b) => a - b),
      )
      for (const score of [-1, 2, 2.5, 9]) {
        assert.is(window.countFrom(score), last.filter(other => other >= score).length)
      }
    }),
    { seed: 1, numRuns: 500 },
  )
})

test.run()
