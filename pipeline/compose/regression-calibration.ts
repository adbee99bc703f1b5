/** Calibration by multinomial logistic regression on the standardised scores of all classes (Hinton 2002, section 10.4). */
import type { Tensors } from '../experts/product.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import { type Calibration, type Examples, foldsOf, marginOf } from './calibration.ts'
import { logSumExp, SoftmaxRegression } from './softmax-regression.ts'

/** Parts that examples are divided into, each left out once. */
const FOLDS = 5
/** From which the one is chosen that is best for what is left out, where none is given. */
const PENALTIES = [1000, 100, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01]
/** Enough for a choice. */
const ROUGHLY = { tolerance: 1e-4, maxIterations: 100 }

interface Trial {
  readonly penalty: number
  /** Summed cross-entropy of what was left out, nats. */
  readonly loss: number
  readonly margins: Float64Array
}

export class RegressionCalibration implements Calibration {
  readonly #scoresPerClass: number
  /** null: chosen by cross-validation. */
  readonly #penalty: number | null
  #regression: SoftmaxRegression

  constructor(classes: number, scoresPerClass: number, penalty: number | null) {
    this.#scoresPerClass = scoresPerClass
    this.#penalty = penalty
    this.#regression = new SoftmaxRegression(classes * scoresPerClass, classes, { penalty: penalty ?? 1 })
  }

  /** Weights of a class over the standardised scores of all of them. */
  weightsOf(k: number): Float64Array {
    return this.#regression.weightsOf(k)
  }

  fit(examples: Examples): Float64Array {
    const { penalty, margins } = this.#leavingOut(examples)
    const { features, classes } = this.#regression
    this.#regression = new SoftmaxRegression(features, classes, { penalty })
    this.#regression.fit(examples.scores, examples.labels)
    return margins
  }

  /**
   * The best of the penalties, which fall until what is left out is predicted worse, and the margins of all examples by
   * regressions that were fitted without them.
   */
  #leavingOut(examples: Examples): Trial {
    const starts: SoftmaxRegression[] = []
    let best: Trial | undefined
    for (const penalty of this.#penalty === null ? PENALTIES : [this.#penalty]) {
      const trial = this.#trialOf(examples, penalty, starts)
      if (best && trial.loss >= best.loss) break
      best = trial
    }
    return best as Trial
  }

  /** With each part left out once; `starts`: the regressions of the penalty before, which those of this one replace. */
  #trialOf({ scores, labels }: Examples, penalty: number, starts: SoftmaxRegression[]): Trial {
    const folds = foldsOf(labels, FOLDS)
    const margins = new Float64Array(labels.length)
    let loss = 0
    for (let fold = 0; fold < FOLDS; fold++) {
      const numbers = [...labels.keys()]
      const kept = numbers.filter(n => folds[n] !== fold)
      if (kept.length === 0) continue
      const regression = this.#blank(penalty, starts[fold])
      starts[fold] = regression
      regression.fit(
        kept.map(n => scores[n]),
        kept.map(n => labels[n]),
      )
      for (const n of numbers.filter(n => folds[n] === fold)) {
        const logits = regression.logits(scores[n])
        loss += logSumExp(logits) - logits[labels[n]]
        margins[n] = marginOf(logits)
      }
    }
    return { penalty, loss, margins }
  }

  #blank(penalty: number, start?: SoftmaxRegression): SoftmaxRegression {
    const { features, classes } = this.#regression
    const regression = new SoftmaxRegression(features, classes, { penalty, ...ROUGHLY })
    if (start) regression.startFrom(start)
    return regression
  }

  learnOne(scores: Float64Array, label: number): void {
    this.#regression.learnOne(scores, label)
  }

  logits(scores: Float64Array): Float64Array {
    return this.#regression.logits(scores)
  }

  grow(classes: number): void {
    this.#regression.grow(classes * this.#scoresPerClass, classes)
  }

  tensors(): Tensors {
    const penalty = { shape: [1], data: Float64Array.of(this.#regression.options.penalty) }
    return { ...this.#regression.tensors(), penalty }
  }

  restore(prefix: string, tensors: TensorReader): void {
    const penalty = tensors.take(`${prefix}penalty`, Float64Array)
    const { features, classes } = this.#regression
    this.#regression = new SoftmaxRegression(features, classes, { penalty: penalty[0] })
    this.#regression.restore(prefix, tensors)
  }
}
