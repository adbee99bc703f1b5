/** The fast sums over all states of small networks beside their definitions, and the kernel's updates beside the sums. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ascent, improved, placeOf } from '../../bench/networks/contrastive-likelihood.ts'
import { kernelDeviation } from '../../bench/networks/kernel-update.ts'
import { Network } from '../../bench/networks/network.ts'
import { outcomes, randomNetworks, type Simulation, small, updated } from '../../bench/networks/simulation.ts'
import { uniforms } from '../../fixtures/random.ts'
import { contrastiveDivergence, divergence, exactGradient, expectedUpdate } from '../reference/divergence.ts'
import { distribution, type Machine, step, transition } from '../reference/rbm.ts'

const D = 4
const H = 3
const size = { visible: D, hidden: H }

const simulation = (deviation: number, networks = 3): Simulation => ({
  ...small,
  ...size,
  deviation,
  networks,
  seed: 1,
})
const machineOf = ({ weights }: Network): Machine => ({
  visible: [{ kind: 'bernoulli', size: D }],
  w: Array.from({ length: H }, (_, j) => weights.subarray(j * D, (j + 1) * D)),
  b: new Float64Array(D),
  c: new Float64Array(H),
})
const widest = (found: ArrayLike<number>, expected: readonly number[]) =>
  Math.max(...expected.map((value, k) => Math.abs(value - found[k])))
/** Numbers of the definitions are of states whose first unit is the highest bit; here it is the lowest. */
const reversed = (values: ArrayLike<number>) =>
  Array.from({ length: 2 ** D }, (_, v) => {
    const bits = v.toString(2).padStart(D, '0')
    return values[Number.parseInt([...bits].reverse().join(''), 2)]
  })

for (const deviation of [1, 4.5, 20]) {
  test(`distributions, update and gradient are those of the definitions, weights of deviation ${deviation}`, () => {
    for (const { network, data } of randomNetworks(simulation(deviation))) {
      const machine = machineOf(network)
      const q0 = reversed(data)
      // Log-probabilities are hundreds, of which sixteen digits are kept; gradients have such factors.
      assert.ok(widest(reversed(network.logModel), distribution(machine).logP) < 1e-11)
      assert.ok(widest(reversed(network.step(data)), step(q0, transition(machine))) < 1e-13)
      assert.ok(widest(network.update(data), expectedUpdate(machine, q0, 1).slice(0, D * H)) < 1e-12)
      assert.ok(widest(network.gradient(data), exactGradient(machine, q0).slice(0, D * H)) < 1e-11)
    }
  })
}

test('the outcome of an update is what the definitions say of the networks before and after', () => {
  const [{ network, data }] = randomNetworks(simulation(4.5))
  const update = network.update(data)
  const next = new Network(
    size,
    network.weights.map((weight, k) => weight + 0.1 * update[k]),
  )
  const [old, young] = [network, next].map(machineOf)
  const q0 = reversed(data)
  const found = updated(network, data, 0.1, true)
  const improvement = contrastiveDivergence(old, q0) - contrastiveDivergence(young, q0)
  assert.ok(Math.abs(found.improvement - improvement) < 1e-12)
  const [before, after] = [old, young].map(machine => step(q0, transition(machine)))
  const { logP } = distribution(young)
  assert.ok(Math.abs(found.unmodelled - (divergence(before, logP) - divergence(after, logP))) < 1e-12)
  assert.ok(Math.abs(found.modelled - found.unmodelled - found.improvement) < 1e-12)
  const risen = divergence(q0, distribution(old).logP) - divergence(q0, logP)
  assert.ok(Math.abs(found.likelihood - risen) < 1e-12)
})

test('a small step gains what the gradient says', () => {
  // Second order in the rate: the remainder is of the size of its square.
  const [{ network, data }] = randomNetworks(simulation(1))
  const [update, gradient] = [network.update(data), network.gradient(data)]
  const slope = gradient.reduce((total, value, k) => total + value * update[k], 0)
  assert.ok(Math.abs(updated(network, data, 1e-5).improvement / 1e-5 - slope) < 1e-4)
})

test('the gradient of the contrastive log-likelihood agrees with central differences', () => {
  const [{ network, data }] = randomNetworks(simulation(1))
  const valueAt = (k: number, weight: number) =>
    placeOf(new Network(size, network.weights.with(k, weight)), data).contrastiveLogLikelihood
  for (const [k, value] of ascent('contrastive log-likelihood', network, data).entries()) {
    const weight = network.weights[k]
    const numeric = (valueAt(k, weight + 1e-5) - valueAt(k, weight - 1e-5)) / 2e-5
    assert.ok(Math.abs(value - numeric) < 1e-8, `weight ${k}: ${value}, differences ${numeric}`)
  }
})

test('data of even parity: the contrastive log-likelihood is content with equiprobability, the divergence says what lacks', () => {
  const cube = { visible: 3, hidden: 1 }
  const even = Float64Array.from({ length: 8 }, (_, v) => ([0, 3, 5, 6].includes(v) ? 1 / 4 : 0))
  const start = new Network(cube, Float64Array.of(2, 2, 2))
  const end = placeOf(improved(start, even, 'contrastive log-likelihood', 4000, 0.1), even)
  assert.ok(placeOf(start, even).contrastiveLogLikelihood < -0.1)
  assert.ok(Math.abs(end.contrastiveLogLikelihood) < 1e-3)
  assert.ok(Math.abs(end.entropy - 3 * Math.LN2) < 1e-3)
  assert.ok(Math.abs(end.contrastiveDivergence - Math.LN2) < 1e-3)
})

test("updates of 8 × 4 networks nearly always lower CD-1; the kernel's are these on average", () => {
  const found = [...outcomes({ ...small, networks: 50, seed: 2, withGradient: true })]
  assert.ok(found.every(({ cosine, improvement }) => cosine > 0 && improvement > 0))
  const [{ network, data }] = randomNetworks({ ...small, deviation: 4.5, networks: 1, seed: 3 })
  const rounded = new Network(network.size, network.weights.map(Math.fround))
  // The largest of 32 normal numbers is above 4.5 one time in 5,000.
  assert.ok(kernelDeviation(rounded, data, 1500, uniforms(4)) < 4.5)
})

test.run()
