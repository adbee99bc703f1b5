/** The classes of a classifier in their order, each with its stacks. */
import { show } from '../errors.ts'
import type { Kernels, Tensors, VisibleGroup } from '../experts/product.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import { ClassStacks } from './class-stacks.ts'
import { type ClassifierSettings, checkLabel, type Label, MOST_CLASSES } from './classifier-options.ts'

export class ClassRegistry {
  readonly #visible: readonly VisibleGroup[]
  readonly #settings: ClassifierSettings
  readonly #kernels: Kernels | undefined
  readonly #numbers = new Map<Label, number>()
  readonly #classes: ClassStacks[] = []

  constructor(visible: readonly VisibleGroup[], settings: ClassifierSettings, kernels?: Kernels) {
    this.#visible = visible
    this.#settings = settings
    this.#kernels = kernels
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
    return added
  }

  tensors(): Tensors {
    return Object.assign({}, ...this.#classes.map((each, k) => each.tensors(`classes.${k}.`)))
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
  }

  release(): void {
    for (const each of this.#classes) each.release()
  }
}
