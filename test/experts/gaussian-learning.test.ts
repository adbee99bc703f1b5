/** Gaussian experts learn a known normal distribution, one row at a time. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { gaussian } from '../../pipeline/experts/gaussian.ts'
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import { divergence, knownNormal, rowsFrom } from '../reference/normal.ts'

const D = 5
const target = knownNormal(D, 1)

function fit(options: FamilyOptions, count: number): number {
  const rows = rowsFrom(target, count, 2)
  const product = gaussian.create([{ kind: 'real', size: D }], { experts: 3, rank: 0, ...options })
  product.initialise(rows.subarray(0, 200 * D))
  product.learnMany(rows)
  const nats = divergence(target, product)
  product.release()
  return nats
}

/** Where it starts, at the variances alone, it is some nats away. */
const start = fit({ learningRate: 0, learningRateFloor: 0 }, 200)

test('it starts far from what it learns', () => {
  assert.ok(start > 1, `${start}`)
})

const recipes: [string, FamilyOptions, number][] = [
  ['draws from the product', { learningRate: 0.05, learningRateDecay: 10, learningRateFloor: 2e-4 }, 0.035],
  ['CD-10', { cdSteps: 10, learningRate: 0.05, learningRateDecay: 10, learningRateFloor: 2e-4 }, 0.035],
  ['ten rows at a time', { batchSize: 10, learningRate: 0.2, learningRateDecay: 100 }, 0.035],
]

// 20,000 rows, a fifth of what the acceptance takes; noise of the parameters falls with the rate, 1/√t: limits are twice what
// was measured.
for (const [name, options, limit] of recipes) {
  test(`${name}: the divergence falls below ${limit} nats`, () => {
    const nats = fit(options, 20_000)
    assert.ok(nats < limit, `${nats}`)
  })
}

test('rows with gaps teach the same distribution', () => {
  const rows = rowsFrom(target, 20_000, 3)
  for (let i = 0; i < rows.length; i += 7) rows[i] = Number.NaN
  const product = gaussian.create([{ kind: 'real', size: D }], {
    experts: 3,
    rank: 0,
    learningRate: 0.05,
    learningRateDecay: 10,
    learningRateFloor: 2e-4,
  })
  product.initialise(rows.subarray(0, 200 * D))
  product.learnMany(rows)
  const nats = divergence(target, product)
  assert.ok(nats < 0.035, `${nats}`)
  product.release()
})

test.run()
