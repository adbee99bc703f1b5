/** What a classifier is made of, and how scores become probabilities of classes. */
import { show } from '../errors.ts'
import type { Kernels } from '../experts/product.ts'
import { isCount, isNumber, isText, listOf } from '../state/json.ts'
import { checkNames } from './option-names.ts'
import { isStackSettings } from './stack-layers.ts'
import { type StackOptions, type StackSettings, settingsOf, stackOptionsOf } from './stack-options.ts'

/** The name of a class. 1 and '1' are two. */
export type Label = string | number

export interface ClassifierOptions {
  /**
   * The architectures of the stacks of every class, such as [{ layers: [{ hidden: 200 }, { hidden: 100 }] }]. Each class has one
   * of each, with a seed that follows from its name.
   */
  readonly stacks: readonly Omit<StackOptions, 'kernels'>[]
  /**
   * `concatenate`, the default: the scores of all stacks and layers count by themselves. `average`: those of a layer are
   * averaged over the stacks, which need as many layers then.
   */
  readonly combine?: 'concatenate' | 'average'
  /** `regression`, the default: multinomial logistic regression. `threshold`: of two classes, which `classes` names. */
  readonly calibration?: 'regression' | 'threshold'
  /** The layer whose scores a threshold compares, averaged over the stacks; default 0, the bottom one. */
  readonly thresholdLayer?: number
  /** λ of the regression, see `SoftmaxRegressionOptions`; default: the one that is best in five-fold cross-validation. */
  readonly penalty?: number
  /** The share of rows, the least certain ones, that predictions reject; default 0. */
  readonly rejects?: number
  /**
   * Copies of all stacks, each of which leaves out another part of the rows: default 1, which leaves none out. With 5, say, what is
   * learned can be calibrated with as well, and predictions average over five.
   */
  readonly folds?: number
  /** All classes that there are; default: those that come. */
  readonly classes?: readonly Label[]
  /** Default 1. */
  readonly seed?: number
  /** Which WebAssembly runs the products: see `Kernels`. Not part of a model file. */
  readonly kernels?: Kernels
}

/** With every default filled in, and without what is no part of a model. */
export interface ClassifierSettings {
  readonly stacks: readonly StackSettings[]
  readonly combine: 'concatenate' | 'average'
  readonly calibration: 'regression' | 'threshold'
  readonly thresholdLayer: number
  /** null: chosen by cross-validation. */
  readonly penalty: number | null
  readonly rejects: number
  readonly folds: number
  /** null: those that come. */
  readonly classes: readonly Label[] | null
  readonly seed: number
}

const NAMES = [
  ...['stacks', 'combine', 'calibration', 'thresholdLayer', 'penalty', 'rejects', 'folds', 'classes', 'seed'],
  'kernels',
]
const MOST_STACKS = 64
const MOST_FOLDS = 64
/** Labels that are no classes, such as prices, would take all memory. */
export const MOST_CLASSES = 1024

export const isLabel = (value: unknown): value is Label =>
  typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))

export function checkLabel(label: unknown): asserts label is Label {
  if (isLabel(label)) return
  throw new TypeError(`Expected a label as a text or a finite number, got ${show(label)}.`)
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  throw new RangeError(`Expected option ${name} as '${allowed.join("' or '")}', got ${show(value)}.`)
}

function checkClasses(classes: readonly Label[] | null, calibration: string): void {
  if (classes === null) {
    if (calibration === 'threshold')
      throw new RangeError('Expected option classes with two labels beside a threshold.')
    return
  }
  if (!Array.isArray(classes))
    throw new TypeError(`Expected classes as a list of labels, got ${show(classes)}.`)
  for (const label of classes) checkLabel(label)
  if (new Set(classes).size < classes.length || classes.length < 2 || classes.length > MOST_CLASSES)
    throw new RangeError(`Expected 2 to ${MOST_CLASSES} different classes, got ${classes.length}.`)
  if (calibration === 'threshold' && classes.length !== 2)
    throw new RangeError(`Expected two classes to tell apart by a threshold, got ${classes.length}.`)
}

function checkLayers({ stacks, combine, thresholdLayer }: ClassifierSettings): void {
  const depths = stacks.map(({ layers }) => layers.length)
  if (combine === 'average' && depths.some(depth => depth !== depths[0]))
    throw new RangeError(`Expected stacks of as many layers to average over, got ${depths.join(', ')}.`)
  const least = Math.min(...depths)
  if (!Number.isInteger(thresholdLayer) || thresholdLayer < 0 || thresholdLayer >= least)
    throw new RangeError(
      `Expected option thresholdLayer from 0 to ${least - 1}, got ${show(thresholdLayer)}.`,
    )
}

/** @throws TypeError and RangeError for options that are none; those of layers are checked when they are made */
export function classifierSettingsOf(options: ClassifierOptions): ClassifierSettings {
  checkNames('a classifier', options, NAMES, '{ stacks: [{ layers: [{ hidden: 100 }] }] }')
  const { stacks, combine = 'concatenate', calibration = 'regression', thresholdLayer = 0 } = options
  const { penalty = null, rejects = 0, folds = 1, classes = null, seed = 1 } = options
  if (!Array.isArray(stacks))
    throw new TypeError(
      `Expected stacks as a list of options, such as [{ layers: [{ hidden: 100 }] }], got ${show(stacks)}.`,
    )
  if (stacks.length === 0 || stacks.length > MOST_STACKS)
    throw new RangeError(`Expected 1 to ${MOST_STACKS} stacks, got ${stacks.length}.`)
  for (const [name, value] of Object.entries({
    penalty: penalty ?? 0,
    rejects,
    folds,
    thresholdLayer,
    seed,
  })) {
    if (typeof value !== 'number')
      throw new TypeError(`Expected option ${name} as a number, got ${show(value)}.`)
  }
  if (penalty !== null && !(penalty >= 0 && penalty < Infinity))
    throw new RangeError(`Expected option penalty as a number of at least 0, got ${show(penalty)}.`)
  if (!(rejects >= 0 && rejects < 1))
    throw new RangeError(`Expected option rejects as a share from 0 to less than 1, got ${show(rejects)}.`)
  if (!Number.isInteger(folds) || folds < 1 || folds > MOST_FOLDS)
    throw new RangeError(
      `Expected option folds as a whole number from 1 to ${MOST_FOLDS}, got ${show(folds)}.`,
    )
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new RangeError(
      `Expected option seed as a whole number from 0 to ${2 ** 32 - 1}, got ${show(seed)}.`,
    )
  checkClasses(classes, calibration)
  const settings: ClassifierSettings = {
    stacks: stacks.map(settingsOf),
    combine: oneOf('combine', combine, ['concatenate', 'average']),
    calibration: oneOf('calibration', calibration, ['regression', 'threshold']),
    thresholdLayer,
    penalty,
    rejects,
    folds,
    classes: classes && [...classes],
    seed,
  }
  checkLayers(settings)
  return settings
}

export const isClassifierSettings = {
  stacks: listOf(isStackSettings),
  combine: isText,
  calibration: isText,
  thresholdLayer: isCount,
  penalty: (value: unknown) => value === null || isNumber(value),
  rejects: isNumber,
  folds: isCount,
  classes: (value: unknown) => value === null || listOf(isLabel)(value),
  seed: isCount,
}

/** The options that these settings are of. */
export function optionsOf({ stacks, penalty, classes, ...others }: ClassifierSettings): ClassifierOptions {
  return {
    ...others,
    stacks: stacks.map(stackOptionsOf),
    ...(penalty !== null && { penalty }),
    ...(classes !== null && { classes }),
  }
}
