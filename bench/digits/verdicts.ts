/** Classes from scores, by the softmax regression of `Classifier`, and how far to believe them. */
import { likeliest, marginOf } from '../../pipeline/compose/calibration.ts'
import { RegressionCalibration } from '../../pipeline/compose/regression-calibration.ts'

/** Images by their scores, F a class, class after class, and the numbers of their classes, 0 to K − 1. */
export interface Examples {
  readonly scores: readonly Float64Array[]
  readonly labels: readonly number[]
}

export interface Verdicts {
  /** Of each image: was it wrong? */
  readonly wrong: readonly boolean[]
  /** Of each image: log-odds of the likeliest class against the second, nats. */
  readonly margins: readonly number[]
  /** Weights of the regression for each class over the standardised scores. */
  readonly weights: readonly Float64Array[]
}

/** Fit a regression to the scores of `train`, and judge those of `test`. */
export function judge(train: Examples, test: Examples, classes: number): Verdicts {
  const calibration = new RegressionCalibration(classes, train.scores[0].length / classes, null)
  calibration.fit(train)
  const logits = test.scores.map(scores => calibration.logits(scores))
  return {
    wrong: logits.map((each, n) => likeliest(each) !== test.labels[n]),
    margins: logits.map(marginOf),
    weights: Array.from({ length: classes }, (_, k) => calibration.weightsOf(k)),
  }
}

/** Only some of the scores of each class: `keep` says which, counted from 0 to `perClass` − 1. */
export const ofScores = (
  { scores, labels }: Examples,
  perClass: number,
  keep: (score: number) => boolean,
): Examples => ({ labels, scores: scores.map(row => row.filter((_, i) => keep(i % perClass))) })

/** Only the images of some classes, and their scores under the products of those. */
export function ofClassesOnly({ scores, labels }: Examples, perClass: number, classes: readonly number[]) {
  const numbers = labels.flatMap((label, n) => (classes.includes(label) ? [n] : []))
  const own = (row: Float64Array) => classes.flatMap(k => [...row.slice(k * perClass, (k + 1) * perClass)])
  return {
    scores: numbers.map(n => Float64Array.from(own(scores[n]))),
    labels: numbers.map(n => classes.indexOf(labels[n])),
  }
}

export const errorsOf = ({ wrong }: Verdicts) => wrong.filter(Boolean).length

/** The share that is wrong. */
export const errorOf = (verdicts: Verdicts) => errorsOf(verdicts) / verdicts.wrong.length

const leastCertainFirst = ({ margins }: Verdicts) =>
  [...margins.keys()].sort((a, b) => margins[a] - margins[b])

/** The share of images that are no surer than the surest one that is wrong; 0 without errors. */
export function surestError(verdicts: Verdicts): number {
  const order = leastCertainFirst(verdicts)
  return (order.findLastIndex(n => verdicts.wrong[n]) + 1) / order.length
}

/** The share of errors among what is left when the least certain share `rejects` is put aside. */
export function errorAfterRejects(verdicts: Verdicts, rejects: number): number {
  const order = leastCertainFirst(verdicts)
  const left = order.slice(Math.round(rejects * order.length))
  return left.filter(n => verdicts.wrong[n]).length / left.length
}

/** The root of the sum of squares of the weights of some of the scores of each class. */
export function weightNorm(
  { weights }: Verdicts,
  perClass: number,
  keep: (score: number) => boolean,
): number {
  const squares = weights.flatMap(own => [...own].filter((_, i) => keep(i % perClass)).map(w => w * w))
  return Math.sqrt(squares.reduce((sum, each) => sum + each, 0))
}
