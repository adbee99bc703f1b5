/** The classes of a classifier in their order, each with its stacks, and the scores of rows under all of them. */
import { show } from '../errors.ts'
import type { Kernels, Row, Tensors, VisibleGroup } from '../experts/product.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import { ClassStacks, scoresPerClass } from './class-stacks.ts'
import { type ClassifierSettings, checkLabel, type Label, MOST_CLASSES } from './classifier-options.ts'
import { Folds } from './folds.ts'

export class ClassRegistry {
  readonly folds: Folds
  readonly #visible: readonly VisibleGroup[]
  readonly #settings: ClassifierSettings
  readonly #kernels: Kernels | undefined
  readonly #numbers = new Map<Label, number>()
  readonly #classes: ClassStacks[] = []
  /** F, scores of a class. */
  readonly #size: number

  constructor(visible: readonly VisibleGroup[], settings: ClassifierSettings, kernels?: Kernels) {
    this.#visible = visible
    this.#settings = settings
    this.#kernels = kernels
    this.#size = scoresPerClass(settings)
    this.folds = new Folds(settings.folds)
  }

  get all(): readonly ClassStacks[] {
    return this.#classes
  }

  get labels(): readonly Label[] {
    return this.#classes.map(({ label }) => label)
  }

  /** @throws RangeError for a class that there is not */
  numberOf(label: Label): number {
    const number = this.#numbers.get(label)
    if (number !== undefined) return number
    checkLabel(label)
    throw new RangeError(
      `Expected one of the classes ${this.labels.map(show).join(', ') || '(none yet)'}, got ${show(label)}.`,
    )
  }

  /** The stacks of a class, which are made when it is new. */
  of(label: Label): ClassStacks {
    const number = this.#numbers.get(label)
    if (number !== undefined) return this.#classes[number]
    checkLabel(label)
    if (this.#settings.classes !== null) this.numberOf(label)
    return this.add(label)
  }

  add(label: Label): ClassStacks {
    if (this.#classes.length >= MOST_CLASSES)
      throw new RangeError(`Expected at most ${MOST_CLASSES} classes, got another one, ${show(label)}.`)
    return this.#enter(ClassStacks.create(label, this.#visible, this.#settings, this.#kernels))
  }

  #enter(added: ClassStacks): ClassStacks {
    this.#numbers.set(added.label, this.#classes.length)
    this.#classes.push(added)
    this.folds.grow(this.#classes.length * this.#size)
    return added
  }

  /** K × F scores by the stacks of one fold, in nats, each up to a constant. */
  scoresOf(row: Row, fold: number): Float64Array {
    const scores = new Float64Array(this.#classes.length * this.#size)
    for (const [k, each] of this.#classes.entries())
      each.writeScores(row, fold, scores.subarray(k * this.#size, (k + 1) * this.#size))
    return scores
  }

  /** The mean over the folds. */
  scores(row: Row): Float64Array {
    const { count } = this.folds
    const mean = new Float64Array(this.#classes.length * this.#size)
    for (let fold = 0; fold < count; fold++) {
      const own = this.folds.centred(fold, this.scoresOf(row, fold))
      for (let i = 0; i < mean.length; i++) mean[i] += own[i] / count
    }
    return mean
  }

  tensors(): Tensors {
    return Object.assign(
      this.folds.tensors(),
      ...this.#classes.map((each, k) => each.tensors(`classes.${k}.`)),
    )
  }

  /** Enter the classes of a file. */
  restore(labels: readonly Label[], tensors: TensorReader): void {
    const { classes } = this.#settings
    const isSame = classes === null || classes.join('\n') === labels.join('\n')
    if (!isSame || new Set(labels).size < labels.length || labels.length > MOST_CLASSES)
      throw new RangeError(`Expected up to ${MOST_CLASSES} different classes, got ${labels.length}.`)
    for (const [k, label] of labels.entries()) {
      const prefix = `classes.${k}.`
      this.#enter(ClassStacks.restored(label, this.#visible, this.#settings, prefix, tensors, this.#kernels))
    }
    this.folds.restore(tensors)
  }

  release(): void {
    for (const each of this.#classes) each.release()
  }
}
