/**
 * Streams that change: the digits 0 to 4 until there are 5 to 9 only, by a Boltzmann machine of 16 hidden units that is told
 * nothing; and streams that do not, which must not be taken for others.
 */
import { uniforms } from '../../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../../pipeline/experts/product.ts'
import { rbm } from '../../../pipeline/experts/rbm.ts'
import { relaxed } from '../../../pipeline/relaxed.ts'
import { blackAndWhite, type Images, ofClasses, shuffled, sizeOf, split } from '../../images/images.ts'
import { allMnist, someMnist } from '../../images/mnist.ts'
import { meanLogLikelihood } from '../../learning/exact.ts'
import type { Finding } from '../finding.ts'
import type { Part, Source } from '../part.ts'
import { mention, working } from '../progress.ts'

const FIRST = 1000
const SEEDS = [1, 2, 3]
const EARLY = [0, 1, 2, 3, 4]
const LATE = [5, 6, 7, 8, 9]

/** Train and held-out images. */
interface Digits {
  readonly train: Images
  readonly held: Images
}

const machineFor = (images: Images, options: FamilyOptions) =>
  rbm.create([{ kind: 'bernoulli', size: sizeOf(images) }], { hidden: 16, ...options }, relaxed)

/** Rows learned as the clock has it, resets, and units drawn anew. */
const clockOf = (machine: Product) => Array.from(machine.tensors().clock.data)

/** From 0–4 to 5–9: nats of unseen 5–9 after so many of them, and how often the clock was put back. */
function afterSwitch({ train, held }: Digits, after: readonly number[], options: FamilyOptions) {
  const uniform = uniforms(Number(options.seed))
  const [early, late] = [EARLY, LATE].map(classes => shuffled(ofClasses(train, classes), uniform).pixels)
  const unseen = ofClasses(held, LATE).pixels
  const size = sizeOf(train)
  const machine = machineFor(train, options)
  machine.initialise(early.subarray(0, FIRST * size))
  machine.learnMany(early)
  const [, before = 0] = machine.tensors().clock?.data ?? []
  let done = 0
  const nats = after.map(count => {
    machine.learnMany(late.subarray(done * size, count * size))
    done = count
    return meanLogLikelihood(machine, unseen)
  })
  const [, resets = 0] = machine.tensors().clock?.data ?? []
  machine.release()
  return { nats, before, resets: resets - before }
}

/** So many records of one stream, pass after pass: how often it was taken for another. */
function falseResets(images: Images, records: number, seed: number): number {
  const uniform = uniforms(seed)
  const size = sizeOf(images)
  const machine = machineFor(images, { seed })
  for (let done = 0; done < records; ) {
    const { pixels, labels } = shuffled(images, uniform)
    if (done === 0) machine.initialise(pixels.subarray(0, FIRST * size))
    const count = Math.min(labels.length, records - done)
    machine.learnMany(pixels.subarray(0, count * size))
    done += count
  }
  const [, resets] = clockOf(machine)
  machine.release()
  return resets
}

/** Without the first rows: all biases are zero, and every pixel is on half of the time. */
function fromNothing({ train, held }: Digits, seed: number): number {
  const machine = machineFor(train, { seed })
  machine.learnMany(shuffled(train, uniforms(seed)).pixels)
  const nats = meanLogLikelihood(machine, held.pixels)
  machine.release()
  return nats
}

/** Digits, then their negatives, in which every unit is saturated at first. */
function afterInversion({ train, held }: Digits, options: FamilyOptions): { nats: number; revived: number } {
  const uniform = uniforms(Number(options.seed))
  const negative = (pixels: Float32Array) => pixels.map(share => 1 - share)
  const machine = machineFor(train, options)
  const { pixels } = shuffled(train, uniform)
  machine.initialise(pixels.subarray(0, FIRST * sizeOf(train)))
  machine.learnMany(pixels)
  machine.learnMany(negative(shuffled(train, uniform).pixels))
  const nats = meanLogLikelihood(machine, negative(held.pixels))
  const [, , revived = 0] = machine.tensors().clock?.data ?? []
  machine.release()
  return { nats, revived }
}

function* whole(digits: Digits): Generator<Finding> {
  for (const seed of SEEDS) {
    working(`from 0–4 to 5–9, seed ${seed}`)
    const after = [1000, 5000, 20_000]
    const { nats, before, resets } = afterSwitch(digits, after, { seed })
    mention(`after ${after.join(', ')}: ${nats.map(value => value.toFixed(2)).join(', ')}`)
    yield { what: `seed ${seed}, 20,000 records after the switch, nats of 5–9`, figure: nats[2], goal: -144 }
    yield { what: `seed ${seed}, drift resets by the switch`, figure: resets, goal: 1 }
    yield { what: `seed ${seed}, drift resets before it`, figure: before, goal: 0, bound: 'most' }
  }
  const off = afterSwitch(digits, [20_000], { seed: 1, driftReset: false })
  mention(`without drift reset, 20,000 records after the switch, nats of 5–9: ${off.nats[0].toFixed(2)}`)
  for (const seed of SEEDS) {
    working(`500,000 records of one stream, seed ${seed}`)
    const what = `seed ${seed}, false drift resets in 500,000 records`
    yield { what, figure: falseResets(digits.train, 500_000, seed), goal: 0, bound: 'most' }
  }
  for (const seed of SEEDS) {
    const what = `seed ${seed}, all biases zero at first, one pass, test nats`
    yield { what, figure: fromNothing(digits, seed), goal: -142 }
  }
  const { nats, revived } = afterInversion(digits, { seed: 1 })
  mention(`units drawn anew when digits became their negatives: ${revived}`)
  yield { what: 'a pass over the negatives after one over the digits, test nats', figure: nats, goal: -142 }
  const without = afterInversion(digits, { seed: 1, revival: false })
  mention(`the same without revival: ${without.nats.toFixed(2)}`)
}

/** Ten thousand digits: a fifth of them before the switch, and after it. Without a reset −149. */
function* reduced(): Generator<Finding> {
  const [train, held] = split(blackAndWhite(someMnist()), 9000)
  const { nats, before, resets } = afterSwitch({ train, held }, [4000], { seed: 1 })
  yield { what: '4,000 records after the switch, nats of 5–9', figure: nats[0], goal: -147 }
  yield { what: 'drift resets by the switch', figure: resets, goal: 1 }
  yield { what: 'drift resets before it', figure: before, goal: 0, bound: 'most' }
  yield {
    what: 'false drift resets in 20,000 records',
    figure: falseResets(train, 20_000, 2),
    goal: 0,
    bound: 'most',
  }
}

function* measure({ folder, quick }: Source): Generator<Finding> {
  if (quick) return yield* reduced()
  const { train, test } = allMnist(folder)
  yield* whole({ train: blackAndWhite(train), held: blackAndWhite(test) })
}

export const change: Part = { name: 'switch', measure }
