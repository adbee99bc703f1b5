/** The beginning of a keyed stream: one detector judges the records of all keys, until it knows what fields they have. */

import type { Detector } from '../core-detector.ts'
import type { Denoised } from '../denoise.ts'
import type { Kept } from '../member.ts'
import type { DataRecord, Verdict } from '../records.ts'

/** A record of the beginning, to be learned by the model of its key. */
export interface First extends Kept {
  readonly key: string
}

export class Beginning {
  readonly detector: Detector
  /** The keys of the records that the detector keeps. */
  #keys: string[]
  #ended: readonly First[] | null = null

  constructor(detector: Detector, keys: readonly string[] = []) {
    this.detector = detector
    this.#keys = [...keys]
    const kept = detector.kept?.length ?? 0
    if (kept !== this.#keys.length)
      throw new RangeError(`Expected a key for each of ${kept} records, got ${this.#keys.length}.`)
  }

  /** The keys of the records that are kept, in their order. */
  get keys(): readonly string[] {
    return this.#keys
  }

  /** All records of the beginning once it is over, null before. */
  get ended(): readonly First[] | null {
    return this.#ended
  }

  observe(key: string, record: DataRecord): Verdict {
    return this.#learning(key, () => this.detector.observe(record))
  }

  scoreOne(_: string, record: DataRecord): Verdict {
    return this.detector.scoreOne(record)
  }

  learnOne(key: string, record: DataRecord): void {
    this.#learning(key, () => this.detector.learnOne(record))
  }

  denoiseOne(_: string, record: DataRecord): Denoised {
    return this.detector.denoiseOne(record)
  }

  transformOne(_: string, record: DataRecord): Float32Array {
    return this.detector.transformOne(record)
  }

  /** Remember the key if the detector keeps the record; at the end it gives up what it has kept. */
  #learning<T>(key: string, learn: () => T): T {
    const { kept } = this.detector
    const before = kept?.length ?? 0
    const result = learn()
    if (kept && kept.length > before) this.#keys.push(key)
    if (kept === this.detector.kept) return result
    if (kept && this.detector.kept === null)
      this.#ended = kept.map((each, i) => ({ ...each, key: this.#keys[i] }))
    // Records without any field are forgotten, and others kept in their place.
    this.#keys = []
    return result
  }
}
