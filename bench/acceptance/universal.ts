/** That hidden units can make any distribution over binary vectors, by the construction that proves it: one a vector. */
import { uniforms } from '../../fixtures/random.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import { distribution, load, type Machine, rounded, sum, visibleStates } from '../../test/reference/rbm.ts'
import type { Finding } from './finding.ts'

const BITS = 4
const states = visibleStates([{ kind: 'bernoulli', size: BITS }])

/** Probabilities of all vectors, none of which is next to nothing. */
function target(seed: number): number[] {
  const uniform = uniforms(seed)
  const masses = states.map(() => 0.05 + uniform())
  const total = sum(masses)
  return masses.map(mass => mass / total)
}

/**
 * A unit for every vector x*: W = λ (2 x* − 1), c = log(p(x*) / ε − 1) − λ Σ x*, so that its input is log(p / ε − 1) there and
 * lower by λ for every bit that differs. With ε below the least probability p(x) → p*(x) as λ grows.
 */
function machineFor(p: readonly number[], lambda: number): Machine {
  const epsilon = Math.min(...p) / 2
  return {
    visible: [{ kind: 'bernoulli', size: BITS }],
    w: states.map(state => Float64Array.from(state, bit => lambda * (2 * bit - 1))),
    b: new Float64Array(BITS),
    c: Float64Array.from(states, (state, j) => Math.log(p[j] / epsilon - 1) - lambda * sum(state)),
  }
}

const divergence = (p: readonly number[], logQ: ArrayLike<number>) =>
  sum(p.map((mass, n) => mass * (Math.log(mass) - logQ[n])))

/** The same through the kernel: float32 energies and the exact log Z of its own parameters. */
function kernelDivergence(p: readonly number[], lambda: number): number {
  const machine = rounded(machineFor(p, lambda))
  const product = rbm.create(machine.visible, { hidden: states.length })
  load(product, machine)
  const logZ = exactLogPartition(product)
  const energies = product.freeEnergies(Float32Array.from(states.flat()))
  product.release()
  return divergence(
    p,
    energies.map(energy => -energy - logZ),
  )
}

export function* universal(): Generator<Finding> {
  const targets = [1, 2, 3, 4, 5].map(target)
  const worst = (of: (p: readonly number[]) => number) => Math.max(...targets.map(p => Math.abs(of(p))))
  for (const lambda of [5, 10, 20]) {
    yield {
      what: `any distribution over 4 bits, float64, λ = ${lambda}: KL, the largest of five, nats`,
      figure: worst(p => divergence(p, distribution(machineFor(p, lambda)).logP)),
      goal: lambda < 20 ? 0.1 : 1e-8,
      bound: 'most',
    }
  }
  yield {
    what: 'any distribution over 4 bits, float64, λ = 40: KL, the largest of five, nats',
    figure: worst(p => divergence(p, distribution(machineFor(p, 40)).logP)),
    goal: 1e-10,
    bound: 'most',
  }
  for (const lambda of [10, 15, 20]) {
    yield {
      what: `any distribution over 4 bits, through the kernel, λ = ${lambda}: KL, the largest of five, nats`,
      figure: worst(p => kernelDivergence(p, lambda)),
      goal: lambda < 15 ? 1e-2 : 1e-5,
      bound: 'most',
    }
  }
}
