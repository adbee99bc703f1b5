import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { exceedance, fitTail } from '../../pipeline/calibration/tail.ts'

/** The quantiles of a distribution at even steps: a sample without noise. */
const quantiles = (count: number, inverse: (p: number) => number) =>
  Float64Array.from({ length: count }, (_, i) => inverse((i + 0.5) / count))
const exponential = (p: number) => -2 * Math.log(1 - p)
const pareto = (shape: number) => (p: number) => ((1 - p) ** -shape - 1) / shape

test('an exponential tail is found', () => {
  const tail = fitTail(quantiles(10_000, exponential))
  // The moments of 10,000 quantiles instead of an integral: an error of about log(n)/n in the mean.
  assert.ok(tail && tail.shape < 0.01 && Math.abs(tail.scale - 2) < 0.02, JSON.stringify(tail))
  assert.ok(Math.abs(exceedance(tail, 10) / Math.exp(-5) - 1) < 0.05)
})

test('moments are weighted as published', () => {
  // Hosking and Wallis 1987 for 1, 2, 9 with p = (i − 0.35) / 3: a0 = 4, a1 = (1 · 2.35 + 2 · 1.35 + 9 · 0.35) / 9.
  const [a0, a1] = [4, (2.35 + 2.7 + 3.15) / 9]
  const shape = ((2 - a0 / (a0 - 2 * a1)) * 3 + 0.2 * 30) / 33
  const tail = fitTail([1, 2, 9])
  assert.ok(tail && Math.abs(tail.shape - shape) < 1e-12 && Math.abs(tail.scale - a0 * (1 - shape)) < 1e-12)
})

test('a heavy tail is found, less what few excesses are not believed', () => {
  const tail = fitTail(quantiles(100_000, pareto(0.3)))
  // Shrunk by 100000 / 100030; the moments converge like n^(shape − 1).
  assert.ok(tail && Math.abs(tail.shape - 0.3) < 0.01, JSON.stringify(tail))
  const few = fitTail(quantiles(50, pareto(0.3)))
  // Half-way to .2 and a little more: the quantiles of 50 look lighter than the tail that they come from.
  assert.ok(few && few.shape < 0.3 && few.shape > 0.2, JSON.stringify(few))
})

test('a bounded tail ends, beyond the largest excess', () => {
  const tail = fitTail(quantiles(1000, p => p))
  // Uniform: ξ = −1, which is bounded by −.5: scale (1 + .5) / 2, end at .75 / .5 = 1.5.
  assert.ok(tail)
  assert.is(tail.shape, -0.5)
  assert.ok(exceedance(tail, 1.4) > 0)
  assert.is(exceedance(tail, 1.6), 0)
})

test('exceedance is 1 at the threshold and falls', () => {
  for (const tail of [
    { shape: 0, scale: 2 },
    { shape: 0.5, scale: 2 },
  ]) {
    assert.is(exceedance(tail, 0), 1)
    let before = 1
    for (let y = 0.5; y < 1000; y *= 2) {
      const now = exceedance(tail, y)
      assert.ok(now < before && now >= 0)
      before = now
    }
  }
  // (1 + ξ y / β)^(−1/ξ) by hand.
  assert.ok(Math.abs(exceedance({ shape: 0.5, scale: 2 }, 4) - 0.25) < 1e-15)
})

test('excesses without spread have no tail', () => {
  assert.is(fitTail([0, 0, 0]), null)
  assert.is(fitTail([]), null)
  assert.is(fitTail([0, 0, Infinity]), null)
})

test.run()
