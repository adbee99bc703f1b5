/**
 * The model of one key: parameters, calibration and protection of its own. Everything else it shares with its siblings.
 *
 * While it is young, until it has scored as many records as p-values need, its p-values count the scores of other keys
 * too, of which each record replaces one; and nothing is held back, because what looks like a burst is a key that differs
 * from the others.
 */
import { Calibrator, LEAST_SCORES } from '../calibration/calibrator.ts'
import type { Model, ModelState } from '../model.ts'
import { Protection, type ProtectionState, SLACK, type Treatment } from '../protection.ts'
import type { DataRecord, Notify, Verdict } from '../records.ts'

/** Scores that the p-values of a key are counted from. */
export const KEY_WINDOW = 256

/** A key's model at rest. */
export interface KeyState {
  /** Records of the key that were learned. */
  readonly learned: number
  readonly model: ModelState
  readonly scores: Float64Array
  readonly protection: ProtectionState
}

/** What all keys have in common. */
export interface KeySettings {
  readonly alpha: number
  readonly why: number
  readonly explain: 'all' | 'anomalies'
  readonly protect: number
  readonly seed: number
}

export class KeyModel {
  readonly model: Model
  readonly #settings: KeySettings
  readonly #calibrator: Calibrator
  readonly #protection: Protection
  readonly #count = (score: number) => this.#calibrator.add(score)
  #learned: number

  /** `scores` of other keys' records, or what `state` gave. */
  constructor(model: Model, settings: KeySettings, scores: Float64Array, learned = 0) {
    this.model = model
    this.#settings = settings
    this.#calibrator = new Calibrator(scores, KEY_WINDOW)
    this.#protection = new Protection(settings.protect, settings.seed)
    this.#learned = learned
  }

  static restore({ learned, scores, protection }: KeyState, model: Model, settings: KeySettings): KeyModel {
    const restored = new KeyModel(model, settings, scores, learned)
    restored.#protection.restore(protection)
    return restored
  }

  /** Records of the key that were learned. */
  get learned(): number {
    return this.#learned
  }

  /** The verdict on the record that was encoded. Pure. */
  judge(record: DataRecord): Verdict {
    const { alpha, why, explain } = this.#settings
    const score = this.model.score()
    const p = this.#calibrator.pValue(score)
    const anomaly = p === null ? null : p < alpha
    return { score, p, anomaly, why: anomaly || explain === 'all' ? this.model.explain(record, why) : [] }
  }

  /** Learn the record that was encoded, whose score was taken before, unless it is protected against. */
  learn(record: DataRecord, score: number, notify?: Notify): void {
    this.model.take(record, this.#treatmentOf(score), notify)
    this.#learned++
  }

  state(): KeyState {
    return {
      learned: this.#learned,
      model: this.model.state(),
      scores: this.#calibrator.state(),
      protection: this.#protection.state(),
    }
  }

  #treatmentOf(score: number): Treatment {
    if (this.#learned < LEAST_SCORES) {
      this.#calibrator.replace(score)
      return 'learn'
    }
    const p = this.#calibrator.pValue(score - SLACK)
    return this.#protection.judge(score, this.model.level, p, !this.#calibrator.isFull, this.#count)
  }
}
