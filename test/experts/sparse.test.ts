/** What the kernel for units that are mostly off says about rows, against the float64 oracle and the dense kernel. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { sparse } from '../../pipeline/experts/sparse.ts'
import { MOST_TOKENS } from '../../pipeline/visible.ts'
import { kernelsFor, targets } from '../assembly/compile.ts'
import { checkAnswers } from '../contract/answers.ts'
import { checkState } from '../contract/state.ts'
import * as dense from '../reference/rbm.ts'
import { randomRow } from '../reference/rows.ts'
import {
  conditional,
  denseRow,
  denseVisible,
  load,
  machineOf,
  randomMachine,
  sparseRow,
  surprise,
} from '../reference/sparse.ts'

const states = (...sizes: number[]): VisibleGroup[] => sizes.map(size => ({ kind: 'index', size }))
const sets = (...sizes: number[]): VisibleGroup[] => sizes.map(size => ({ kind: 'tokens', size }))
const mixed = [...states(2), ...sets(9), ...states(40, 3), ...sets(70), ...states(17)]

/**
 * An input is a sum of n + 1 numbers of a few units, so it is off by (n + 1)² 2^-22 or less; F adds up H of them and n
 * biases, with 65 roundings for each nat of softplus (assembly/logsum.ts).
 */
const bound = (n: number, H: number) => 2 ** -22 * (H * (n + 1) ** 2 + 65 * H * (n + 1))

function near(got: number, expected: number, limit: number, what: string) {
  if (Number.isNaN(expected) && Number.isNaN(got)) return
  assert.ok(Math.abs(got - expected) <= limit, `${what}: ${got} for ${expected}, limit ${limit}`)
}

for (const target of targets()) {
  for (const [name, visible, H] of [
    ['groups of states', states(5, 40, 3), 6],
    ['one group', states(130), 3],
    ['a set', sets(30), 17],
    ['both', mixed, 20],
    ['both, more hidden units than factors of a product', mixed, 300],
  ] as [string, VisibleGroup[], number][]) {
    for (const missing of [0, 0.4]) {
      const title = `${target} SIMD, ${name}${missing ? ', a part missing' : ''}`
      test(`${title}: all answers are those of the oracle`, () => {
        const uniform = uniforms(H)
        const machine = randomMachine(visible, H, 0.5, uniform)
        const product = sparse.create(visible, { hidden: H }, kernelsFor(target))
        load(product, machine)
        for (let t = 0; t < 2; t++) {
          const row = randomRow(visible, uniform, missing)
          const units = denseRow(visible, row)
          const limit = bound(units.filter(unit => unit === 1).length, H)
          near(product.freeEnergy(row), dense.freeEnergy(machine, units), limit, 'F')
          const means = dense.hiddenMeans(machine, units)
          for (const [j, mean] of product.transformOne(row).entries()) near(mean, means[j], limit, `h ${j}`)
          // Two sums over H, of which one is log-sum-exp.
          const surprises = product.surprise(row)
          for (const [g, expected] of surprise(machine, visible, row).entries())
            near(surprises[g], expected, 2 * limit + 1e-5, `surprise ${g}`)
          for (const group of visible.keys()) {
            const expected = conditional(machine, visible, row, group)
            for (const [k, p] of product.conditional(row, group).entries())
              near(p, expected[k], (2 * limit + 1e-5) * expected[k] + 1e-7, `p(${k}) of ${group}`)
          }
        }
        product.release()
      })
    }
  }
}

test('with the weights of the dense kernel it gives the answers of the dense kernel', () => {
  const visible = states(7, 32, 4)
  const machine = randomMachine(visible, 12, 0.7, uniforms(2))
  const [wide, narrow] = [
    rbm.create(denseVisible(visible), { hidden: 12 }),
    sparse.create(visible, { hidden: 12 }),
  ]
  dense.load(wide, machine)
  load(narrow, machine)
  const uniform = uniforms(3)
  for (let t = 0; t < 20; t++) {
    const row = randomRow(visible, uniform, 0.2)
    const units = Float32Array.from(denseRow(visible, row))
    const limit = 2 * bound(3, 12)
    near(narrow.freeEnergy(row), wide.freeEnergy(units), limit, 'F')
    const surprises = narrow.surprise(row)
    for (const [g, expected] of wide.surprise(units).entries())
      near(surprises[g], expected, limit, `surprise ${g}`)
    for (const group of visible.keys()) {
      const expected = wide.conditional(units, group)
      for (const [k, p] of narrow.conditional(row, group).entries()) near(p, expected[k], limit, `p(${k})`)
    }
  }
  wide.release()
  narrow.release()
})

test('a set is what a row says, in any order and however often', () => {
  const product = sparse.create(sets(100), { hidden: 5, weightScale: 1 })
  const rowOf = (units: readonly number[]) => {
    const row = new Float32Array(MOST_TOKENS).fill(Number.NaN)
    row.set(units)
    return row
  }
  const told = [rowOf([3, 50, 99]), rowOf([99, 3, 50]), rowOf([50, 99, 3, 3, 50])]
  assert.is(new Set(told.map(row => product.freeEnergy(row))).size, 1)
  const full = rowOf(Array.from({ length: MOST_TOKENS }, (_, k) => 99 - k))
  near(
    product.freeEnergy(full),
    dense.freeEnergy(machineOf(product), denseRow(sets(100), full)),
    bound(64, 5),
    'F',
  )
  product.release()
})

test('a reconstruction has the likeliest state of each group, and as many units of a set as the row', () => {
  const machine = randomMachine(mixed, 8, 1, uniforms(5))
  const product = sparse.create(mixed, { hidden: 8 })
  load(product, machine)
  for (const missing of [0, 0.5]) {
    const row = randomRow(mixed, uniforms(6), missing)
    const input = dense.visibleInput(machine, dense.hiddenMeans(machine, denseRow(mixed, row)))
    let at = 0
    let first = 0
    const expected = input.map(() => 0)
    for (const { kind, size } of mixed) {
      const width = kind === 'tokens' ? MOST_TOKENS : 1
      const own = row.subarray(at, at + width).filter(x => !Number.isNaN(x)).length
      const ranked = Array.from({ length: size }, (_, k) => first + k).sort((k, l) => input[l] - input[k])
      for (const unit of ranked.slice(0, Math.max(1, own))) expected[unit] = 1
      at += width
      first += size
    }
    assert.equal(Array.from(product.reconstruct(row)), Array.from(sparseRow(mixed, expected)))
  }
  product.release()
})

test('biases start at the counts of the rows, with two more rows spread evenly', () => {
  const visible = [...states(4), ...sets(10)]
  const product = sparse.create(visible, { hidden: 2 })
  const row = (state: number, ...units: number[]) => {
    const values = new Float32Array(1 + MOST_TOKENS).fill(Number.NaN)
    values.set([state, ...units])
    return [...values]
  }
  // Twice state 1, once state 3, once none; twice unit 2, once units 2, 5, 7, once none: 5/3 units in the mean.
  const rows = [row(1, 2), row(1, 2, 5, 7), row(3), row(Number.NaN, 2)]
  product.initialise(Float32Array.from(rows.flat()))
  const { data } = product.tensors()['experts.b']
  const expected = [0, 2, 0, 1].map(count => Math.log((count + 2 / 4) / 5))
  for (let k = 0; k < 10; k++) {
    const mass = (k === 2 ? 3 : k === 5 || k === 7 ? 1 : 0) + (2 * 5) / 3 / 10
    expected.push(Math.log(mass / (5 - mass)))
  }
  // Two logarithms of float32, numbers below 4.
  for (const [k, bias] of data.entries()) near(bias, expected[k], 1e-6, `b ${k}`)
  product.release()
})

// The contract over all families runs with the default options and those for streams, which draw exactly.
for (const [name, visible] of [
  ['states', states(5, 40, 3)],
  ['both', mixed],
] as [string, VisibleGroup[]][]) {
  const options = { metropolis: true, proposals: 3, cdSteps: 2 }
  const subject = { title: `${name}, Metropolis and Hastings`, family: sparse, visible, options }
  checkAnswers(subject)
  checkState(subject)
}

test('counters that cannot be are refused', () => {
  const product = sparse.create(states(5))
  for (const [at, value] of [
    [0, 0.5],
    [1, 0],
    [1, 2],
  ]) {
    const tensors = product.tensors()
    tensors.counters.data[at] = value
    assert.throws(() => product.restore(tensors), /Expected a number of rows and a scale/)
  }
  product.release()
})

test.run()
