/** log Z of products of hidden Markov models: the product chain beside sums over everything that there is. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { hmm } from '../../pipeline/experts/hmm.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import { hmmLogPartition } from '../../pipeline/likelihood/hmm.ts'
import { logSumExp, machineOf } from '../reference/hmm.ts'
import { randomRows } from '../reference/rows.ts'

const groups = (kind: VisibleGroup['kind'], size: number, count: number): VisibleGroup[] =>
  Array.from({ length: count }, () => ({ kind, size }))

function learned(visible: VisibleGroup[], options: FamilyOptions): Product {
  const product = hmm.create(visible, { ...options, learningRate: 0.5, learningRateDecay: 0 })
  const rows = randomRows(visible, 100, uniforms(1)).map(value =>
    visible[0].kind === 'real' ? value / 20 : value,
  )
  product.initialise(rows)
  product.learnMany(rows)
  return product
}

/** All strings of T symbols from S. */
const strings = (S: number, T: number) =>
  Array.from({ length: S ** T }, (_, code) =>
    Array.from({ length: T }, (_, t) => Math.floor(code / S ** t) % S),
  )

test('four symbols, six steps: the sum over all strings', () => {
  const product = learned(groups('index', 4, 6), { experts: 3, states: 3 })
  const machine = machineOf(product)
  const exact = logSumExp(strings(4, 6).map(row => machine.logDensity(row)))
  // Both in float64, of parameters that are normalised to float32: the oracle normalises anew.
  assert.ok(Math.abs(hmmLogPartition(product) - exact) < 1e-5)
  product.release()
})

test('sequences: probabilities of all strings of one length add up to one', () => {
  const product = learned(groups('sequence', 3, 1), { experts: 3, states: 2 })
  for (const T of [1, 4]) {
    const rows = strings(3, T).map(text => Float32Array.from({ length: 64 }, (_, t) => text[t] ?? Number.NaN))
    const logZ = exactLogPartition(product, T)
    const sum = rows.reduce((total, row) => total + Math.exp(-product.freeEnergy(row) - logZ), 0)
    assert.ok(Math.abs(sum - 1) < 1e-5, `T = ${T}: ${sum}`)
  }
  product.release()
})

test('numbers: the integral over two steps', () => {
  const product = learned(groups('real', 1, 2), { experts: 2, states: 2 })
  const step = 0.05
  const grid = Array.from({ length: 800 }, (_, i) => -20 + i * step)
  const rows = Float32Array.from(grid.flatMap(x => grid.flatMap(y => [x, y])))
  const energies = product.freeEnergies(rows)
  const sum = energies.reduce((total, energy) => total + Math.exp(-energy) * step * step, 0)
  // The trapezoid rule is exact to rounding for densities that are wide beside the step.
  assert.ok(Math.abs(hmmLogPartition(product) - Math.log(sum)) < 1e-4)
  product.release()
})

test('what has no exact log Z says so', () => {
  const boltzmann = rbm.create([{ kind: 'bernoulli', size: 2 }])
  assert.throws(() => hmmLogPartition(boltzmann), /family hmm, got one of rbm/)
  boltzmann.release()
  const large = hmm.create(groups('index', 4, 2), { experts: 9, states: 4 })
  assert.throws(() => hmmLogPartition(large), /at most 65536 states/)
  large.release()
  const text = hmm.create(groups('sequence', 4, 1), { experts: 2 })
  assert.throws(() => hmmLogPartition(text), /got length undefined and 1 sequences/)
  text.release()
})

test.run()
