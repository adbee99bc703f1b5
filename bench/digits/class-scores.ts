/**
 * Scores of images under products of every class: unnormalised log-probabilities of each layer of each stack (Hinton 2002,
 * section 10). Images that a stack has learned score too well under it; cross-fitting gives every image scores under
 * stacks that have not.
 */
import { uniforms } from '../../fixtures/random.ts'
import { Stack } from '../../pipeline/compose/stack.ts'
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import { type Images, imageAt, ofClasses, selected, shuffled, sizeOf } from '../images/images.ts'
import { type Warping, warped } from './warp.ts'

/** How the stacks of a class are learned. */
export interface Recipe {
  /** Hidden units of the layers of each stack of a class, the bottom one first. */
  readonly architectures: readonly (readonly number[])[]
  /** Of every layer. */
  readonly options: Readonly<FamilyOptions>
  /** Times that each layer sees every image of its class, in a new order each time. */
  readonly passes: number
  /** Parts of the images, each of which is scored by stacks that learned the others. */
  readonly folds: number
  /** How images are changed each time they are seen; without it they are not. */
  readonly warping?: Warping
  readonly seed: number
}

/** One stack, its layers in turn. */
export function learnStack(images: Images, hidden: readonly number[], recipe: Recipe, seed: number): Stack {
  const layers = hidden.map(units => ({ ...recipe.options, hidden: units }))
  const stack = new Stack([{ kind: 'bernoulli', size: sizeOf(images) }], {
    layers,
    learning: 'in turn',
    seed,
  })
  const uniform = uniforms(seed)
  const { warping } = recipe
  for (const layer of hidden.keys()) {
    if (layer > 0) stack.advance()
    stack.initialise(images.pixels)
    for (let pass = 0; pass < recipe.passes; pass++) {
      const seen = shuffled(images, uniform)
      stack.learnMany((warping ? warped(seen, warping, uniform) : seen).pixels)
    }
  }
  return stack
}

/** The stacks of each class, in the order of `classes`. */
type Stacks = readonly (readonly Stack[])[]

const stacksOf = (images: Images, classes: readonly number[], recipe: Recipe, seed: number): Stacks =>
  classes.map(label => {
    const own = ofClasses(images, [label])
    return recipe.architectures.map((hidden, n) =>
      learnStack(own, hidden, recipe, seed + 100 * label + 10 * n),
    )
  })

/** N rows of the scores of all layers of all stacks of all classes, in that order from the inside to the outside. */
const scoresUnder = (stacks: Stacks, images: Images): Float64Array[] =>
  Array.from(images.labels, (_, n) =>
    Float64Array.from(stacks.flatMap(own => own.flatMap(stack => [...stack.scores(imageAt(images, n))]))),
  )

function meanOf(rows: readonly Float64Array[]): Float64Array {
  const mean = new Float64Array(rows[0].length)
  for (const row of rows) for (let i = 0; i < mean.length; i++) mean[i] += row[i] / rows.length
  return mean
}

const without = (rows: readonly Float64Array[], constants: Float64Array) =>
  rows.map(row => row.map((score, i) => score - constants[i]))

export interface Scored {
  /** Of the images that were learned from, each under stacks that did not learn it. */
  readonly train: readonly Float64Array[]
  /** Of other images: the average over the stacks of all folds. */
  readonly test: readonly Float64Array[]
}

/**
 * Scores of `train` and `test`, `layers × architectures` of them a class. Those of a fold are relative to their mean over the
 * images that its stacks did not learn, because every product has a log Z of its own.
 */
export function crossFitted(
  train: Images,
  test: Images,
  classes: readonly number[],
  recipe: Recipe,
  onFold: (fold: number) => void = () => {},
): Scored {
  const numbers = [...train.labels.keys()]
  const own: Float64Array[] = []
  const others: Float64Array[][] = []
  for (let fold = 0; fold < recipe.folds; fold++) {
    onFold(fold)
    const left = numbers.filter(n => n % recipe.folds === fold)
    const learned = selected(
      train,
      numbers.filter(n => n % recipe.folds !== fold),
    )
    const stacks = stacksOf(learned, classes, recipe, 10_000 * recipe.seed + 1000 * fold)
    const scores = scoresUnder(stacks, selected(train, left))
    const constants = meanOf(scores)
    for (const [n, row] of without(scores, constants).entries()) own[left[n]] = row
    others.push(without(scoresUnder(stacks, test), constants))
    for (const stack of stacks.flat()) stack.release()
  }
  return { train: own, test: others[0].map((_, n) => meanOf(others.map(rows => rows[n]))) }
}
