/** Replicated units, exactly: log Z and gradients by enumeration, tied copies, and the binary machine to the bit. */
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import {
  distribution,
  freeEnergy,
  gradient,
  load,
  type Machine,
  parametersOf,
  randomMachine,
  rounded,
  sum,
  visibleStates,
  withParameters,
} from '../../test/reference/rbm.ts'
import type { Finding } from './finding.ts'

const counts: VisibleGroup[] = new Array(3).fill({ kind: 'count', size: 4 })
const machine: Machine = { ...rounded(randomMachine(counts, 3, 0.7, uniforms(8))), replicas: 2 }

function productOf(machine: Machine): Product {
  const product = rbm.create(machine.visible, { hidden: machine.c.length, replicas: machine.replicas ?? 1 })
  load(product, machine)
  return product
}

/** The largest difference of the gradient of log Z, by differences, to the mean of the gradients of log p*. */
function gradientError(): number {
  const { logP } = distribution(machine)
  const means = parametersOf(machine).map(() => 0)
  for (const [n, state] of visibleStates(counts).entries()) {
    for (const [i, slope] of gradient(machine, state).entries()) means[i] += Math.exp(logP[n]) * slope
  }
  const parameters = parametersOf(machine)
  const at = (i: number, offset: number) =>
    distribution(withParameters(machine, parameters.with(i, parameters[i] + offset))).logZ
  const slopes = parameters.map(
    (_, i) => (4 * (at(i, 5e-4) - at(i, -5e-4))) / 3e-3 - (at(i, 1e-3) - at(i, -1e-3)) / 6e-3,
  )
  return Math.max(...slopes.map((slope, i) => Math.abs(slope - means[i])))
}

/** The largest difference of p(n) to that of four binary copies with the same weights, summed by how many are on. */
function tiedError(): number {
  const copies = Array.from({ length: 12 }, (_, i) => i >> 2)
  const tied: Machine = {
    visible: [{ kind: 'bernoulli', size: 12 }],
    w: machine.w.map(row => Float64Array.from(copies, i => row[i])),
    b: Float64Array.from(copies, i => machine.b[i]),
    c: machine.c,
    replicas: machine.replicas,
  }
  const found = new Map<string, number>()
  const binary = distribution(tied)
  for (const [n, state] of visibleStates(tied.visible).entries()) {
    const counted = [0, 4, 8].map(from => sum(state.slice(from, from + 4))).join()
    found.set(counted, (found.get(counted) ?? 0) + Math.exp(binary.logP[n]))
  }
  const { logP } = distribution(machine)
  const apart = visibleStates(counts).map((state, n) =>
    Math.abs((found.get(state.join()) ?? 0) - Math.exp(logP[n])),
  )
  return Math.max(...apart)
}

/** Bytes of state in which a machine of counts up to one differs from the binary one, over several ways to learn. */
function differentBytes(): number {
  const layers: VisibleGroup[][] = [
    [{ kind: 'bernoulli', size: 20 }],
    new Array(20).fill({ kind: 'count', size: 1 }),
  ]
  const uniform = uniforms(2)
  const rows = Float32Array.from({ length: 20 * 500 }, () => Number(uniform() < 0.4))
  const ways: FamilyOptions[] = [
    {},
    { persistentChains: 0 },
    { persistentChains: 0, cdSteps: 3, momentum: 0.5 },
  ]
  let different = 0
  for (const options of ways) {
    const states = layers.map(visible => {
      const product = rbm.create(visible, { ...options, hidden: 12 })
      product.initialise(rows)
      product.learnMany(rows)
      const bytes = Object.values(product.tensors()).flatMap(({ data }) => [
        ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      ])
      product.release()
      return bytes
    })
    different += states[0].filter((byte, at) => byte !== states[1][at]).length
  }
  return different
}

export function* replicated(): Generator<Finding> {
  const product = productOf(machine)
  const { logZ } = distribution(machine)
  const layer = '3 counts up to 4, 3 hidden units of 2 replicas'
  yield {
    what: `${layer}: log Z beside the enumeration`,
    figure: Math.abs(exactLogPartition(product) - logZ),
    goal: 1e-10,
    bound: 'most',
  }
  yield {
    what: `${layer}: gradient of log Z beside differences`,
    figure: gradientError(),
    goal: 1e-10,
    bound: 'most',
  }
  yield { what: `${layer}: p(n) beside tied binary copies`, figure: tiedError(), goal: 1e-10, bound: 'most' }
  const states = visibleStates(counts)
  const energies = product.freeEnergies(Float32Array.from(states.flat()))
  const errors = states.map((state, n) => Math.abs(energies[n] - freeEnergy(machine, state)))
  // Float32 of some ten nats.
  yield {
    what: `${layer}: free energies of the kernel, nats`,
    figure: Math.max(...errors),
    goal: 1e-5,
    bound: 'most',
  }
  product.release()
  yield {
    what: 'counts up to 1 and the binary machine: different bytes of state after 500 rows, three ways to learn',
    figure: differentBytes(),
    goal: 0,
    bound: 'most',
  }
}
