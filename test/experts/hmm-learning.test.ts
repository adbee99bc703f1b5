/** Products of hidden Markov models learn what one of them could not hold. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fitByExpectationMaximisation } from '../../bench/baum-welch.ts'
import { normals } from '../../fixtures/distributions.ts'
import { uniforms } from '../../fixtures/random.ts'
import { hmm } from '../../pipeline/experts/hmm.ts'
import { hmmLogPartition } from '../../pipeline/likelihood/hmm.ts'

const SYMBOLS = 8
const STEPS = 3
const constants = Array.from({ length: SYMBOLS }, (_, o) => new Array<number>(STEPS).fill(o))

/** Mean negative log-likelihood of strings of one symbol, exactly, of three models of two states. */
function learnedCost(seed: number): number {
  const product = hmm.create(
    Array.from({ length: STEPS }, () => ({ kind: 'index' as const, size: SYMBOLS })),
    { experts: 3, states: 2, batchSize: 32, cdSteps: 3, learningRate: 0.3, learningRateDecay: 0, seed },
  )
  const uniform = uniforms(seed)
  const symbol = () => Math.floor(uniform() * SYMBOLS)
  for (let part = 0; part < 20; part++) {
    // Noise that goes: a code forms while none of it is certain.
    const noise = 0.5 * Math.max(0, 1 - part / 16)
    const rows = Array.from({ length: 3200 }, () => {
      const own = symbol()
      return Array.from({ length: STEPS }, () => (uniform() < noise ? symbol() : own))
    })
    product.learnMany(Float32Array.from(rows.flat()))
  }
  const energies = product.freeEnergies(Float32Array.from(constants.flat()))
  const cost = energies.reduce((sum, energy) => sum + energy, 0) / SYMBOLS + hmmLogPartition(product)
  product.release()
  return cost
}

test('three models of two states remember one symbol of eight, which one of six states cannot', () => {
  // Four starts: in most of them two symbols end with one code.
  const product = Math.min(...[1, 2, 3, 4].map(learnedCost))
  const single = Array.from({ length: 12 }, (_, seed) =>
    fitByExpectationMaximisation(constants, 6, SYMBOLS, 200, uniforms(seed + 1)),
  )
  // The entropy is ln 8.
  assert.ok(product < Math.log(SYMBOLS) + 0.15, `product ${product}`)
  assert.ok(Math.min(...single) > Math.log(SYMBOLS) + 0.3, `one model ${Math.min(...single)}`)
})

test('states of numbers come to be where the numbers are', () => {
  const product = hmm.create([{ kind: 'real', size: 8 }], { experts: 1, states: 2, learningRate: 0.05 })
  const [uniform, normal] = [uniforms(5), normals(uniforms(6))]
  const rows = Float32Array.from(
    Array.from({ length: 6000 }, () => {
      const turn = Math.floor(9 * uniform())
      return Array.from({ length: 8 }, (_, t) => (t < turn ? -2 : 3) + 0.5 * normal())
    }).flat(),
  )
  product.initialise(rows.subarray(0, 800))
  product.learnMany(rows)
  const means = Array.from(product.tensors()['experts.mean'].data).sort((a, b) => a - b)
  const deviations = Array.from(product.tensors()['experts.logVariance'].data, log => Math.exp(log / 2))
  // Learning at a rate of .01 or more goes on moving: a tenth or so.
  assert.ok(Math.abs(means[0] + 2) < 0.25 && Math.abs(means[1] - 3) < 0.25, `means ${means}`)
  assert.ok(
    deviations.every(deviation => Math.abs(deviation - 0.5) < 0.2),
    `deviations ${deviations}`,
  )
  product.release()
})

test('heavy tails at the default rate leave everything finite', () => {
  const visible = [{ kind: 'real', size: 6 } as const]
  const product = hmm.create(visible, { experts: 3, states: 3 })
  const normal = normals(uniforms(9))
  for (let part = 0; part < 10; part++)
    product.learnMany(Float32Array.from({ length: 6 * 1000 }, () => normal() * (normal() > 2 ? 1e30 : 1)))
  for (const [name, { data }] of Object.entries(product.tensors()))
    assert.ok(data.every(Number.isFinite), name)
  assert.ok(Number.isFinite(product.freeEnergy(new Float32Array(6).fill(3e38))))
  product.release()
})

test.run()
