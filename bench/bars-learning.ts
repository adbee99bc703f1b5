/** How machines of 16 units learn bars and stripes, one presentation at a time, and how likely these are to them, exactly. */
import { uniforms } from '../fixtures/random.ts'
import type { FamilyOptions, Product } from '../pipeline/experts/product.ts'
import { rbm } from '../pipeline/experts/rbm.ts'
import { barsAndStripes, pixels } from '../test/reference/bars-and-stripes.ts'
import { logLikelihood } from '../test/reference/likelihood.ts'
import { MiniBatch, type Parameters } from './learning/mini-batch.ts'

const WIDTH = 16
/** Presentations of a pass: of the 30 patterns two come twice. */
export const PRESENTATIONS = 32

/** The patterns that differ. */
const patterns = new Map(
  Array.from({ length: PRESENTATIONS }, (_, n) => {
    const row = barsAndStripes.subarray(n * WIDTH, (n + 1) * WIDTH)
    return [row.join(''), row] as const
  }),
)
const distinct = Float32Array.from([...patterns.values()].flatMap(row => [...row]))

/** What is likely to a machine, in nats. */
export interface Fit {
  /** Mean over the 32 presentations; −3.379 at best. */
  readonly mean: number
  /** Σ over the 30 patterns; −102.59 where the mean is best. */
  readonly sum: number
  /** How often learning has begun anew because the stream seemed to change; it never does. */
  readonly resets: number
}

function fitOf({ w, b, c }: Parameters, resets = 0): Fit {
  return {
    resets,
    mean: logLikelihood(barsAndStripes, w, b, c),
    sum: patterns.size * logLikelihood(distinct, w, b, c),
  }
}

/** Under the averaged parameters, if there are any. */
function fitOfProduct(product: Product): Fit {
  const tensors = product.tensors()
  const prefix = product.options.averaging === true ? 'average' : 'experts'
  const [w, b, c] = ['w', 'b', 'c'].map(name => Float64Array.from(tensors[`${prefix}.${name}`].data))
  return fitOf({ w, b, c }, tensors.clock.data[1])
}

/** `count` presentations in random order. */
function drawn(count: number, uniform: () => number): Float32Array {
  const rows = new Float32Array(WIDTH * count)
  for (let n = 0; n < count; n++) {
    const pattern = Math.floor(PRESENTATIONS * uniform())
    rows.set(barsAndStripes.subarray(WIDTH * pattern, WIDTH * (pattern + 1)), WIDTH * n)
  }
  return rows
}

/**
 * The fit after each of these numbers of presentations, which grow.
 *
 * @param order 'passes' over all 32 in one order, or each drawn at 'random', as in a stream
 */
export function learnBars(
  options: FamilyOptions,
  after: readonly number[],
  order: 'passes' | 'random' = 'random',
): Fit[] {
  const product = rbm.create(pixels, { hidden: 16, ...options })
  const uniform = uniforms(Number(product.options.seed))
  product.initialise(barsAndStripes)
  let learned = 0
  const fits = after.map(presentations => {
    while (learned < presentations) {
      const count = order === 'passes' ? PRESENTATIONS : Math.min(10_000, presentations - learned)
      product.learnMany(order === 'passes' ? barsAndStripes : drawn(count, uniform))
      learned += count
    }
    return fitOfProduct(product)
  })
  product.release()
  return fits
}

/** The same with CD-1 in batches of all 32, whose updates are means. */
export function learnBarsInBatches(rate: number, seed: number, after: readonly number[]): Fit[] {
  const half = new Float64Array(WIDTH).fill(0.5)
  const options = { hidden: 16, batch: PRESENTATIONS, centred: false, fromData: true, rate: () => rate, seed }
  const learner = new MiniBatch(half, options)
  let learned = 0
  return after.map(presentations => {
    for (; learned < presentations; learned += PRESENTATIONS) learner.learn(barsAndStripes)
    return fitOf(learner.parameters())
  })
}
