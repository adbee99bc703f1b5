/**
 * Classes told apart by products of experts, one stack or several for each (Hinton 2002, section 10). A product knows the
 * probability of a row up to its partition function; what is missing, and how much each layer is to be believed, is
 * learned from labelled rows that no product has learned.
 */
import { show } from '../errors.ts'
import type { Row, Rows, Tensors, VisibleGroup } from '../experts/product.ts'
import { checkKernels } from '../kernel-source.ts'
import { checkRow, checkRows, joined } from '../rows.ts'
import { readComposed, writeComposed } from '../state/composed.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import { prefixed } from '../state/tensors.ts'
import { widthOf } from '../visible.ts'
import { type Calibration, likeliest, marginOf } from './calibration.ts'
import { ClassRegistry } from './class-registry.ts'
import { placesOf, scoresPerClass } from './class-stacks.ts'
import { type Description, FORMAT, isDescription } from './classifier-file.ts'
import {
  type ClassifierOptions,
  type ClassifierSettings,
  classifierSettingsOf,
  type Label,
  optionsOf,
} from './classifier-options.ts'
import { eachLabelled } from './labelled-rows.ts'
import { Margins } from './margins.ts'
import { RegressionCalibration } from './regression-calibration.ts'
import { softmax } from './softmax-regression.ts'
import type { Stack } from './stack.ts'
import { checkLayers } from './stack-layers.ts'
import { ThresholdCalibration } from './threshold-calibration.ts'

export interface Prediction {
  /** The likeliest class. */
  readonly label: Label
  /**
   * p(class | row), in the order of `classes`. 0 for a class that was added after `calibrate`; next to 0 for one of which it
   * had no rows.
   */
  readonly probabilities: Float64Array
  /** Log-odds of the likeliest class against the second, in nats. With a threshold |f_1 − f_2 − τ|. */
  readonly margin: number
  /** Is it among the least certain rows, the share of them that `rejects` asks for? */
  readonly rejected: boolean
}

export class Classifier {
  /** D, the number of values of a row. */
  readonly width: number
  /** The visible layer, in row order. */
  readonly visible: readonly VisibleGroup[]
  /** Every option with its default filled in. */
  readonly settings: ClassifierSettings
  readonly #scoresPerClass: number
  readonly #margins = new Margins()
  readonly #classes: ClassRegistry
  #calibration: Calibration | null = null
  /** Classes that calibration knows. */
  #calibrated = 0

  /**
   * @param visible the groups of the rows: `bernoulli`, `softmax`, `real` and `count`
   * @param file where it is restored from, if it is
   * @throws TypeError and RangeError for options and groups that are not allowed
   */
  constructor(
    visible: readonly VisibleGroup[],
    options: ClassifierOptions,
    file?: { readonly description: Description; readonly tensors: TensorReader },
  ) {
    this.settings = classifierSettingsOf(options)
    checkKernels(options.kernels)
    for (const stack of this.settings.stacks) checkLayers(visible, stack)
    this.visible = visible.map(({ kind, size }) => ({ kind, size }))
    this.width = widthOf(visible)
    this.#scoresPerClass = scoresPerClass(this.settings)
    this.#classes = new ClassRegistry(this.visible, this.settings, options.kernels)
    try {
      if (file) this.#restore(file.description, file.tensors)
      else for (const label of this.settings.classes ?? []) this.#classes.add(label)
    } catch (error) {
      this.release()
      throw error
    }
  }

  /** The classes: those that options name, or those that came, in that order. */
  get classes(): readonly Label[] {
    return this.#classes.labels
  }

  /** Does it know how scores compare, from `calibrate` or `calibrateOne`? */
  get isCalibrated(): boolean {
    return this.#calibrated > 1
  }

  /** The stacks of a class. */
  stacksOf(label: Label): readonly Stack[] {
    return this.#classes.all[this.#classes.numberOf(label)].stacks
  }

  /** τ in nats, of two classes that a threshold tells apart; null before it is calibrated. */
  get threshold(): number | null {
    return this.#calibration instanceof ThresholdCalibration ? this.#calibration.threshold : null
  }

  /** The weights of the regression for a class, over the standardised `scores` in their order; null before it is calibrated. */
  weightsOf(label: Label): Float64Array | null {
    const index = this.#classes.numberOf(label)
    const { settings } = this
    if (settings.calibration !== 'regression')
      throw new RangeError('Expected a classifier with a regression, got one with a threshold.')
    const known = this.#calibration instanceof RegressionCalibration && index < this.#calibrated
    return known ? (this.#calibration as RegressionCalibration).weightsOf(index) : null
  }

  /** Let the stacks of each class start from the rows of it among B rows; `labels`: B of them. */
  initialise(rows: Rows, labels: ArrayLike<Label>): void {
    const own = new Map<Label, Row[]>()
    eachLabelled(rows, labels, this, (row, label) => {
      const members = own.get(label)
      if (members) members.push(row)
      else own.set(label, [row])
    })
    for (const [label, members] of own) {
      const all = joined(members, this.width)
      for (const stack of this.#classes.of(label).stacks) stack.initialise(all)
    }
  }

  /**
   * One update of the stacks of that class, and of no other. A class that has not been seen before is added, unless options
   * name all of them; predictions name it from the next calibration on. A refused row changes nothing.
   * @param origin with `folds`: the row that this one is a changed copy of, whose fold leaves it out; default: itself
   */
  learnOne(row: Row, label: Label, origin: Row = row): void {
    checkRow(row, this.width, this.visible)
    if (origin !== row) checkRow(origin, this.width, this.visible, ' of the origin')
    this.#classes.of(label).learnOne(row, this.#classes.folds.of(origin))
  }

  /** The same updates for B rows in turn; `labels` and `origins`: B of them. */
  learnMany(rows: Rows, labels: ArrayLike<Label>, origins: Rows = rows): void {
    checkRows(origins, this.width)
    if (origins.length !== rows?.length)
      throw new RangeError(
        `Expected as many origins as rows, got ${origins.length} values for ${rows?.length}.`,
      )
    let at = 0
    eachLabelled(rows, labels, this, (row, label) => {
      this.#classes.of(label).learnOne(row, this.#classes.folds.of(origins.subarray(at, at + this.width)))
      at += this.width
    })
  }

  /** Freeze the layer that learns in every stack whose layers learn in turn, and go on with the one above. */
  advance(): void {
    const inTurn = ({ settings }: Stack) => settings.learning === 'in turn'
    for (const { stacks } of this.#classes.all) for (const stack of stacks.filter(inTurn)) stack.advance()
  }

  /**
   * The scores of a row under every class, K × F, class after class: of each stack every layer, or of each layer the average over
   * the stacks; with folds the mean over them. In nats up to constants of each. Pure.
   */
  scores(row: Row): Float64Array {
    return this.#classes.scores(row)
  }

  /**
   * Learn how scores compare from B labelled rows that were not learned: those that were score too well. With `folds` they may
   * be those that were learned: each is scored by the stacks that left it out. Forgets what earlier calibrations found.
   * @throws RangeError for labels that no row was learned with, and without rows of two classes
   */
  calibrate(rows: Rows, labels: ArrayLike<Label>): void {
    const scores: Float64Array[] = []
    const numbers: number[] = []
    const folds: number[] = []
    eachLabelled(rows, labels, this, (row, label) => {
      numbers.push(this.#classes.numberOf(label))
      const fold = this.#classes.folds.of(row)
      folds.push(fold)
      scores.push(this.#classes.scoresOf(row, fold))
    })
    if (new Set(numbers).size < 2)
      throw new RangeError(
        `Expected labelled rows of at least two classes, got ${numbers.length} rows of fewer.`,
      )
    const calibration = this.#newCalibration(this.#classes.all.length)
    this.#classes.folds.fit(folds, scores)
    const comparable = scores.map((each, n) => this.#classes.folds.centred(folds[n], each))
    this.#margins.fit(calibration.fit({ scores: comparable, labels: numbers }))
    this.#calibration = calibration
    this.#calibrated = this.#classes.all.length
  }

  /**
   * Learn from one row how scores compare, before `learnOne` learns it: what a stream calibrates itself by. With `folds` it may
   * have been learned before. A class that has not been seen before is added as there.
   */
  calibrateOne(row: Row, label: Label): void {
    checkRow(row, this.width, this.visible)
    this.#classes.of(label)
    this.#calibration ??= this.#newCalibration(this.#classes.all.length)
    if (this.#calibrated > 0 && this.#calibrated < this.#classes.all.length)
      this.#calibration.grow(this.#classes.all.length)
    this.#calibrated = this.#classes.all.length
    const fold = this.#classes.folds.of(row)
    const own = this.#classes.scoresOf(row, fold)
    this.#classes.folds.notice(fold, own)
    const scores = this.#classes.folds.centred(fold, own)
    if (this.isCalibrated) this.#margins.add(marginOf(this.#calibration.logits(scores)))
    this.#calibration.learnOne(scores, this.#classes.numberOf(label))
  }

  /**
   * The likeliest class of a row. Before it is calibrated the bottom layers' scores are compared as if all partition functions
   * were equal, which they are not. Pure.
   * @throws RangeError while there is no class
   */
  predictOne(row: Row): Prediction {
    checkRow(row, this.width, this.visible)
    if (this.#classes.all.length === 0)
      throw new RangeError('Expected rows with labels to be learned first, got none.')
    const logits = this.#logitsOf(this.scores(row))
    const margin = marginOf(logits)
    const probabilities = new Float64Array(this.#classes.all.length)
    probabilities.set(softmax(logits))
    return {
      label: this.#classes.all[likeliest(logits)].label,
      probabilities,
      margin,
      rejected: this.isCalibrated && margin < this.#margins.below(this.settings.rejects),
    }
  }

  /** The margin below which this share, the least certain, of the rows of calibration lies: in nats, −Infinity for none. */
  marginOfShare(share: number): number {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`Expected a share from 0 to 1, got ${show(share)}.`)
    return this.#margins.below(share)
  }

  #logitsOf(scores: Float64Array): Float64Array {
    const size = this.#scoresPerClass
    if (this.#calibration && this.isCalibrated)
      return this.#calibration.logits(scores.subarray(0, this.#calibrated * size))
    const places = placesOf({ ...this.settings, thresholdLayer: 0 })
    const mean = (k: number) =>
      places.reduce((sum, place) => sum + scores[k * size + place], 0) / places.length
    return Float64Array.from(this.#classes.all, (_, k) => mean(k))
  }

  #newCalibration(classes: number): Calibration {
    const { calibration, penalty } = this.settings
    if (calibration === 'threshold') return new ThresholdCalibration(placesOf(this.settings))
    return new RegressionCalibration(classes, this.#scoresPerClass, penalty)
  }

  /** The file of the classifier, in safetensors (docs/file-format.md). One that is loaded from it goes on bit for bit. */
  save(): Uint8Array<ArrayBuffer> {
    const description: Description = {
      visible: this.visible,
      ...this.settings,
      labels: this.classes,
      calibrated: this.#calibrated,
    }
    const tensors: Tensors = {
      margins: this.#margins.tensor(),
      ...this.#classes.tensors(),
      ...this.#classes.folds.tensors(),
    }
    if (this.#calibration) Object.assign(tensors, prefixed('calibration.', this.#calibration.tensors()))
    return writeComposed(FORMAT, description, tensors)
  }

  /**
   * The classifier of a file.
   * @throws ModelFileError for anything else
   */
  static load(file: Uint8Array, { kernels }: Pick<ClassifierOptions, 'kernels'> = {}): Classifier {
    return readComposed(file, FORMAT, isDescription, (description: Description, tensors) => {
      const { visible, labels: _, calibrated: __, ...settings } = description
      const options = { ...optionsOf(settings), ...(kernels && { kernels }) }
      return new Classifier(visible, options, { description, tensors })
    })
  }

  #restore({ labels, calibrated }: Description, tensors: TensorReader): void {
    this.#classes.restore(labels, tensors)
    this.#margins.restore('margins', tensors)
    const least = this.settings.calibration === 'threshold' && calibrated > 0 ? 2 : 0
    if (calibrated < least || calibrated > labels.length)
      throw new RangeError(
        `Expected ${least} to ${labels.length} classes that are calibrated, got ${calibrated}.`,
      )
    if (calibrated === 0) return
    this.#calibration = this.#newCalibration(calibrated)
    this.#calibration.restore('calibration.', tensors)
    this.#calibrated = calibrated
  }

  /** Give the memory of all stacks back. The classifier cannot be used afterwards. */
  release(): void {
    this.#classes.release()
  }
}
