/** Likelihood against presentations: one example at a time, and mini-batches, of 16 hidden units whose log Z is exact. */
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { exactLogPartition } from '../../pipeline/index.ts'
import { type Images, shuffledOrder, sizeOf } from '../images/images.ts'
import { MiniBatch, type MiniBatchOptions, type Parameters } from './mini-batch.ts'

export const HIDDEN = 16
/** Rows that the starting point is taken from. */
const FIRST = 1000

/** When contestants are asked. */
export const MOMENTS = [1000, 2000, 5000, 10_000, 20_000, 60_000, 120_000, 360_000]

/** A learner, from its first row to whenever it is asked. */
interface Learner {
  learn(rows: Float32Array): void
  /** A product that scores with what has been learned. */
  product(): Product
  release(): void
}

/** Given the first rows and a seed. */
export type Contestant = (first: Float32Array, width: number, seed: number) => Learner

const online =
  (options: FamilyOptions): Contestant =>
  (first, width, seed) => {
    const product = rbm.create([{ kind: 'bernoulli', size: width }], { hidden: HIDDEN, seed, ...options })
    product.initialise(first)
    return {
      learn: rows => product.learnMany(rows),
      product: () => product,
      release: () => product.release(),
    }
  }

/** The last parameters answer, whoever took their average. */
const plain = (width: number) =>
  rbm.create([{ kind: 'bernoulli', size: width }], { hidden: HIDDEN, averaging: false })

function load(product: Product, { w, b, c }: Parameters): Product {
  const tensors = product.tensors()
  const put = (name: string, data: Float64Array) => ({
    [name]: { ...tensors[name], data: Float32Array.from(data) },
  })
  product.restore({ ...tensors, ...put('experts.w', w), ...put('experts.b', b), ...put('experts.c', c) })
  return product
}

export const BATCH = 100

export const miniBatch =
  (options: Pick<MiniBatchOptions, 'centred' | 'rate' | 'averaged'>): Contestant =>
  (first, width, seed) => {
    const rows = first.length / width
    const means = Float64Array.from({ length: width }, (_, i) => {
      let on = 1
      for (let at = i; at < first.length; at += width) on += first[at]
      return on / (rows + 2)
    })
    const product = plain(width)
    const machine = new MiniBatch(means, { ...options, hidden: HIDDEN, batch: BATCH, seed })
    return {
      learn(rows) {
        for (let at = 0; at < rows.length; at += BATCH * width)
          machine.learn(rows.subarray(at, at + BATCH * width))
      },
      product: () => load(product, machine.parameters()),
      release: () => product.release(),
    }
  }

/** Falls as the online rate does, after as many presentations. */
export const falling =
  (rate: number, decay: number) =>
  (presentations: number): number =>
    rate / Math.sqrt(1 + presentations / decay)

interface Entrant {
  readonly contestant: Contestant
  readonly seeds: readonly number[]
}

/** The rates of mini-batches are those that were best on held-out images; see docs/likelihood-results.md. */
export const entrants: Readonly<Record<string, Entrant>> = {
  'online, the recipe': { contestant: online({}), seeds: [1, 2] },
  'online, no averaging': { contestant: online({ averaging: false }), seeds: [1, 2] },
  'online, CD-1': { contestant: online({ persistentChains: 0 }), seeds: [1, 2] },
  'batches of 100, rate .01': { contestant: miniBatch({ centred: true, rate: () => 0.01 }), seeds: [1] },
  'batches of 100, falling rate': {
    contestant: miniBatch({ centred: true, rate: falling(0.5, 10_000) }),
    seeds: [1],
  },
  'batches of 100, averaged': {
    contestant: miniBatch({ centred: true, rate: falling(4, 10_000), averaged: true }),
    seeds: [1],
  },
}

/** After so many presentations, mean log-likelihood of the held-out images in nats. */
export interface Measured {
  readonly presentations: number
  readonly nats: number
}

function exactLikelihood(product: Product, { pixels }: Images): number {
  const energies = product.freeEnergies(pixels)
  return -energies.reduce((sum, energy) => sum + energy, 0) / energies.length - exactLogPartition(product)
}

/**
 * What a contestant knows of `held` after so many presentations, all multiples of the size of a batch, of black and white
 * images that come in another order at every pass.
 */
export function* curve(
  contestant: Contestant,
  train: Images,
  held: Images,
  moments: readonly number[],
  seed: number,
): Generator<Measured> {
  const size = sizeOf(train)
  const uniform = uniforms(seed)
  let order: number[] = []
  /** The next rows of an endless stream. */
  const next = (count: number) => {
    const rows = new Float32Array(count * size)
    for (let n = 0; n < count; n++) {
      if (order.length === 0) order = shuffledOrder(train.labels.length, uniform).reverse()
      const from = order.pop() ?? 0
      rows.set(train.pixels.subarray(from * size, (from + 1) * size), n * size)
    }
    return rows
  }
  const first = next(FIRST)
  const learner = contestant(first, size, seed)
  let done = 0
  let waiting = first
  for (const presentations of moments) {
    while (done < presentations) {
      const rows = waiting.length > 0 ? waiting : next(Math.min(FIRST, presentations - done))
      learner.learn(rows)
      done += rows.length / size
      waiting = new Float32Array(0)
    }
    yield { presentations, nats: exactLikelihood(learner.product(), held) }
  }
  learner.release()
}
