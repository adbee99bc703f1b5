/**
 * The rule of contrastive divergence itself, where everything can be enumerated: gradients of experts by differences, chains
 * that leave their model as it is, updates that vanish at it, and CD-1 as a function with its whole gradient.
 */
import { uniforms } from '../../fixtures/random.ts'
import { families } from '../../pipeline/experts/index.ts'
import type { Family, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import type { Reference } from '../../test/contract.ts'
import { contrastiveDivergence, exactGradient, expectedUpdate } from '../../test/reference/divergence.ts'
import type { Oracle, Parameters } from '../../test/reference/oracle.ts'
import {
  distribution,
  type Machine,
  parametersOf,
  randomMachine,
  step,
  sum,
  transition,
  visibleStates,
  withParameters,
} from '../../test/reference/rbm.ts'
import { randomRow, randomRows } from '../../test/reference/rows.ts'
import type { Finding } from './finding.ts'
import { mention } from './progress.ts'

const layers: readonly VisibleGroup[][] = [
  [{ kind: 'bernoulli', size: 4 }],
  [
    { kind: 'softmax', size: 3 },
    { kind: 'bernoulli', size: 2 },
  ],
]
const largest = (values: readonly number[]) =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

function masses(count: number, uniform: () => number): number[] {
  const weights = Array.from({ length: count }, uniform)
  const total = sum(weights)
  return weights.map(weight => weight / total)
}

/** Central differences, refined once: what is left is of the order h⁴. */
function slope(f: (value: number) => number, at: number): number {
  // Parameters may be some hundredths, as deviations are.
  const h = 2e-4 * Math.max(1, Math.abs(at))
  const difference = (width: number) => (f(at + width) - f(at - width)) / (2 * width)
  return (4 * difference(h / 2) - difference(h)) / 3
}

/** Relative to the larger of both numbers, and of a thousandth of the largest there is. */
const relative = (found: number, expected: number, most: number) =>
  Math.abs(found - expected) / Math.max(Math.abs(found), Math.abs(expected), 1e-3 * most)

/** The largest error of ∂ log g / ∂θ of an oracle at one row, over some numbers of each tensor. */
function parameterError(oracle: Oracle, parameters: Parameters, row: Float32Array): number {
  const gradient = oracle.gradient(parameters, row)
  let worst = 0
  for (const name of oracle.parameters) {
    const values = parameters[name]
    const most = largest([...gradient[name], 1])
    for (let entry = 0; entry < values.length; entry += Math.max(1, Math.floor(values.length / 16))) {
      const moved = Float64Array.from(values)
      const found = slope(value => {
        moved[entry] = value
        return oracle.logDensity({ ...parameters, [name]: moved }, row)
      }, values[entry])
      worst = Math.max(worst, relative(found, gradient[name][entry], most))
    }
  }
  return worst
}

/** The largest error of a kernel's ∂F/∂v, in float32. */
function rowError(product: Product, oracle: Oracle, parameters: Parameters, row: Float32Array): number {
  const gradient = product.gradient?.(row) ?? []
  const place = Float64Array.from(row)
  const most = largest([...gradient])
  let worst = 0
  for (const [i, given] of gradient.entries()) {
    const own = place[i]
    const found = slope(value => {
      place[i] = value
      return -oracle.logDensity(parameters, place)
    }, own)
    place[i] = own
    worst = Math.max(worst, relative(found, given, most))
  }
  return worst
}

const isReal = (visible: readonly VisibleGroup[]) => visible.every(({ kind }) => kind === 'real')

/** A small layer for the family, and its oracle, if it has one. */
async function subjectOf({ name, units }: Family) {
  const reference: Reference = await import(`../../test/reference/${name}.ts`).catch(() => ({}))
  const sizes = { real: 3, bernoulli: 4, softmax: 3, count: 4, index: 3, tokens: 8, sequence: 3 }
  const visible = reference.layers?.[0] ?? [{ kind: units[0], size: sizes[units[0]] }]
  return { oracle: reference.oracle, visible }
}

async function* gradients(): AsyncGenerator<Finding> {
  let [inFloat64, inFloat32] = [0, 0]
  const looked: string[] = []
  for (const family of families) {
    const { oracle: oracleOf, visible } = await subjectOf(family)
    if (!oracleOf) continue
    const product = family.create(visible, { seed: 3 })
    product.initialise(randomRows(visible, 20, uniforms(1)))
    product.learnMany(randomRows(visible, 60, uniforms(2)))
    const oracle = oracleOf(visible, product.options)
    const tensors = product.tensors()
    const parameters = Object.fromEntries(
      oracle.parameters.map(name => [name, Float64Array.from(tensors[name].data)]),
    )
    const row = randomRow(visible, uniforms(3))
    inFloat64 = Math.max(inFloat64, parameterError(oracle, parameters, row))
    if (product.gradient && isReal(visible))
      inFloat32 = Math.max(inFloat32, rowError(product, oracle, parameters, row))
    looked.push(family.name)
    product.release()
  }
  mention(`gradients of ${looked.join(', ')}`)
  yield {
    what: '(1) ∂ log g / ∂θ beside central differences, all families, relative',
    figure: inFloat64,
    goal: 1e-6,
    bound: 'most',
  }
  yield {
    what: '(1) ∂F/∂v of kernels, float32, beside central differences, relative',
    figure: inFloat32,
    goal: 2e-3,
    bound: 'most',
  }
}

/** (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h of every parameter. */
function differences(machine: Machine, f: (machine: Machine) => number): number[] {
  const h = 1e-3
  const parameters = parametersOf(machine)
  return parameters.map((_, i) => {
    const at = (offset: number) => f(withParameters(machine, parameters.with(i, parameters[i] + offset)))
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
  })
}

function* atEquilibrium(): Generator<Finding> {
  let [moved, updated] = [0, 0]
  for (const visible of layers) {
    for (const scale of [1, 4.5, 20]) {
      const machine = randomMachine(visible, 3, scale, uniforms(3))
      const p = distribution(machine).logP.map(Math.exp)
      const after = step(p, transition(machine))
      moved = Math.max(moved, largest(after.map((mass, s) => mass - p[s])))
      for (const k of [1, 5]) updated = Math.max(updated, largest(expectedUpdate(machine, p, k)))
    }
  }
  yield {
    what: '(2) |Q∞T − Q∞| of a Gibbs step, weights of deviation 1 to 20 (6e-17 elsewhere)',
    figure: moved,
    goal: 1e-12,
    bound: 'most',
  }
  yield {
    what: '(3) expected update of CD-1 and CD-5 where the data are the model (2e-16 elsewhere)',
    figure: updated,
    goal: 1e-12,
    bound: 'most',
  }
}

function* wholeGradient(): Generator<Finding> {
  for (const scale of [1, 4.5, 20]) {
    let worst = 0
    for (const visible of layers) {
      const uniform = uniforms(5)
      const machine = randomMachine(visible, 3, scale, uniform)
      const q0 = masses(visibleStates(visible).length, uniform)
      const numeric = differences(machine, perturbed => -contrastiveDivergence(perturbed, q0))
      worst = Math.max(worst, largest(exactGradient(machine, q0).map((value, i) => value - numeric[i])))
    }
    yield {
      what: `(4) ⟨∂f⟩₀ − ⟨∂f⟩₁ + G beside differences of −CD-1, weights of deviation ${scale}`,
      figure: worst,
      goal: 1e-8,
      bound: 'most',
    }
  }
}

function* neverNegative(): Generator<Finding> {
  const uniform = uniforms(7)
  const small: VisibleGroup[][] = [
    [{ kind: 'bernoulli', size: 3 }],
    [
      { kind: 'softmax', size: 3 },
      { kind: 'bernoulli', size: 1 },
    ],
  ]
  let least = Number.POSITIVE_INFINITY
  for (let n = 0; n < 10_000; n++) {
    const visible = small[n % 2]
    const machine = randomMachine(visible, 2, 10 ** (2 * uniform() - 1), uniform)
    least = Math.min(least, contrastiveDivergence(machine, masses(visibleStates(visible).length, uniform)))
  }
  yield { what: '(5) the least CD-1 of 10,000 random machines', figure: least, goal: -1e-12 }
}

export async function* contrastive(): AsyncGenerator<Finding> {
  yield* gradients()
  yield* atEquilibrium()
  yield* wholeGradient()
  yield* neverNegative()
}
