/**
 * Free energies that rank the digit 3: machines see black and white threes with 100 to 125 white pixels, and then other digits,
 * and threes of which a part is wrong, all with as many white pixels, so that none is told by its ink.
 */
import { uniforms } from '../../../fixtures/random.ts'
import { rocAuc } from '../../../pipeline/evaluation/roc-auc.ts'
import type { Product } from '../../../pipeline/experts/product.ts'
import { blackAndWhite, type Images, imageAt, ofClasses, selected, split } from '../../images/images.ts'
import { allMnist, someMnist } from '../../images/mnist.ts'
import { eachImage, inkOf, inkySquare, meanSquaredError, painted, swapped } from '../../images/spoil.ts'
import type { Finding } from '../finding.ts'
import type { Part, Source } from '../part.ts'
import { learned } from './machine.ts'

const [LEAST_INK, MOST_INK] = [100, 125]
const PATCH = 5
/** White pixels of a patch that is worth spoiling. */
const WORTH = 8
/** Of two thousand threes. */
const PASSES = 50
/** Strangers that an area is measured from. */
const FEWEST = 80
const NOT_THREE = [0, 1, 2, 4, 5, 6, 7, 8, 9]

const hasInk = (image: Float32Array) => {
  const ink = inkOf(image)
  return ink >= LEAST_INK && ink <= MOST_INK
}

/** The images that `isWanted` of. */
function those(images: Images, isWanted: (image: Float32Array) => boolean): Images {
  const numbers = Array.from(images.labels.keys()).filter(n => isWanted(imageAt(images, n)))
  return selected(images, numbers)
}

/** The images with 100 to 125 white pixels. */
export const withInk = (images: Images) => those(images, hasInk)

/** What is to be told from threes. A patch that was painted over has cost, or brought, the ink that is looked for. */
function strangers(test: Images, uniform: () => number): [what: string, images: Images][] {
  const threes = ofClasses(test, [3])
  const overpainted = (grey: number) => {
    const candidates = those(
      threes,
      image => !hasInk(image) && grey === Number(inkOf(image) < LEAST_INK) && inkOf(image) > LEAST_INK / 2,
    )
    return withInk(
      eachImage(candidates, image => painted(image, inkySquare(image, PATCH, WORTH, uniform), grey)),
    )
  }
  return [
    ['other digits', withInk(ofClasses(test, NOT_THREE))],
    ['two patches swapped', eachImage(withInk(threes), image => swapped(image, PATCH, WORTH, uniform))],
    ['a patch black', overpainted(0)],
    ['a patch white', overpainted(1)],
  ]
}

/** How well a score tells strangers from threes. */
function areaOf(score: (image: Float32Array) => number, threes: Images, others: Images): number {
  const scores = [threes, others].map(images =>
    Array.from(images.labels.keys(), n => score(imageAt(images, n))),
  )
  return (
    rocAuc(
      scores.flat(),
      scores.flatMap((some, which) => some.map(() => which)),
    ) ?? Number.NaN
  )
}

/** The goals, and reconstruction error beside them. */
function* compared(
  machine: Product,
  test: Images,
  goals: readonly [digits: number, parts: number],
  uniform: () => number,
): Generator<Finding> {
  const threes = withInk(ofClasses(test, [3]))
  const errorOf = (image: Float32Array) => meanSquaredError(image, machine.reconstruct(image))
  for (const [what, others] of strangers(test, uniform)) {
    if (others.labels.length < FEWEST) continue
    const area = areaOf(image => machine.freeEnergy(image), threes, others)
    const beside = areaOf(errorOf, threes, others)
    const counts = `${others.labels.length} beside ${threes.labels.length} threes`
    yield {
      what: `${what}, ${counts}: ROC-AUC of free energies`,
      figure: area,
      goal: goals[what === 'other digits' ? 0 : 1],
    }
    yield { what: `${what}: more than of reconstruction errors`, figure: area - beside, goal: 0 }
  }
}

function allOfThem(): [test: Images, train: Images] {
  const { test, train } = allMnist()
  return [blackAndWhite(test), blackAndWhite(train)]
}

/**
 * The ROC-AUC of a set in which two of a hundred are strangers is, but for chance, that beside all strangers, which is what is
 * measured.
 */
function* measure({ quick }: Source): Generator<Finding> {
  const digits = quick ? blackAndWhite(someMnist()) : undefined
  const [test, train] = digits ? split(digits, 3000) : allOfThem()
  const threes = withInk(ofClasses(train, [3]))
  for (const seed of quick ? [1] : [1, 2, 3]) {
    const machine = learned(threes, quick ? 10 : PASSES, { hidden: quick ? 100 : 200, seed })
    for (const finding of compared(machine, test, quick ? [0.9, 0.7] : [0.95, 0.8], uniforms(seed)))
      yield { ...finding, what: `seed ${seed}, ${finding.what}` }
    machine.release()
  }
}

/** Which threes are likely; quick: with a quarter of the digits. */
export const ranking: Part = { name: 'ranking', measure }
