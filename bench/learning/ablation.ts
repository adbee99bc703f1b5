/**
 * What each part of the recipe is worth: it is left out, or another takes its place. Of MNIST's training images the first 50,000 are
 * learned from and the last 10,000 are asked about; the test set has no part in it. 16 hidden units, exact log Z.
 */
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { rbm, thorough, thrifty } from '../../pipeline/experts/rbm.ts'
import { relaxed } from '../../pipeline/relaxed.ts'
import { type Images, ofClasses, shuffled, sizeOf } from '../images/images.ts'
import { meanLogLikelihood } from './exact.ts'

export const HELD_FROM = 50_000
/** Rows that the starting point is taken from. */
const FIRST = 1000

export interface Variant {
  readonly what: string
  readonly options: FamilyOptions
  /** Asked after so many passes, rising. */
  readonly passes: readonly number[]
  /** All biases are zero at first: nobody has looked at the data. */
  readonly cold?: boolean
  /** After a pass over 0 to 4 the stream is 5 to 9, or after one over all digits it is their negatives; a pass more. */
  readonly afterwards?: 'others' | 'negatives'
}

const SIX = [1, 6]
const ONCE = [1]

export const variants: readonly Variant[] = [
  { what: 'the recipe', options: {}, passes: SIX },
  { what: 'thrifty', options: thrifty, passes: SIX },
  { what: 'thorough', options: thorough, passes: SIX },
  { what: 'no averages', options: { averaging: false }, passes: ONCE },
  { what: 'averages over 10,000 rows at most', options: { averagingFloor: 0.002 }, passes: ONCE },
  { what: 'not centred', options: { centering: false }, passes: ONCE },
  { what: 'one chain', options: { persistentChains: 1 }, passes: ONCE },
  { what: 'chains that start at the row (CD-1)', options: { persistentChains: 0 }, passes: ONCE },
  { what: 'constant rate .02', options: { learningRateDecay: 0 }, passes: ONCE },
  { what: 'no weight decay', options: { weightDecay: 0 }, passes: ONCE },
  { what: 'biases zero at first', options: {}, passes: ONCE, cold: true },
  { what: '5–9 after 0–4', options: {}, passes: ONCE, afterwards: 'others' },
  {
    what: '5–9 after 0–4, no drift reset',
    options: { driftReset: false },
    passes: ONCE,
    afterwards: 'others',
  },
  { what: 'negatives after digits', options: {}, passes: ONCE, afterwards: 'negatives' },
  { what: 'the same, no drift reset', options: { driftReset: false }, passes: ONCE, afterwards: 'negatives' },
  { what: 'the same, no revival', options: { revival: false }, passes: ONCE, afterwards: 'negatives' },
]

/** Nats of the held-out images after each of the passes, drift resets and units drawn anew on the way. */
export interface Ablated {
  readonly nats: readonly number[]
  readonly resets: number
  readonly revived: number
}

const negative = (images: Images): Images => ({ ...images, pixels: images.pixels.map(share => 1 - share) })

/** What is learned from first, and what then. */
function streamsOf(train: Images, held: Images, afterwards: Variant['afterwards']) {
  if (afterwards === 'others') {
    const late = [5, 6, 7, 8, 9]
    return {
      first: ofClasses(train, [0, 1, 2, 3, 4]),
      second: ofClasses(train, late),
      asked: ofClasses(held, late),
    }
  }
  if (afterwards === 'negatives') return { first: train, second: negative(train), asked: negative(held) }
  return { first: undefined, second: train, asked: held }
}

function machineFor({ options, cold }: Variant, first: Float32Array, width: number, seed: number): Product {
  const machine = rbm.create([{ kind: 'bernoulli', size: width }], { hidden: 16, ...options, seed }, relaxed)
  if (!cold) machine.initialise(first.subarray(0, FIRST * width))
  return machine
}

/** One variant with one seed, the images in another order at every pass. */
export function ablate(variant: Variant, train: Images, held: Images, seed: number): Ablated {
  const uniform = uniforms(seed)
  const { first, second, asked } = streamsOf(train, held, variant.afterwards)
  let { pixels } = shuffled(first ?? second, uniform)
  const machine = machineFor(variant, pixels, sizeOf(train), seed)
  if (first) {
    machine.learnMany(pixels)
    pixels = shuffled(second, uniform).pixels
  }
  const nats: number[] = []
  for (let pass = 1; pass <= Math.max(...variant.passes); pass++) {
    if (pass > 1) pixels = shuffled(second, uniform).pixels
    machine.learnMany(pixels)
    if (!variant.passes.includes(pass)) continue
    nats.push(meanLogLikelihood(machine, asked.pixels))
  }
  const [, resets = 0, revived = 0] = machine.tensors().clock?.data ?? []
  machine.release()
  return { nats, resets, revived }
}
