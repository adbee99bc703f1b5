/** Draws and searches that products without a kernel are made of. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import { factorise, solveLower, solveUpper } from '../../pipeline/product/cholesky.ts'
import { add, drawVisible, nothing } from '../../pipeline/product/natural.ts'
import { Random } from '../../pipeline/random.ts'
import { groupsOf } from '../../pipeline/transitions/groups.ts'
import { normal, normalBetween } from '../../pipeline/transitions/normal.ts'
import { likeliest, stateAt } from '../../pipeline/transitions/states.ts'
import { throws } from '../contract/subject.ts'

const DRAWS = 20_000

/** Mean and variance of draws. */
function moments(draw: () => number) {
  let [mean, squares] = [0, 0]
  for (let n = 1; n <= DRAWS; n++) {
    const value = draw()
    const off = value - mean
    mean += off / n
    squares += off * (value - mean)
  }
  return { mean, variance: squares / DRAWS }
}

/** ∫ over a fine grid of a density between bounds: its mean and variance. */
function exactly(density: (x: number) => number, low: number, high: number) {
  const steps = 20_000
  const at = (i: number) => low + ((high - low) * (i + 0.5)) / steps
  let [mass, first, second] = [0, 0, 0]
  for (let i = 0; i < steps; i++) {
    const each = density(at(i))
    mass += each
    first += each * at(i)
    second += each * at(i) ** 2
  }
  return { mean: first / mass, variance: second / mass - (first / mass) ** 2 }
}

/** Four standard errors of a mean; of a variance as many, of draws whose fourth moment is not above a normal one's by much. */
function close(found: ReturnType<typeof moments>, expected: ReturnType<typeof moments>, what: string) {
  const deviation = Math.sqrt(expected.variance)
  assert.ok(
    Math.abs(found.mean - expected.mean) < (4 * deviation) / Math.sqrt(DRAWS),
    `${what}: mean ${found.mean}`,
  )
  assert.ok(
    Math.abs(found.variance / expected.variance - 1) < 4 * Math.sqrt(8 / DRAWS),
    `${what}: variance ${found.variance} for ${expected.variance}`,
  )
}

const bell = (x: number) => Math.exp((-x * x) / 2)

test('normal numbers between bounds, wherever these are', () => {
  const random = new Random(1)
  close(
    moments(() => normal(random)),
    { mean: 0, variance: 1 },
    'free',
  )
  for (const [low, high] of [
    [-1, 0.5],
    [-Infinity, -3],
    [2, Infinity],
    [8, Infinity],
    [3, 3.1],
    [-0.1, 6],
    [-6, 0],
    [1, 4],
  ]) {
    const [from, to] = [Math.max(low, -12), Math.min(high, 20)]
    // Relative to its highest point, so that it does not vanish far out.
    const mode = Math.max(low, Math.min(high, 0))
    const density = (x: number) => Math.exp((mode * mode - x * x) / 2)
    const found = moments(() => {
      const value = normalBetween(random, low, high)
      assert.ok(value >= low && value <= high)
      return value
    })
    close(found, exactly(density, from, to), `[${low}, ${high}]`)
  }
})

test('values by natural parameters: precisions add up, bounds intersect', () => {
  const random = new Random(2)
  const visible: VisibleGroup[] = [{ kind: 'real', size: 1 }]
  const draws = (linear: number, precision: number, low: number, high: number) => {
    const natural = nothing(1, false)
    const half = {
      ...nothing(1, false),
      linear: Float64Array.of(linear / 2),
      precision: Float64Array.of(precision / 2),
    }
    add(natural, half, [0])
    add(natural, { ...half, lower: Float64Array.of(low), upper: Float64Array.of(high) }, [0])
    const state = new Float64Array(1)
    return moments(() => {
      drawVisible(natural, groupsOf(visible), state, random)
      return state[0]
    })
  }
  close(draws(3, 4, -Infinity, Infinity), { mean: 0.75, variance: 0.25 }, 'normal')
  close(
    draws(3, 4, 1, 2),
    exactly(x => bell(2 * x - 1.5), 1, 2),
    'between walls',
  )
  for (const slope of [0, 1.5, -40])
    close(
      draws(slope, 0, -1, 2),
      exactly(x => Math.exp(slope * x + Math.min(slope, 0)), -1, 2),
      `slope ${slope}`,
    )
})

test('units with states by their log-odds', () => {
  const random = new Random(3)
  const visible: VisibleGroup[] = [
    { kind: 'bernoulli', size: 1 },
    { kind: 'softmax', size: 3 },
    { kind: 'count', size: 6 },
  ]
  const natural = nothing(5, false)
  natural.linear.set([-1, 0.5, 0, 1, 0.8])
  const state = new Float64Array(5)
  const sums = new Float64Array(5)
  for (let n = 0; n < DRAWS; n++) {
    drawVisible(natural, groupsOf(visible), state, random)
    for (let i = 0; i < 5; i++) sums[i] += state[i] / DRAWS
    assert.is(state[1] + state[2] + state[3], 1)
  }
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
  const total = Math.exp(0.5) + 1 + Math.E
  const expected = [sigmoid(-1), Math.exp(0.5) / total, 1 / total, Math.E / total, 6 * sigmoid(0.8)]
  // Standard errors are below .5/√20,000, of the count below six times √(1/4/6)/√20,000.
  for (const [i, mean] of expected.entries())
    assert.ok(Math.abs(sums[i] - mean) < (i === 4 ? 0.035 : 0.015), `${i}: ${sums[i]}`)
  assert.is(stateAt([0.2, 0.8], 0.1999), 0)
  assert.is(stateAt([0.2, 0.8], 0.9999), 1)
})

test('Cholesky’s factor solves, and says when there is none', () => {
  const matrix = Float64Array.of(4, 2, 1, 2, 5, 3, 1, 3, 6)
  const factor = matrix.slice()
  assert.ok(factorise(factor, 3))
  const x = Float64Array.of(1, -2, 0.5)
  solveLower(factor, 3, x)
  solveUpper(factor, 3, x)
  for (const [i, b] of [1, -2, 0.5].entries()) {
    const product = [0, 1, 2].reduce((sum, j) => sum + matrix[3 * i + j] * x[j], 0)
    assert.ok(Math.abs(product - b) < 1e-14)
  }
  assert.not.ok(factorise(Float64Array.of(1, 2, 2, 1), 2))
})

test('the likeliest value is found between candidates, and the row is left alone', () => {
  const row = Float64Array.of(5, 7)
  const found = likeliest(([x]) => (x - 1.234) ** 2 + 3, row, 0, [-4, 0, 2, 9])
  assert.ok(Math.abs(found.value - 1.234) < 1e-6 && Math.abs(found.energy - 3) < 1e-12)
  assert.equal(row, Float64Array.of(5, 7))
  // With two valleys the deeper one that a candidate lies in.
  const two = likeliest(([x]) => Math.min((x + 3) ** 2, (x - 3) ** 2 - 1), row, 0, [-4, -2, 0, 2, 4])
  assert.ok(Math.abs(two.value - 3) < 1e-6)
})

test('a generator goes on from sixteen words, whichever of them is not zero', () => {
  const first = [0, 5, 15].map(word => {
    const words = new Uint32Array(16)
    words[word] = 1
    return Random.from(words).next()
  })
  assert.is(new Set(first).size, 3)
  throws(RangeError, () => Random.from(new Uint32Array(4).fill(1)), /16 words/)
  throws(TypeError, () => Random.from([1, 2] as never), /Uint32Array/)
})

test.run()
