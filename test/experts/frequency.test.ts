/** The kernel of frequencies against the oracle that counts by definition. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { frequency } from '../../pipeline/experts/frequency.ts'
import type { FamilyOptions, VisibleGroup } from '../../pipeline/experts/product.ts'
import { statesOf } from '../../pipeline/visible.ts'
import { kernelsFor, targets } from '../assembly/compile.ts'
import { fieldsOf, probabilities, surprise } from '../reference/frequency.ts'
import { randomRow } from '../reference/rows.ts'

const visible: VisibleGroup[] = [
  { kind: 'index', size: 2 },
  { kind: 'bernoulli', size: 3 },
  { kind: 'index', size: 1000 },
  { kind: 'bernoulli', size: 1 },
  { kind: 'index', size: 7 },
]
const F = fieldsOf(visible).length

/** Counts are float64 and exact to 1e-13 or so; what comes out is rounded to float32 once. */
const FLOAT32 = 2 ** -24
const near = (got: number, expected: number, what: string) =>
  assert.ok(
    (Number.isNaN(got) && Number.isNaN(expected)) ||
      Math.abs(got - expected) <= 2 * FLOAT32 * Math.abs(expected) + 1e-12,
    `${what}: ${got} for ${expected}`,
  )

const rowsOf = (count: number, seed: number) => {
  const uniform = uniforms(seed)
  return Array.from({ length: count }, () => randomRow(visible, uniform, 0.2))
}
const joined = (rows: readonly Float32Array[]) => Float32Array.from(rows.flatMap(row => [...row]))

for (const target of targets()) {
  for (const options of [{}, { decay: 50 }, { decay: 0.5 }] as FamilyOptions[]) {
    test(`${target} SIMD, ${JSON.stringify(options)}: all answers are those of the oracle`, () => {
      const product = frequency.create(visible, options, kernelsFor(target))
      const rows = rowsOf(300, 1)
      product.learnMany(joined(rows))
      const p = probabilities(visible, rows, Number(options.decay ?? 0))
      for (const row of rowsOf(20, 2)) {
        const expected = surprise(visible, p, row)
        for (const [f, value] of product.surprise(row).entries()) near(value, expected[f], `field ${f}`)
        const present = expected.map(value => (Number.isNaN(value) ? 0 : value))
        for (const [f, value] of product.transformOne(row).entries()) near(value, present[f], `feature ${f}`)
        near(
          product.freeEnergy(row),
          present.reduce((sum, value) => sum + value, 0),
          'free energy',
        )
        for (let f = 0; f < F; f++) {
          const states = p[f].length === 2 && statesOf(visible)[f] === 1 ? p[f].slice(1) : p[f]
          for (const [state, value] of product.conditional(row, f).entries())
            near(value, states[state], `p of state ${state} of field ${f}`)
        }
      }
      product.release()
    })
  }
}

test('what is missing is filled with the likeliest state, what is there stays', () => {
  const product = frequency.create([
    { kind: 'index', size: 5 },
    { kind: 'bernoulli', size: 2 },
  ])
  for (const state of [3, 1, 3, 3, 4, 1]) product.learnOne(Float32Array.of(state, 1, 0))
  assert.equal(product.reconstruct(Float32Array.of(2, 0.25, 1)), Float32Array.of(2, 0.25, 1))
  const [state, on, off] = product.reconstruct(new Float32Array(3).fill(Number.NaN))
  assert.is(state, 3)
  near(on, 6.5 / 7, 'a bit that was always on')
  near(off, 0.5 / 7, 'a bit that was always off')
  product.release()
})

test('the free energy is a normalised −log p: over all rows e^−F adds up to one', () => {
  const small: VisibleGroup[] = [
    { kind: 'index', size: 3 },
    { kind: 'bernoulli', size: 2 },
  ]
  const product = frequency.create(small)
  const uniform = uniforms(3)
  for (let t = 0; t < 40; t++) product.learnOne(randomRow(small, uniform))
  let total = 0
  for (const state of [0, 1, 2])
    for (const first of [0, 1])
      for (const second of [0, 1])
        total += Math.exp(-product.freeEnergy(Float32Array.of(state, first, second)))
  // Twelve terms below one, each with a free energy below 30 that is rounded to float32.
  assert.ok(Math.abs(total - 1) < 12 * 30 * FLOAT32, String(total))
  product.release()
})

test('samples have the frequencies that were learned', () => {
  const layer: VisibleGroup[] = [
    { kind: 'index', size: 4 },
    { kind: 'bernoulli', size: 1 },
  ]
  const product = frequency.create(layer)
  const uniform = uniforms(4)
  const rows = Array.from({ length: 30 }, () => randomRow(layer, uniform))
  product.learnMany(joined(rows))
  const count = 20_000
  const samples = product.sample(count, 1)
  for (const [f, p] of probabilities(layer, rows).entries()) {
    for (const [state, probability] of p.entries()) {
      let drawn = 0
      for (let n = 0; n < count; n++) if (samples[n * 2 + f] === state) drawn++
      // Four standard deviations of a count of independent draws.
      const limit = 4 * Math.sqrt(count * probability * (1 - probability))
      assert.ok(Math.abs(drawn - count * probability) < limit, `field ${f}, state ${state}: ${drawn}`)
    }
  }
  product.release()
})

test('forgetting makes room: with decay a new state takes over, without it does not', () => {
  const shares = [0, 100].map(decay => {
    const product = frequency.create([{ kind: 'index', size: 3 }], { decay })
    product.learnMany(new Float32Array(10_000).fill(1))
    product.learnMany(new Float32Array(500).fill(2))
    const [, old, recent] = product.conditional(Float32Array.of(0), 0)
    product.release()
    return recent / old
  })
  near(shares[0], 500.5 / 10_000.5, 'all counts kept')
  assert.ok(shares[1] > 10, String(shares[1]))
})

test('counts that do not add up are refused', () => {
  const product = frequency.create([{ kind: 'index', size: 3 }])
  product.learnOne(Float32Array.of(1))
  for (const [name, values] of [
    ['experts.counts', [0, 2, 0]],
    ['experts.counts', [2, -1, 0]],
    ['experts.totals', [0]],
  ] as [string, number[]][]) {
    const tensors = product.tensors()
    tensors[name].data.set(values)
    assert.throws(() => product.restore(tensors), /Expected counts of at least 0 that add up/)
  }
  product.release()
})

test.run()
