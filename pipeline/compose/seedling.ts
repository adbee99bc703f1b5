/**
 * What every key begins with: a model that has learned a few records of all keys, so that a new key is judged sensibly
 * from its first record on, and soon by its own. A model of twenty numbers and two categories takes up
 * some 57 kB.
 *
 * Fields and their encodings are found once, from all records of the beginning, and never change: keys share them.
 */
import { LEAST_SCORES } from '../calibration/calibrator.ts'
import { Reported } from '../encoders/reported.ts'
import { fieldsOf, withinLimit } from '../encoders/schema.ts'
import { families } from '../experts/index.ts'
import type { Kernels } from '../experts/product.ts'
import type { Kept } from '../member.ts'
import { Model, type ModelSettings, type ModelState } from '../model.ts'
import type { CompleteOptions } from '../options.ts'
import { Protection } from '../protection.ts'
import { type DetectorState, type StoredOptions, writeCheckpoint } from '../state/checkpoint.ts'
import { kindsGiven } from '../units.ts'
import { KeyModel, type KeySettings, type KeyState } from './key-model.ts'

/** Records of other keys that a new key begins with: what they say is outweighed after as many of its own. */
const LEARNED = 16

/** A seedling at rest. */
export interface SeedlingState {
  readonly model: ModelState
  /** Scores of records that it had not learned. */
  readonly scores: Float64Array
}

/** `count` of the values, evenly spread. */
function spread<T>(values: readonly T[], count: number): T[] {
  if (values.length <= count) return [...values]
  return Array.from({ length: count }, (_, index) => values[Math.floor((index * values.length) / count)])
}

export class Seedling {
  readonly model: Model
  readonly #state: SeedlingState
  readonly #models: ModelSettings
  readonly #keys: KeySettings

  private constructor(model: Model, scores: Float64Array, models: ModelSettings, keys: KeySettings) {
    this.model = model
    this.#state = { model: model.state(), scores }
    this.#models = models
    this.#keys = keys
  }

  /** Fitted to the first records of a stream; null when there is nothing in them to look at. */
  static fit(kept: readonly Kept[], options: CompleteOptions, kernels?: Kernels): Seedling | null {
    const settings = settingsOf(options, kernels)
    const records = kept.map(({ record }) => record)
    const normal = kept.filter(({ treatment }) => treatment === 'learn')
    const learned = new Set(spread(normal, LEARNED))
    const fields = withinLimit(fieldsOf(records, kindsGiven(options)), options.maxFields)
    const model = Model.fit(fields, [...learned], settings)
    if (!model) return null
    const others = normal.filter(each => !learned.has(each))
    const scores = spread(others, LEAST_SCORES).map(({ record }) => {
      model.encode(record)
      return model.score()
    })
    return new Seedling(model, Float64Array.from(scores), settings, options)
  }

  /** @throws RangeError when the state has no model */
  static restore(
    { model, scores }: Pick<DetectorState, 'model' | 'scores'>,
    options: CompleteOptions,
    kernels?: Kernels,
  ): Seedling {
    if (!model) throw new RangeError('Expected the model that keys begin with, got none.')
    const settings = settingsOf(options, kernels)
    return new Seedling(Model.restore(model, settings), scores, settings, options)
  }

  state(): SeedlingState {
    return this.#state
  }

  /** As a model file: a detector that knows what the beginning of all keys is. */
  file(options: StoredOptions, learned: number, position: unknown): Uint8Array<ArrayBuffer> {
    const protection = new Protection(options.protect, options.seed).state()
    return writeCheckpoint({ ...this.#state, options, learned, position, buffer: null, protection })
  }

  /** The model of a key that is new. */
  sprout(): KeyModel {
    const { model, scores } = this.#state
    return new KeyModel(this.model.sibling(model, this.#models), this.#keys, scores)
  }

  /** The model of a key that is known, as it was. */
  restore(state: KeyState): KeyModel {
    return KeyModel.restore(state, this.model.sibling(state.model, this.#models), this.#keys)
  }
}

function settingsOf(
  { experts, family, seed, maxCategories, units }: CompleteOptions,
  kernels: Kernels = {},
): ModelSettings {
  return {
    experts,
    options: family,
    kernels,
    families,
    seed,
    maxCategories,
    units,
    reported: new Reported(),
    light: true,
  }
}
