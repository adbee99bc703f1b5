/** Pseudo-likelihoods beside conditionals that are enumerated, and what has no normalised ones. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { tokens } from '../../pipeline/experts/tokens.ts'
import { pseudoLikelihood } from '../../pipeline/likelihood/pseudo-likelihood.ts'
import { distribution, groupsOf, logSumExp, visibleStates } from '../reference/rbm.ts'
import { machineOf, mixed, productOf } from './machines.ts'

const visible: VisibleGroup[] = [...mixed, { kind: 'count', size: 3 }]

test('as log p(x) − log Σ p(x with any other value of the group), enumerated', () => {
  const machine = machineOf(visible, 5, 1.5, 4)
  const product = productOf(machine)
  const states = visibleStates(visible)
  const { logP } = distribution(machine)
  const groups = groupsOf(visible)
  const expected = groups.map(({ start, size }) => {
    const alike = (a: readonly number[], b: readonly number[]) =>
      a.every((value, i) => (i >= start && i < start + size) || value === b[i])
    const logs = states.map((row, n) => {
      const all = logP.filter((_, other) => alike(row, states[other]))
      return logP[n] - logSumExp(all)
    })
    return logs.reduce((sum, log) => sum + log, 0) / states.length
  })
  const { mean, perGroup, relative, standardError } = pseudoLikelihood(
    product,
    Float32Array.from(states.flat()),
  )
  // Surprises are float32 of up to 30 nats, from energies of as many: 2^-19 each.
  for (const [group, value] of expected.entries())
    assert.ok(Math.abs(perGroup[group] - value) < 1e-5, `group ${group}: ${perGroup[group]}, ${value}`)
  const total = expected.reduce((sum, value) => sum + value, 0)
  assert.ok(Math.abs(mean - total) < 1e-5 * groups.length)
  assert.equal(relative, [])
  assert.ok(standardError > 0)
  product.release()
})

test('independent values: the pseudo-likelihood is the likelihood', () => {
  const machine = machineOf(visible, 3, 0, 1)
  machine.b.set(machineOf(visible, 1, 1, 2).b)
  const product = productOf(machine)
  const states = visibleStates(visible)
  const { logP } = distribution(machine)
  const { mean } = pseudoLikelihood(product, Float32Array.from(states.flat()))
  const likelihood = logP.reduce((sum, log) => sum + log, 0) / states.length
  assert.ok(Math.abs(mean - likelihood) < 1e-5 * groupsOf(visible).length)
  product.release()
})

test('missing groups count in no mean', () => {
  const product = productOf(machineOf(mixed, 4, 1, 3))
  const rows = Float32Array.from(visibleStates(mixed).slice(0, 2).flat())
  const gappy = rows.slice()
  gappy[0] = Number.NaN
  const first = product.surprise(gappy.subarray(0, product.width))
  const second = product.surprise(gappy.subarray(product.width))
  const { perGroup, mean } = pseudoLikelihood(product, gappy)
  assert.is(perGroup[0], -second[0])
  assert.is(perGroup[1], -(first[1] + second[1]) / 2)
  const sum = (values: Float32Array) =>
    values.reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0)
  assert.ok(Math.abs(mean + (sum(first) + sum(second)) / 2) < 1e-6 * Math.abs(mean))
  const { perGroup: none } = pseudoLikelihood(product, gappy.subarray(0, product.width))
  assert.ok(Number.isNaN(none[0]))
  product.release()
})

test('what is relative to the likeliest value is named and stays out of the mean', () => {
  const layer: VisibleGroup[] = [
    { kind: 'real', size: 2 },
    { kind: 'bernoulli', size: 1 },
  ]
  const product = rbm.create(layer, { hidden: 2 })
  const row = Float32Array.of(0.5, -1, 1)
  const surprise = product.surprise(row)
  const { mean, perGroup, relative } = pseudoLikelihood(product, row)
  assert.equal(relative, [0, 1])
  assert.is(mean, -surprise[2])
  assert.equal(
    [...perGroup],
    [...surprise].map(value => 0 - value),
  )
  const words = tokens.create([{ kind: 'tokens', size: 8 }], { hidden: 2 })
  const text = new Float32Array(words.width).fill(Number.NaN)
  text[0] = 3
  const found = pseudoLikelihood(words, text)
  assert.equal(found.relative, [0])
  assert.ok(Number.isNaN(found.mean))
  assert.ok(Number.isNaN(pseudoLikelihood(product, new Float32Array(0)).mean))
  assert.throws(() => pseudoLikelihood(product, Float32Array.of(1)), RangeError)
  // @ts-expect-error a list is no Float32Array
  assert.throws(() => pseudoLikelihood(product, [1, 2, 3]), TypeError)
  product.release()
  words.release()
})

test.run()
