/** Means of what is missing or uncertain, beside enumeration and closed forms. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../fixtures/random.ts'
import { gaussian } from '../pipeline/experts/gaussian.ts'
import type { Product, VisibleGroup } from '../pipeline/experts/product.ts'
import { prototype } from '../pipeline/experts/prototype.ts'
import { type PosteriorOptions, posteriorMean } from '../pipeline/posterior-mean.ts'
import { throws } from './contract/subject.ts'
import { bits, machineOf, productOf } from './likelihood/machines.ts'
import { distribution, visibleStates } from './reference/rbm.ts'

const layer: VisibleGroup[] = [
  { kind: 'bernoulli', size: 3 },
  { kind: 'softmax', size: 3 },
  { kind: 'count', size: 2 },
  { kind: 'bernoulli', size: 1 },
]
const machine = machineOf(layer, 4, 1, 3)
const { NaN: gap } = Number
const { logP } = distribution(machine)
const states = visibleStates(layer)

/** Σ_v v p(v) weight(v) / Σ_v p(v) weight(v) */
function exactMean(weight: (state: readonly number[]) => number): number[] {
  const masses = states.map((state, n) => Math.exp(logP[n]) * weight(state))
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return states[0].map((_, i) => states.reduce((sum, state, n) => sum + masses[n] * state[i], 0) / total)
}

/**
 * Values of up to 2 have a deviation of at most 1, means given the latent variables less; a chain of 20,000 sweeps that
 * forgets in four of them is off by .014 a standard error, and four of these are allowed.
 */
const SWEEPS = 20_000
function close(found: ArrayLike<number>, expected: readonly number[], what: string): void {
  for (const [i, mean] of expected.entries())
    assert.ok(Math.abs(found[i] - mean) < 0.057, `${what}, value ${i}: ${found[i]} for ${mean}`)
}

test('what is missing has its mean given all that is known, exactly', () => {
  const product = productOf(machine)
  for (const row of [
    [1, gap, 0, 0, 1, 0, 2, gap],
    [gap, 1, 1, gap, gap, gap, gap, 0],
    new Array(8).fill(gap),
  ]) {
    const agrees = (state: readonly number[]) =>
      Number(row.every((value, i) => Number.isNaN(value) || state[i] === value))
    const found = posteriorMean(product, Float32Array.from(row), { sweeps: SWEEPS })
    close(found, exactMean(agrees), `${row}`)
    for (const [i, value] of row.entries()) if (!Number.isNaN(value)) assert.is(found[i], value)
  }
  product.release()
})

test('one group alone is answered from all its states, however far apart its modes are', () => {
  const apart: VisibleGroup[] = [
    { kind: 'count', size: 100 },
    { kind: 'bernoulli', size: 1 },
  ]
  const [many, few] = [3, -3]
  // Two hidden units that are one another's opposite: most of the events, or few of them.
  const product = productOf({
    visible: apart,
    w: [Float64Array.of(many, 2), Float64Array.of(few, -2)],
    b: Float64Array.of(0, 0),
    c: Float64Array.of(-150, 150),
  })
  for (const bit of [0, 1]) {
    const row = Float32Array.of(gap, bit)
    const states = product.conditional(row, 0)
    const expected = states.reduce((sum, share, n) => sum + n * share, 0)
    for (const seed of [1, 2, 3]) assert.is(posteriorMean(product, row, { seed })[0], Math.fround(expected))
  }
  product.release()
  const small = productOf(machine)
  for (const [i, count] of [
    [0, 1],
    [3, 3],
    [6, 1],
  ]) {
    const row = Float32Array.of(1, 0, 1, 0, 1, 0, 2, 1).fill(gap, i, i + count)
    const agrees = (state: readonly number[]) =>
      Number(row.every((value, at) => Number.isNaN(value) || state[at] === value))
    const expected = exactMean(agrees)
    // Probabilities of single precision, of sums of five logarithms.
    for (const [at, value] of posteriorMean(small, row).entries())
      assert.ok(Math.abs(value - expected[at]) < 1e-5, `value ${at}: ${value} for ${expected[at]}`)
  }
  small.release()
})

test('with noise the mean is that of what was there before', () => {
  const product = productOf(machine)
  const noise = 0.15
  const row = [1, gap, 0, 0, 1, 0, 2, 1]
  const seen = Float32Array.from(row)
  const chance = (was: boolean, others: number) => (was ? 1 - noise : noise / others)
  const likelihood = (state: readonly number[]) =>
    [0, 2, 7].reduce((product, i) => product * chance(state[i] === row[i], 1), 1) *
    chance(state[4] === 1, 2) *
    Number(state[6] === 2)
  close(posteriorMean(product, seen, { sweeps: SWEEPS, noise }), exactMean(likelihood), 'noisy')
  product.release()
})

test('numbers that are coupled take what is known of each other into account', () => {
  const uniform = uniforms(5)
  const rows = Float32Array.from(
    Array.from({ length: 2000 }, () => {
      const [s, t] = [uniform() + uniform() - 1, uniform() + uniform() - 1]
      return [s, s + 0.3 * t, t - s]
    }).flat(),
  )
  const product = gaussian.create([{ kind: 'real', size: 3 }])
  product.initialise(rows)
  product.learnMany(rows)
  const mean = posteriorMean(product, Float32Array.of(0.6, gap, gap), { sweeps: SWEEPS })
  // At the mean of a Gaussian each value is at its mean given all others. Deviations are below one half.
  const checks = [1, 2].map(at => {
    const [suggested] = product.conditional(
      mean.map((value, i) => (i === at ? gap : value)),
      at,
    )
    return Math.abs(mean[at] - suggested)
  })
  assert.ok(product.couples)
  assert.ok(Math.max(...checks) < 0.03, `${checks}`)
  assert.ok(Math.abs(mean[1]) > 0.2, 'what is known says something')
  product.release()
})

test('asking changes nothing, and the same seed gives the same values', () => {
  const product = productOf(machineOf(bits(9), 6, 1, 1))
  const row = Float32Array.from({ length: 9 }, (_, i) => (i < 4 ? gap : i % 2))
  const before = product.tensors()
  const first = posteriorMean(product, row, { sweeps: 20 })
  assert.equal(posteriorMean(product, row, { sweeps: 20 }), first)
  assert.not.equal(posteriorMean(product, row, { sweeps: 20, seed: 2 }), first)
  assert.equal(product.tensors(), before)
  const complete = row.map((_, i) => i % 2)
  assert.equal(posteriorMean(product, complete), complete)
  product.release()
})

test('what it cannot answer is refused', () => {
  const product = productOf(machineOf(bits(4), 2, 1, 1))
  const numbers = prototype.create([{ kind: 'real', size: 2 }])
  const row = Float32Array.of(1, gap, 0, 1)
  throws(TypeError, () => posteriorMean(numbers, Float32Array.of(1, gap)), /latent variables/)
  throws(TypeError, () => posteriorMean(undefined as unknown as Product, row), /latent variables/)
  throws(RangeError, () => posteriorMean(product, row.subarray(1)), /row of 4 values/)
  throws(RangeError, () => posteriorMean(product, Float32Array.of(1, 2, 0, 1)), /\[0, 1\]/)
  for (const wrong of [{ noise: 0.5 }, { noise: gap }, { sweeps: 0 }, { burnIn: -1 }, { seed: 0.5 }])
    throws(
      RangeError,
      () => posteriorMean(product, row, wrong as PosteriorOptions),
      new RegExp(Object.keys(wrong)[0]),
    )
  for (const each of [product, numbers]) each.release()
})

test.run()
