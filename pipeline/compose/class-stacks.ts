/** The stacks of one class: what is likely in it, by the scores of every stack and layer. */
import type { Kernels, Row, Tensors, VisibleGroup } from '../experts/product.ts'
import { wordChecksumOf } from '../state/checksum.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import type { ClassifierSettings, Label } from './classifier-options.ts'
import { Stack } from './stack.ts'
import { seedOf, stackOptionsOf } from './stack-options.ts'

/** Scores of a class: all, or a layer's averaged over the stacks. */
export function scoresPerClass({ stacks, combine }: ClassifierSettings): number {
  if (combine === 'average') return stacks[0].layers.length
  return stacks.reduce((sum, { layers }) => sum + layers.length, 0)
}

/** Where the scores of a layer stand among those of a class. */
export function placesOf({ stacks, combine, thresholdLayer }: ClassifierSettings): number[] {
  if (combine === 'average') return [thresholdLayer]
  let at = thresholdLayer
  return stacks.map(({ layers }) => {
    const place = at
    at += layers.length
    return place
  })
}

/** The stacks of a class have nothing to do with which others there are, nor with when they came. */
function seedFor(label: Label, seed: number): number {
  return (wordChecksumOf(new TextEncoder().encode(JSON.stringify(label))) ^ seed) >>> 0
}

export class ClassStacks {
  readonly label: Label
  /** One of each architecture for each fold, fold after fold. */
  readonly stacks: readonly Stack[]
  readonly #settings: ClassifierSettings

  private constructor(label: Label, settings: ClassifierSettings, stacks: readonly Stack[]) {
    this.label = label
    this.stacks = stacks
    this.#settings = settings
  }

  static create(
    label: Label,
    visible: readonly VisibleGroup[],
    settings: ClassifierSettings,
    kernels?: Kernels,
  ): ClassStacks {
    const seed = seedFor(label, settings.seed)
    return ClassStacks.#made(label, settings, (stack, s) => {
      const own = stackOptionsOf({ ...stack, seed: seedOf(seed ^ stack.seed, s) })
      return new Stack(visible, { ...own, ...(kernels && { kernels }) })
    })
  }

  /** The stacks that are part of a file, under names that begin with `prefix`. */
  static restored(
    label: Label,
    visible: readonly VisibleGroup[],
    settings: ClassifierSettings,
    prefix: string,
    tensors: TensorReader,
    kernels?: Kernels,
  ): ClassStacks {
    const seed = seedFor(label, settings.seed)
    return ClassStacks.#made(label, settings, (stack, s) => {
      const described = { visible, ...stack, seed: seedOf(seed ^ stack.seed, s) }
      return Stack.restored(described, `${prefix}${s}.`, tensors, kernels)
    })
  }

  static #made(
    label: Label,
    settings: ClassifierSettings,
    make: (stack: ClassifierSettings['stacks'][number], index: number) => Stack,
  ): ClassStacks {
    const stacks: Stack[] = []
    try {
      for (let fold = 0; fold < settings.folds; fold++)
        for (const stack of settings.stacks) stacks.push(make(stack, stacks.length))
      return new ClassStacks(label, settings, stacks)
    } catch (error) {
      for (const stack of stacks) stack.release()
      throw error
    }
  }

  /** The stacks that leave this part of the rows out. */
  #ofFold(fold: number): readonly Stack[] {
    const count = this.#settings.stacks.length
    return this.stacks.slice(fold * count, (fold + 1) * count)
  }

  /** Learn a row, which all but its own fold do when there are several. */
  learnOne(row: Row, fold: number): void {
    const leftOut = this.#settings.folds > 1 ? this.#ofFold(fold) : []
    for (const stack of this.stacks) if (!leftOut.includes(stack)) stack.learnOne(row)
  }

  /** The scores of a fold, in nats, up to constants. */
  writeScores(row: Row, fold: number, out: Float64Array): void {
    const averaged = this.#settings.combine === 'average'
    const stacks = this.#ofFold(fold)
    let at = 0
    for (const stack of stacks) {
      const scores = stack.scores(row)
      for (let l = 0; l < scores.length; l++) {
        if (averaged) out[l] += scores[l] / stacks.length
        else out[at++] = scores[l]
      }
    }
  }

  tensors(prefix: string): Tensors {
    return Object.assign({}, ...this.stacks.map((stack, s) => stack.tensors(`${prefix}${s}.`)))
  }

  release(): void {
    for (const stack of this.stacks) stack.release()
  }
}
