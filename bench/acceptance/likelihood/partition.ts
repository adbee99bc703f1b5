/** log Z by annealing beside its exact value, and what a temperature costs. */
import { uniforms } from '../../../fixtures/random.ts'
import type { Product, VisibleGroup } from '../../../pipeline/experts/product.ts'
import { rbm } from '../../../pipeline/experts/rbm.ts'
import {
  bracketLogPartition,
  estimateLogPartition,
  exactLogPartition,
  type LogPartition,
} from '../../../pipeline/index.ts'
import { relaxed as relaxedKernels } from '../../../pipeline/relaxed.ts'
import {
  distribution,
  load,
  type Machine,
  randomMachine,
  rounded,
  visibleStates,
} from '../../../test/reference/rbm.ts'
import { blackAndWhite } from '../../images/images.ts'
import { allMnist } from '../../images/mnist.ts'
import type { Finding } from '../finding.ts'
import type { Part } from '../part.ts'
import { mention, working } from '../progress.ts'
import { learningMachine, nothingOverfitted, sites } from './tracking.ts'

const PIXELS = 784
/** Rows that the starting point is taken from. */
const FIRST = 1000

const bits = (size: number): VisibleGroup[] => [{ kind: 'bernoulli', size }]
/** The error as a multiple of the standard deviation that the weights show: low and high are six of them apart. */
const deviations = ({ logPartition, low, high }: LogPartition, exact: number) =>
  (6 * Math.abs(logPartition - exact)) / (high - low)

function productOf(machine: Machine): Product {
  const product = rbm.create(machine.visible, { hidden: machine.c.length })
  load(product, machine)
  return product
}

/** Independent draws from the machine: the inverse of its distribution function. */
function draws(machine: Machine, count: number, uniform: () => number): Float32Array {
  const states = visibleStates(machine.visible)
  const masses = distribution(machine).logP.map(Math.exp)
  const draw = () => {
    let left = uniform()
    const chosen = masses.findIndex(mass => {
      left -= mass
      return left < 0
    })
    // Rounding may leave something over.
    return states[Math.max(0, chosen)]
  }
  return Float32Array.from(Array.from({ length: count }, draw).flat())
}

/** 12 × 8, weights of deviation 1.5: both directions, three lengths. */
async function* small(): AsyncGenerator<Finding> {
  const machine = rounded(randomMachine(bits(12), 8, 1.5, uniforms(5)))
  const product = productOf(machine)
  const exact = exactLogPartition(product)
  for (const direction of ['forward', 'reverse'] as const) {
    const starts = direction === 'reverse' ? draws(machine, 100, uniforms(6)) : undefined
    for (const steps of [100, 1000, 10_000]) {
      const found = await estimateLogPartition(product, { direction, starts, temperatures: steps })
      const what = `12 × 8, ${direction}, ${steps} temperatures`
      yield {
        what: `${what}: error in standard deviations`,
        figure: deviations(found, exact),
        goal: 4,
        bound: 'most',
      }
      if (steps !== 1000) continue
      const error = Math.abs(found.logPartition - exact)
      yield { what: `${what}: error, nats`, figure: error, goal: 0.05, bound: 'most' }
    }
  }
  product.release()
}

/** Without weights nothing is left to chance. */
async function* weightless(): AsyncGenerator<Finding> {
  const machine = rounded(randomMachine(bits(12), 8, 0, uniforms(1)))
  machine.b.set(rounded(randomMachine(bits(12), 1, 1, uniforms(2))).b)
  const product = productOf(machine)
  const base = Float32Array.from(machine.b)
  const { logPartition, low, high } = await estimateLogPartition(product, { base, temperatures: 100 })
  const error = Math.abs(logPartition - exactLogPartition(product))
  yield { what: 'W = 0: error, nats', figure: error, goal: 1e-9, bound: 'most' }
  yield { what: 'W = 0: width of the error bars, nats', figure: high - low, goal: 0, bound: 'most' }
  product.release()
}

const TURNS = 40
const CHAINS = 100
const TEMPERATURES = 14_500

/** Milliseconds of each of several works, in turns: the fastest of each, for others may use the machine too. */
function fastest(works: readonly (() => void)[]): number[] {
  const times = works.map(() => Number.POSITIVE_INFINITY)
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [n, work] of works.entries()) {
      const started = performance.now()
      work()
      times[n] = Math.min(times[n], performance.now() - started)
    }
  }
  return times
}

/** A temperature of a chain, and a sweep of a sample, beside a CD-1 step, at 784 × 500. */
export function* annealingCost(): Generator<Finding> {
  const uniform = uniforms(1)
  const rows = Float32Array.from({ length: 64 * PIXELS }, () => Number(uniform() < 0.2))
  for (const relaxed of [false, true]) {
    const product = rbm.create(
      bits(PIXELS),
      {
        hidden: 500,
        persistentChains: 0,
        centering: false,
        averaging: false,
        sampleVisible: false,
        learningRate: 1e-6,
      },
      relaxed ? relaxedKernels : {},
    )
    const chains = {
      states: new Float32Array(CHAINS * PIXELS),
      logWeights: new Float64Array(CHAINS),
      base: new Float32Array(PIXELS),
      random: Uint32Array.from({ length: 16 }, (_, n) => n + 1),
    }
    const [step, sweep, temperature] = fastest([
      () => product.learnMany(rows),
      () => product.sample(CHAINS, 1),
      () => product.anneal?.(chains, Float64Array.of(0.5, 0.501)),
    ]).map((time, n) => time / (n === 0 ? 64 : CHAINS))
    product.release()
    const target = relaxed ? 'relaxed' : 'plain'
    const what = `784 × 500, ${target}: CD-1 steps`
    yield { what: `${what} for a sweep of a chain`, figure: sweep / step, goal: 0.45, bound: 'most' }
    yield {
      what: `${what} for a temperature of a chain`,
      figure: temperature / step,
      goal: 0.5,
      bound: 'most',
    }
    const seconds = (CHAINS * TEMPERATURES * temperature) / 1000
    mention(`${CHAINS} chains, ${TEMPERATURES} temperatures, ${target}: ${seconds.toFixed(0)} s`)
  }
}

/** 16 hidden units after a pass over MNIST. */
async function* digits(folder: string | undefined): AsyncGenerator<Finding> {
  working('one pass over MNIST, and 65,536 settings of the hidden units')
  const { pixels: rows } = blackAndWhite(allMnist(folder).train)
  const product = rbm.create(bits(PIXELS), { hidden: 16 })
  product.initialise(rows.subarray(0, FIRST * PIXELS))
  product.learnMany(rows)
  const exact = exactLogPartition(product)
  for (const direction of ['forward', 'reverse'] as const) {
    const starts = product.sample(CHAINS, 1000)
    const { logPartition } = await estimateLogPartition(product, { direction, starts, temperatures: 10_000 })
    const error = Math.abs(logPartition - exact)
    yield { what: `MNIST, 16 hidden units, ${direction}: error, nats`, figure: error, goal: 1, bound: 'most' }
  }
  const { low, high, logPartition } = await bracketLogPartition(product, { temperatures: 3000 })
  const what = 'MNIST, 16 hidden units, bracket'
  mention(`${what}: from ${(low - exact).toFixed(3)} to +${(high - exact).toFixed(3)} nats about log Z`)
  const outside = Math.max(low - exact, exact - high, 0)
  // Bounds hold in expectation.
  yield { what: `${what}: log Z outside of it, nats`, figure: outside, goal: 0.1, bound: 'most' }
  const error = Math.abs(logPartition - exact)
  yield { what: `${what}: error of both directions together, nats`, figure: error, goal: 0.5, bound: 'most' }
  product.release()
}

/** What estimates are worth; quick: of small machines. */
export const partition: Part = {
  name: 'partition',
  async *measure({ folder, quick }) {
    yield* small()
    yield* weightless()
    yield* sites()
    yield* nothingOverfitted(quick ? 20_000 : 500_000)
    yield* quick ? learningMachine(1000, [1]) : learningMachine(10_000, [1, 2, 3])
    if (!quick) yield* digits(folder)
  },
}
