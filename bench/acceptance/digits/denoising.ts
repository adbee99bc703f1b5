/**
 * Black and white digits with noise, and with a part missing, put right by a Boltzmann machine: by one look up and down
 * (mean-field), and by the mean of what may have been there (Gibbs sampling); beside a median filter of 3 × 3 pixels.
 */
import { uniforms } from '../../../fixtures/random.ts'
import type { Product } from '../../../pipeline/experts/product.ts'
import { posteriorMean } from '../../../pipeline/posterior-mean.ts'
import { blackAndWhite, type Images, split } from '../../images/images.ts'
import { allMnist, someMnist } from '../../images/mnist.ts'
import {
  eachImage,
  flipped,
  inkySquare,
  meanSquaredError,
  medianFilled,
  medianFiltered,
  painted,
  saltedAndPeppered,
} from '../../images/spoil.ts'
import type { Finding } from '../finding.ts'
import type { Part, Source } from '../part.ts'
import { mention, working } from '../progress.ts'
import { learned } from './machine.ts'

/** Of a block that is not known, and the white pixels that it hides at least. */
const [SIDE, HIDDEN_INK] = [10, 15]
/** Rounds of mean-field that fill a block. */
const ROUNDS = 10

type Way = (image: Float32Array) => Float32Array

/** Mean-field with what is known held: the rest is what the last round made of it. */
export function filledByMeanField(machine: Product, image: Float32Array, rounds = ROUNDS): Float32Array {
  let filled = machine.reconstruct(image)
  for (let round = 0; round < rounds; round++) {
    const whole = image.map((pixel, at) => (Number.isNaN(pixel) ? filled[at] : pixel))
    filled = machine.reconstruct(whole)
  }
  return image.map((pixel, at) => (Number.isNaN(pixel) ? filled[at] : pixel))
}

/** A kind of damage, and what is done about it. */
interface Damage {
  readonly what: string
  readonly damaged: Images
  readonly ways: Readonly<Record<'mean-field' | 'Gibbs' | 'median filter', Way>>
}

/** Noise of which one pixel in ten comes out wrong, in both kinds. */
const NOISE = 0.1

function damages(machine: Product, clean: Images, sweeps: number): Damage[] {
  const uniform = uniforms(4)
  const ways = {
    'mean-field': (image: Float32Array) => machine.reconstruct(image),
    Gibbs: (image: Float32Array) => posteriorMean(machine, image, { noise: NOISE, sweeps }),
    'median filter': medianFiltered,
  }
  const block = (image: Float32Array) =>
    painted(image, inkySquare(image, SIDE, HIDDEN_INK, uniform), Number.NaN)
  return [
    {
      what: '10 % flipped',
      damaged: eachImage(clean, image => flipped(image, NOISE, uniform)),
      ways,
    },
    {
      what: '20 % salt and pepper',
      damaged: eachImage(clean, image => saltedAndPeppered(image, 2 * NOISE, uniform)),
      ways,
    },
    {
      what: '10 × 10 missing',
      damaged: eachImage(clean, block),
      ways: {
        'mean-field': image => filledByMeanField(machine, image),
        Gibbs: image => posteriorMean(machine, image, { sweeps }),
        'median filter': medianFilled,
      },
    },
  ]
}

/** Errors of what was done about the damage as shares of the error before; a block that is missing counts as black. */
function* errorsOf({ what, damaged, ways }: Damage, clean: Images, goal: number): Generator<Finding> {
  const black = damaged.pixels.map(pixel => (Number.isNaN(pixel) ? 0 : pixel))
  const before = meanSquaredError(black, clean.pixels)
  const shares = Object.entries(ways).map(([name, way]) => {
    working(`${what}, ${name}`)
    return [name, meanSquaredError(eachImage(damaged, way).pixels, clean.pixels) / before] as const
  })
  const listed = shares.map(([name, share]) => `${name} ${share.toFixed(3)}`).join(', ')
  mention(`${what}: error before ${before.toFixed(4)}; left of it: ${listed}`)
  const [meanField, gibbs, median] = shares.map(([, share]) => share)
  yield { what: `${what}: error left by mean-field`, figure: meanField, goal, bound: 'most' }
  yield { what: `${what}: error left by Gibbs sampling`, figure: gibbs, goal, bound: 'most' }
  const better = Math.min(meanField, gibbs)
  yield { what: `${what}: beside that of a median filter`, figure: better / median, goal: 1, bound: 'most' }
}

/** What is learned from, what is damaged. */
function digits(quick: boolean): [learn: Images, clean: Images] {
  if (quick) {
    const [some] = split(blackAndWhite(someMnist()), 3024)
    const [clean, learn] = split(some, 24)
    return [learn, clean]
  }
  const { train, test } = allMnist()
  return [blackAndWhite(train), split(blackAndWhite(test), 100)[0]]
}

function* measure({ quick }: Source): Generator<Finding> {
  const [learn, clean] = digits(quick)
  working('digits are learned')
  const machine = learned(learn, 1, { hidden: quick ? 64 : 500, seed: 1 })
  for (const damage of damages(machine, clean, quick ? 40 : 100))
    yield* errorsOf(damage, clean, quick ? 0.7 : 0.5)
  machine.release()
}

/** What is put right; quick: with 64 hidden units and 24 digits. */
export const denoising: Part = { name: 'denoising', measure }
