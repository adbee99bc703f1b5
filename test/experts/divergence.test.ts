/** The mathematics of products of experts and contrastive divergence, on machines small enough to enumerate. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import {
  contrastiveDivergence,
  exactGradient,
  expectedUpdate,
  meanGradient,
} from '../reference/divergence.ts'
import {
  binaryStates,
  distribution,
  energy,
  freeEnergy,
  gradient,
  groupsOf,
  logSumExp,
  type Machine,
  normalisedExpert,
  parametersOf,
  randomMachine,
  step,
  sum,
  transition,
  visibleInput,
  visibleStates,
  withParameters,
} from '../reference/rbm.ts'

const bits: VisibleGroup[] = [{ kind: 'bernoulli', size: 4 }]
const mixed: VisibleGroup[] = [
  { kind: 'softmax', size: 3 },
  { kind: 'bernoulli', size: 2 },
]
const layers: [string, VisibleGroup[]][] = [
  ['bits', bits],
  ['a softmax group and bits', mixed],
]

function randomDistribution(count: number, uniform: () => number): number[] {
  const weights = Array.from({ length: count }, uniform)
  const total = sum(weights)
  return weights.map(weight => weight / total)
}

const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs))

/** Central differences of fourth order: (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h. */
function differences(machine: Machine, f: (machine: Machine) => number, h: number): number[] {
  const parameters = parametersOf(machine)
  return parameters.map((_, i) => {
    const at = (offset: number) => f(withParameters(machine, parameters.with(i, parameters[i] + offset)))
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
  })
}

for (const [name, visible] of layers) {
  test(`${name}: the free energy sums the hidden units out of the energy`, () => {
    const machine = randomMachine(visible, 3, 1.5, uniforms(1))
    for (const v of visibleStates(visible)) {
      const summed = -logSumExp(binaryStates(3).map(h => -energy(machine, v, h)))
      assert.ok(Math.abs(freeEnergy(machine, v) - summed) < 1e-12)
    }
  })

  test(`${name}: Z is the same over visible and over hidden configurations`, () => {
    const machine = randomMachine(visible, 3, 2, uniforms(11))
    const overHidden = binaryStates(3).map(h => {
      const input = visibleInput(machine, h)
      const groups = groupsOf(visible).map(({ kind, start, size }) =>
        logSumExp(kind === 'bernoulli' ? [0, input[start]] : input.slice(start, start + size)),
      )
      return sum(h.map((on, j) => on * machine.c[j])) + sum(groups)
    })
    assert.ok(Math.abs(logSumExp(overHidden) - distribution(machine).logZ) < 1e-10)
  })

  test(`${name}: ∂ log g agrees with central differences`, () => {
    // Truncation h^4 f'''''/30 and rounding 1e-16 |f| / h are both below 1e-12 for h = 1e-3 and |f| of about 10.
    const machine = randomMachine(visible, 3, 1, uniforms(2))
    for (const v of visibleStates(visible)) {
      const numeric = differences(machine, perturbed => -freeEnergy(perturbed, v), 1e-3)
      const exact = gradient(machine, v)
      for (const [i, value] of exact.entries()) {
        assert.ok(Math.abs(value - numeric[i]) < 1e-6 * Math.max(Math.abs(value), 1e-3), `parameter ${i}`)
      }
    }
  })

  test(`${name}: a Gibbs step leaves the model's distribution as it is`, () => {
    for (const scale of [1, 4.5, 20]) {
      const machine = randomMachine(visible, 3, scale, uniforms(3))
      const p = distribution(machine).logP.map(Math.exp)
      const moved = step(p, transition(machine))
      assert.ok(largest(moved.map((mass, s) => mass - p[s])) < 1e-12)
    }
  })

  test(`${name}: CD-k moves nothing when the data are the model`, () => {
    const machine = randomMachine(visible, 3, 1, uniforms(4))
    const p = distribution(machine).logP.map(Math.exp)
    for (const k of [1, 5]) assert.ok(largest(expectedUpdate(machine, p, k)) < 1e-12)
  })

  test(`${name}: the gradient of CD-1 has the update and one more term`, () => {
    for (const scale of [1, 4.5, 20]) {
      const uniform = uniforms(5)
      const machine = randomMachine(visible, 3, scale, uniform)
      const q0 = randomDistribution(visibleStates(visible).length, uniform)
      const numeric = differences(machine, perturbed => -contrastiveDivergence(perturbed, q0), 1e-3)
      const exact = exactGradient(machine, q0)
      assert.ok(largest(exact.map((value, i) => value - numeric[i])) < 1e-8, `standard deviation ${scale}`)
    }
  })

  test(`${name}: the gradient of the likelihood is ⟨∂f⟩_data − ⟨∂f⟩_model`, () => {
    const uniform = uniforms(6)
    const machine = randomMachine(visible, 3, 1, uniform)
    const states = visibleStates(visible)
    const q0 = randomDistribution(states.length, uniform)
    const likelihood = (m: Machine) => sum(distribution(m).logP.map((log, s) => q0[s] * log))
    const model = meanGradient(machine, distribution(machine).logP.map(Math.exp))
    const exact = meanGradient(machine, q0).map((value, i) => value - model[i])
    const numeric = differences(machine, likelihood, 1e-3)
    assert.ok(largest(exact.map((value, i) => value - numeric[i])) < 1e-10)
  })
}

test('contrastive divergence is never negative', () => {
  const uniform = uniforms(7)
  const small: VisibleGroup[][] = [
    [{ kind: 'bernoulli', size: 3 }],
    [
      { kind: 'softmax', size: 3 },
      { kind: 'bernoulli', size: 1 },
    ],
  ]
  for (let n = 0; n < 10_000; n++) {
    const visible = small[n % 2]
    const machine = randomMachine(visible, 2, 10 ** (2 * uniform() - 1), uniform)
    const q0 = randomDistribution(visibleStates(visible).length, uniform)
    assert.ok(contrastiveDivergence(machine, q0) >= -1e-12)
  }
})

test('normalised experts multiply to the same density up to one constant', () => {
  const machine = randomMachine(bits, 3, 2, uniforms(8))
  const constants = visibleStates(bits).map(v => {
    const normalised = sum(machine.w.map((_, j) => normalisedExpert(machine, j, v)))
    const biases = sum(v.map((value, i) => value * machine.b[i]))
    return normalised + biases + freeEnergy(machine, v)
  })
  assert.ok(largest(constants.map(value => value - constants[0])) < 1e-10)
  for (let j = 0; j < 3; j++) {
    const total = logSumExp(visibleStates(bits).map(v => normalisedExpert(machine, j, v)))
    assert.ok(Math.abs(total) < 1e-12, 'a normalised expert sums to one')
  }
})

test('a softmax group of two states is a Bernoulli unit', () => {
  // exp(b_1 x + b_0 (1 − x)) and weights likewise: the unit has the differences, and c takes up the weights of state 0.
  const pair: VisibleGroup[] = [{ kind: 'softmax', size: 2 }]
  const machine = randomMachine(pair, 3, 1.5, uniforms(9))
  const unit: Machine = {
    visible: [{ kind: 'bernoulli', size: 1 }],
    w: machine.w.map(row => Float64Array.of(row[1] - row[0])),
    b: Float64Array.of(machine.b[1] - machine.b[0]),
    c: machine.c.map((bias, j) => bias + machine.w[j][0]),
  }
  const [first, second] = distribution(machine).logP // states (1, 0) and (0, 1)
  const [zero, one] = distribution(unit).logP
  assert.ok(Math.abs(first - zero) < 1e-12 && Math.abs(second - one) < 1e-12)
})

test('missing groups are left out: the rest is a machine of its own', () => {
  const machine = randomMachine(mixed, 3, 1, uniforms(10))
  const rest: Machine = {
    visible: [{ kind: 'bernoulli', size: 2 }],
    w: machine.w.map(row => row.slice(3)),
    b: machine.b.slice(3),
    c: machine.c,
  }
  for (const v of visibleStates(rest.visible)) {
    const row = [Number.NaN, Number.NaN, Number.NaN, ...v]
    assert.ok(Math.abs(freeEnergy(machine, row) - freeEnergy(rest, v)) < 1e-12)
    const [first, second, third] = gradient(machine, row)
    assert.equal([first, second, third], [0, 0, 0], 'the likelihood does not depend on their weights')
  }
})

test.run()
