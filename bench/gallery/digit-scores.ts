/**
 * Scores of digits under products that know one class each: how two of them part two classes (Hinton 2002, figures 7, 8), and
 * what a regression makes of those of all ten (figure 9).
 */
import { crossFitted, type Recipe, type Scored } from '../digits/class-scores.ts'
import { FINER_RECIPE } from '../digits/recipe.ts'
import { judge } from '../digits/verdicts.ts'
import { type Images, split } from '../images/images.ts'
import { someMnist } from '../images/mnist.ts'
import type { Figure } from './figure.ts'

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const LEARNED = 5000
const JUDGED = 2000
const recipe: Recipe = { ...FINER_RECIPE, architectures: [[100, 50]], passes: 12, folds: 2 }
const PER_CLASS = 2
/** Points of a class in a panel. */
const SHOWN = 150

interface Learned extends Scored {
  readonly images: readonly [train: Images, test: Images]
}

let before: Learned | undefined

/** Learned once for all pictures of this file. */
function learned(): Learned {
  if (before) return before
  const [train, others] = split(someMnist(), LEARNED)
  const [test] = split(others, JUDGED)
  before = { ...crossFitted(train, test, DIGITS, recipe), images: [train, test] }
  return before
}

type Axis = 'x' | 'y'

/** The scores of two classes, those of both layers added up, under the products of both. */
function panel(rows: readonly Float64Array[], { labels }: Images, classes: readonly number[], title: string) {
  const under = (row: Float64Array, k: number) => Math.round(row[PER_CLASS * k] + row[PER_CLASS * k + 1])
  const values = classes.flatMap(label =>
    rows
      .flatMap((row, n) =>
        labels[n] === label
          ? [{ x: under(row, classes[0]), y: under(row, classes[1]), digit: `${label}` }]
          : [],
      )
      .slice(0, SHOWN),
  )
  const axis = (field: Axis, label: number) => ({
    field,
    type: 'quantitative' as const,
    title: `score under ${label}s, nats`,
    scale: { zero: false },
    axis: { grid: false, tickCount: 5 },
  })
  return {
    title,
    width: 240,
    height: 240,
    data: { values },
    mark: { type: 'point' as const, aria: false, size: 14, opacity: 0.8 },
    encoding: {
      x: axis('x', classes[0]),
      y: axis('y', classes[1]),
      color: { field: 'digit', type: 'nominal' as const, scale: { range: ['#2a6f97', '#d1495b'] } },
      shape: { field: 'digit', type: 'nominal' as const },
    },
  }
}

const scores: Figure = {
  name: 'scores',
  title: 'Scores under the products of two classes: images that their stacks did not learn',
  async draw() {
    const { train, test, images } = learned()
    const row = (classes: readonly number[]) => ({
      hconcat: [
        panel(train, images[0], classes, `${classes.join(' or ')}: images of the training set`),
        panel(test, images[1], classes, `${classes.join(' or ')}: test images`),
      ],
      resolve: { scale: { color: 'shared' as const, shape: 'shared' as const } },
    })
    return {
      vconcat: [row([4, 6]), row([7, 9])],
      resolve: { scale: { color: 'independent', shape: 'independent' } },
    }
  },
}

const logisticWeights: Figure = {
  name: 'logistic-weights',
  title: 'What a class is told by: weights of the regression over standardised scores',
  async draw() {
    const { train, test, images } = learned()
    const labels = images.map(({ labels }) => [...labels])
    const { weights } = judge(
      { scores: train, labels: labels[0] },
      { scores: test, labels: labels[1] },
      DIGITS.length,
    )
    const values = weights.flatMap((own, k) =>
      [...own].map((weight, i) => ({
        class: k,
        product: Math.floor(i / PER_CLASS),
        layer: i % PER_CLASS === 0 ? 'First layer' : 'Second layer',
        weight: Number(weight.toFixed(2)),
      })),
    )
    const most = Math.max(...values.map(({ weight }) => Math.abs(weight)))
    return {
      data: { values },
      facet: { column: { field: 'layer', type: 'nominal', title: null } },
      spec: {
        width: 260,
        height: 260,
        mark: { type: 'rect', aria: false },
        encoding: {
          x: {
            field: 'product',
            type: 'ordinal',
            title: 'score under the product of',
            axis: { labelAngle: 0 },
          },
          y: { field: 'class', type: 'ordinal', title: 'speaks for the class' },
          color: {
            field: 'weight',
            type: 'quantitative',
            scale: { scheme: 'redblue', domain: [-most, most] },
            title: 'weight',
          },
        },
      },
    }
  },
}

export const figure: Figure[] = [scores, logisticWeights]
