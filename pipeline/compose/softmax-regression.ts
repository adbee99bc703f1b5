/**
 * Multinomial logistic regression: p(k | x) ∝ exp(c_k + W_k·x) over standardised features, in double precision. Weights are
 * found all at once, by L-BFGS, where the penalised likelihood is greatest, or row by row by steps that measure their length by all rows so far.
 */
import { areWithin, LARGEST_PARAMETER } from '../bounds.ts'
import { exp, log } from '../elementary.ts'
import { show } from '../errors.ts'
import type { Tensors } from '../experts/product.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import { prefixed } from '../state/tensors.ts'
import { Curvature } from './curvature.ts'
import { minimise } from './minimise.ts'
import { checkNames } from './option-names.ts'
import { RunningCurvature } from './running-curvature.ts'
import { Standardisation } from './standardisation.ts'

export interface SoftmaxRegressionOptions {
  /** λ: beside the summed cross-entropy, in nats, stands λ/2 Σ W². Biases are not penalised. Default 1. */
  readonly penalty?: number
  /** `fit` stops when no derivative is larger than this times the number of rows. Default 1e-6. */
  readonly tolerance?: number
  /** Default 500. */
  readonly maxIterations?: number
}

const STANDARD: Required<SoftmaxRegressionOptions> = {
  penalty: 1,
  tolerance: 1e-6,
  maxIterations: 500,
}

/** Before there is any row: weights of standardised features are no larger than some tens. */
const LEAST_PRIOR = 1e-3
/** Of a row that is as good as certain. */
const LEAST_CURVATURE = 0.01

/** log Σ exp. */
export function logSumExp(logits: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY
  for (let k = 0; k < logits.length; k++) most = Math.max(most, logits[k])
  let sum = 0
  for (let k = 0; k < logits.length; k++) sum += exp(logits[k] - most)
  return most + log(sum)
}

/** Probabilities that are proportional to exp of the logits. */
export function softmax(logits: Float64Array): Float64Array {
  const total = logSumExp(logits)
  return logits.map(logit => exp(logit - total))
}

export class SoftmaxRegression {
  readonly options: Required<SoftmaxRegressionOptions>
  #features: number
  #classes: number
  /** K rows of p weights and a bias. */
  #parameters: Float64Array
  readonly #running: RunningCurvature
  readonly #standardisation: Standardisation
  #learned = 0

  /**
   * @param features p, the number of values of a row
   * @param classes K; labels are 0 to K − 1
   * @throws TypeError and RangeError for numbers and options of which no regression can be made
   */
  constructor(features: number, classes: number, options: SoftmaxRegressionOptions = {}) {
    checkNames('a regression', options, Object.keys(STANDARD), '{ penalty: 1 }')
    this.options = { ...STANDARD, ...options }
    for (const [name, value] of Object.entries({ features, classes })) {
      if (!Number.isSafeInteger(value) || value < 0)
        throw new RangeError(`Expected ${name} as a whole number of at least 0, got ${show(value)}.`)
    }
    for (const [name, value] of Object.entries(this.options)) {
      if (typeof value !== 'number')
        throw new TypeError(`Expected option ${name} as a number, got ${show(value)}.`)
      if (!(value >= 0 && value < Infinity))
        throw new RangeError(`Expected option ${name} as a number of at least 0, got ${show(value)}.`)
    }
    this.#features = features
    this.#classes = classes
    this.#parameters = new Float64Array(classes * (features + 1))
    this.#running = new RunningCurvature(features + 1, Math.max(this.options.penalty, LEAST_PRIOR))
    this.#standardisation = new Standardisation(features)
  }

  get features(): number {
    return this.#features
  }

  get classes(): number {
    return this.#classes
  }

  /** Rows that it was fitted to, and has learned since. */
  get learned(): number {
    return this.#learned
  }

  /**
   * Find the weights for these rows, p numbers each, and forget others. What it begins from are the weights as they are.
   * @returns whether the maximum was reached, to the tolerance
   */
  fit(rows: readonly ArrayLike<number>[], labels: ArrayLike<number>): boolean {
    if (rows.length === 0 || rows.length !== labels.length)
      throw new RangeError(
        `Expected as many labels as rows, at least one, got ${labels.length} and ${rows.length}.`,
      )
    for (const [n, row] of rows.entries()) this.#check(row, labels[n])
    this.#standardisation.fit(rows)
    const standard = new Float64Array(rows.length * this.#features)
    for (const [n, row] of rows.entries()) standard.set(this.#standardisation.of(row), n * this.#features)
    const { tolerance, maxIterations, penalty } = this.options
    const curvature = new Curvature(standard, this.#features, penalty)
    const found = minimise((at, gradient) => this.#loss(standard, labels, at, gradient), this.#parameters, {
      tolerance: tolerance * rows.length,
      maxIterations,
      divide: direction => curvature.divide(direction),
    })
    this.#running.restore(curvature.inverse())
    this.#learned = rows.length
    return found
  }

  /** Take over the weights of another one of the same size, as a place that `fit` begins from. */
  startFrom(other: SoftmaxRegression): void {
    this.#parameters.set(other.#parameters)
  }

  /** One step from one row, which also tells of means and deviations. */
  learnOne(row: ArrayLike<number>, label: number): void {
    this.#check(row, label)
    this.#standardisation.notice(row)
    const standard = this.#standardisation.of(row)
    const errors = softmax(this.#logitsOf(standard, this.#parameters))
    // The trace of the curvature along the logits, which bounds it.
    const curvature = errors.reduce((sum, share) => sum + share * (1 - share), 0)
    errors[label]--
    const step = this.#running.notice(Float64Array.of(...standard, 1), Math.max(curvature, LEAST_CURVATURE))
    const size = this.#features + 1
    for (let k = 0; k < this.#classes; k++)
      for (let i = 0; i < size; i++) this.#parameters[k * size + i] -= errors[k] * step[i]
    this.#learned++
  }

  /** c_k + W_k·x for each of K classes, in nats. Pure. */
  logits(row: ArrayLike<number>): Float64Array {
    this.#check(row, 0)
    return this.#logitsOf(this.#standardisation.of(row), this.#parameters)
  }

  /** p(k | x) for each of K classes. Pure. */
  probabilities(row: ArrayLike<number>): Float64Array {
    return softmax(this.logits(row))
  }

  /** W of class k over standardised features; p numbers. */
  weightsOf(k: number): Float64Array {
    return this.#parameters.slice(k * (this.#features + 1), k * (this.#features + 1) + this.#features)
  }

  /** Room for more features and classes, behind those that there are, with weights of zero. */
  grow(features: number, classes: number): void {
    const grown = (numbers: Float64Array) => {
      const larger = new Float64Array(classes * (features + 1))
      for (let k = 0; k < this.#classes; k++) {
        const at = k * (this.#features + 1)
        larger.set(numbers.subarray(at, at + this.#features), k * (features + 1))
        larger[k * (features + 1) + features] = numbers[at + this.#features]
      }
      return larger
    }
    this.#parameters = grown(this.#parameters)
    this.#running.grow(features + 1)
    this.#standardisation.grow(features)
    this.#features = features
    this.#classes = classes
  }

  tensors(): Tensors {
    const shape = [this.#classes, this.#features + 1]
    return {
      parameters: { shape, data: this.#parameters.slice() },
      curvature: { shape: [this.#features + 1, this.#features + 1], data: this.#running.inverse },
      learned: { shape: [1], data: Float64Array.of(this.#learned) },
      ...prefixed('features.', this.#standardisation.tensors()),
    }
  }

  restore(prefix: string, tensors: TensorReader): void {
    const parameters = tensors.take(`${prefix}parameters`, Float64Array)
    const learned = tensors.take(`${prefix}learned`, Float64Array)
    const isSound = parameters.length === this.#parameters.length && areWithin(parameters, LARGEST_PARAMETER)
    if (!isSound || learned.length !== 1 || !Number.isSafeInteger(learned[0]) || learned[0] < 0)
      throw new RangeError(`Expected ${this.#parameters.length} weights and a number of rows in ${prefix}.`)
    this.#running.restore(tensors.take(`${prefix}curvature`, Float64Array))
    this.#standardisation.restore(`${prefix}features.`, tensors)
    this.#parameters = parameters
    this.#learned = learned[0]
  }

  #check(row: ArrayLike<number>, label: number): void {
    if (row?.length !== this.#features)
      throw new RangeError(`Expected ${this.#features} features, got ${row?.length ?? show(row)}.`)
    for (let i = 0; i < row.length; i++) {
      if (!Number.isFinite(row[i]))
        throw new RangeError(`Expected finite features, got ${show(row[i])} at ${i}.`)
    }
    if (Number.isInteger(label) && label >= 0 && label < this.#classes) return
    throw new RangeError(`Expected a label from 0 to ${this.#classes - 1}, got ${show(label)}.`)
  }

  #logitsOf(standard: Float64Array, parameters: Float64Array): Float64Array {
    const p = this.#features
    const logits = new Float64Array(this.#classes)
    for (let k = 0; k < this.#classes; k++) {
      const at = k * (p + 1)
      let sum = parameters[at + p]
      for (let i = 0; i < p; i++) sum += parameters[at + i] * standard[i]
      logits[k] = sum
    }
    return logits
  }

  /** Cross-entropy and penalty of N standardised rows back to back, and the gradient of both. */
  #loss(rows: Float64Array, labels: ArrayLike<number>, at: Float64Array, gradient: Float64Array): number {
    const p = this.#features
    const { penalty } = this.options
    const powers = new Float64Array(this.#classes)
    gradient.fill(0)
    let loss = 0
    for (let n = 0, row = 0; n < labels.length; n++, row += p) {
      loss += crossEntropy(rows, row, p, at, labels[n], powers)
      for (let k = 0, from = 0; k < powers.length; k++, from += p + 1) {
        const error = powers[k] - Number(k === labels[n])
        for (let i = 0; i < p; i++) gradient[from + i] += error * rows[row + i]
        gradient[from + p] += error
      }
    }
    for (let i = 0; i < at.length; i++) {
      if (i % (p + 1) === p) continue
      loss += (penalty / 2) * at[i] ** 2
      gradient[i] += penalty * at[i]
    }
    return loss
  }
}

/** −log p(label | row), with p(k | row) for each class in `shares`; the row begins at `row` and has p numbers. */
function crossEntropy(
  rows: Float64Array,
  row: number,
  p: number,
  parameters: Float64Array,
  label: number,
  shares: Float64Array,
): number {
  let most = Number.NEGATIVE_INFINITY
  for (let k = 0, from = 0; k < shares.length; k++, from += p + 1) {
    let sum = parameters[from + p]
    for (let i = 0; i < p; i++) sum += parameters[from + i] * rows[row + i]
    shares[k] = sum
    most = Math.max(most, sum)
  }
  const own = shares[label]
  let total = 0
  for (let k = 0; k < shares.length; k++) {
    shares[k] = exp(shares[k] - most)
    total += shares[k]
  }
  for (let k = 0; k < shares.length; k++) shares[k] /= total
  return most + log(total) - own
}
