/**
 * Categories and numbers whose distribution is known: what the recipe loses to it, exactly. Nats beyond the entropy are the
 * Kullback–Leibler divergence from the truth.
 */
import { uniforms } from '../../../fixtures/random.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../../pipeline/experts/product.ts'
import { rbm, thrifty } from '../../../pipeline/experts/rbm.ts'
import { exactLogPartition } from '../../../pipeline/index.ts'
import { distribution, randomMachine, visibleStates } from '../../../test/reference/rbm.ts'
import type { Finding } from '../finding.ts'
import type { Part } from '../part.ts'
import { mention } from '../progress.ts'

const SEEDS = [1, 2, 3]
const FIRST = 1000
const ROWS = 60_000

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** Six fields of four states each that depend on each other through five hidden causes: 4,096 rows with their probabilities. */
function categories() {
  const visible = Array.from({ length: 6 }, (): VisibleGroup => ({ kind: 'softmax', size: 4 }))
  const machine = randomMachine(visible, 5, 1.5, uniforms(12))
  machine.b.fill(0)
  return { visible, states: visibleStates(visible), masses: distribution(machine).logP.map(Math.exp) }
}

type Categories = ReturnType<typeof categories>

function drawn({ states, masses }: Categories, count: number, uniform: () => number): Float32Array {
  let total = 0
  const ends = masses.map(mass => {
    total += mass
    return total
  })
  const rows = Array.from({ length: count }, () => {
    const place = uniform()
    return states[
      Math.max(
        0,
        ends.findIndex(end => place < end),
      )
    ]
  })
  return Float32Array.from(rows.flat())
}

/** Nats beyond the entropy, over all rows that there are. */
function divergence({ states, masses }: Categories, product: Product): number {
  const logZ = exactLogPartition(product)
  const energies = product.freeEnergies(Float32Array.from(states.flat()))
  return masses.reduce((sum, mass, n) => sum + mass * (Math.log(mass) + energies[n] + logZ), 0)
}

function categoriesLost(options: FamilyOptions): number {
  const truth = categories()
  const lost = SEEDS.map(seed => {
    const product = rbm.create(truth.visible, { hidden: 8, seed, ...options })
    const rows = drawn(truth, ROWS, uniforms(seed))
    product.initialise(rows.subarray(0, FIRST * product.width))
    product.learnMany(rows)
    const nats = divergence(truth, product)
    product.release()
    return nats
  })
  return median(lost)
}

/** Nats that fields by themselves lose: what a product without hidden units comes to. */
function independentLoses(truth: Categories): number {
  const means = truth.states[0].map((_, i) =>
    truth.masses.reduce((sum, mass, n) => sum + mass * truth.states[n][i], 0),
  )
  const apart = -means.reduce((sum, mean) => sum + mean * Math.log(mean), 0)
  return apart + truth.masses.reduce((sum, mass) => sum + mass * Math.log(mass), 0)
}

/** Three Gaussians of deviation .3 in a triangle with sides of 8 to 9 deviations, and of half of that. */
const TRIANGLE = [
  [0, 1.5],
  [-1.3, -0.8],
  [1.3, -0.8],
]
const DEVIATION = 0.3

function numbers(share: number, count: number, seed: number): Float32Array {
  const uniform = uniforms(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const rows = Array.from({ length: count }, () => {
    const [x, y] = TRIANGLE[Math.floor(3 * uniform())]
    return [share * x + DEVIATION * normal(), share * y + DEVIATION * normal()]
  })
  return Float32Array.from(rows.flat())
}

function logDensity(share: number, x: number, y: number): number {
  const densities = TRIANGLE.map(([left, top]) =>
    Math.exp(-((x - share * left) ** 2 + (y - share * top) ** 2) / (2 * DEVIATION ** 2)),
  )
  return Math.log(densities.reduce((sum, density) => sum + density, 0) / (3 * 2 * Math.PI * DEVIATION ** 2))
}

/** Nats beyond what the mixture itself gives 3,000 rows that were not learned. */
function numbersLost(share: number, options: FamilyOptions): number {
  const lost = SEEDS.map(seed => {
    const product = rbm.create([{ kind: 'real', size: 2 }], { hidden: 8, weightScale: 0.3, seed, ...options })
    const rows = numbers(share, ROWS, 100 + seed)
    product.initialise(rows.subarray(0, 2 * FIRST))
    product.learnMany(rows)
    const unseen = numbers(share, 3000, 200 + seed)
    const logZ = exactLogPartition(product)
    const energies = product.freeEnergies(unseen)
    product.release()
    const nats = energies.map(
      (energy, n) => logDensity(share, unseen[2 * n], unseen[2 * n + 1]) + energy + logZ,
    )
    return nats.reduce((sum, value) => sum + value, 0) / nats.length
  })
  return median(lost)
}

function* measure({ quick }: { readonly quick: boolean }): Generator<Finding> {
  const alone = independentLoses(categories()).toFixed(2)
  const what = `categories of a known model, ${ROWS.toLocaleString('en')} rows, the middle of three seeds, nats lost (independent fields: ${alone})`
  yield { what, figure: categoriesLost({}), goal: 0.02, bound: 'most' }
  yield { what: `${what}, thrifty`, figure: categoriesLost(thrifty), goal: 0.03, bound: 'most' }
  for (const share of quick ? [0.5] : [0.5, 1]) {
    const apart = share === 1 ? 'eight' : 'four'
    const figure = numbersLost(share, {})
    yield { what: `three Gaussians ${apart} deviations apart, nats lost`, figure, goal: 0.1, bound: 'most' }
    if (!quick)
      mention(`the same with persistent chains: ${numbersLost(share, { persistentChains: 4 }).toFixed(3)}`)
  }
}

export const known: Part = { name: 'known', measure }
