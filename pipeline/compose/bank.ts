/**
 * A detector with a model for each key: a host, a user, a sensor. What is normal for one of them is not for another.
 *
 * The first records, 1,024 of them, are judged by one detector for all keys. Then every key gets a model of its own,
 * which begins with a few records of all keys (seedling.ts) and learns those that its key has had. A record without the
 * key has the key ''.
 */

import { checkRecord, type ExpertsSummary } from '../core-detector.ts'
import type { Denoised } from '../denoise.ts'
import { Detector } from '../detector.ts'
import { textOf } from '../encoders/values.ts'
import { show } from '../errors.ts'
import { families } from '../experts/index.ts'
import { type CompleteOptions, completeOptions, type DetectorOptions } from '../options.ts'
import type { DataRecord, Verdict } from '../records.ts'
import { type DetectorState, readCheckpoint } from '../state/checkpoint.ts'
import { type BankNote, readBankNote } from './bank-note.ts'
import { Beginning, type First } from './beginning.ts'
import { type KeyStore, MemoryStore } from './key-store.ts'
import { Keys, type KeysLimits } from './keys.ts'
import { Seedling } from './seedling.ts'

export interface BankOptions extends DetectorOptions, KeysLimits {
  /** The field whose value is the key. */
  readonly key: string
  /** Where models rest, and what survives the process; default: in memory. */
  readonly store?: KeyStore
}

/** The key of a record; of texts longer than 128 characters a beginning and a hash. */
export function keyOf(record: DataRecord, field: string): string {
  checkRecord(record)
  const text = Object.hasOwn(record, field) ? textOf(record[field]) : undefined
  // Stores write UTF-8, in which halves of characters are all the same.
  return text?.replace(/\p{Surrogate}/gu, '\ufffd') ?? ''
}

export class Bank {
  /** Where the stream stands; committed with the models: see `Detector.position`. */
  position: unknown = undefined
  /** The field whose value is the key. */
  readonly key: string
  /** Every option of a detector with its default filled in; the key is not among the ignored fields. */
  readonly options: CompleteOptions
  /** Of a restored bank: the options of its own that may have been overridden for this time. */
  readonly #own: Partial<CompleteOptions>
  readonly #given: BankOptions
  readonly #store: KeyStore
  readonly #limits: KeysLimits
  #seedling: Seedling | null = null
  #phase: Beginning | Keys
  #learned = 0

  /**
   * A new bank, or the one that the store holds; of what is given for that one only `alpha`, `why`, `explain`, `kernels`,
   * `onNotice` and the limits count.
   * @throws ModelFileError when the store holds something else; RangeError when its models are of another key
   */
  constructor(options: BankOptions) {
    checkLimits(options)
    const { key, memory, maxKeys, store = new MemoryStore() } = options
    this.key = key
    this.#given = options
    this.#store = store
    this.#limits = { memory, maxKeys }
    const state = store.head && readCheckpoint(store.head)
    this.options = completeOptions({ ...optionsOf(options, state), families })
    this.#own = state ? { alpha: state.options.alpha, why: state.options.why } : {}
    this.#phase = state ? this.#restored(state) : new Beginning(new Detector(this.#sharedOptions))
  }

  /** Records learned so far. */
  get learned(): number {
    return this.#learned
  }

  /** Keys that have a model of their own. */
  get keys(): number {
    return this.#phase instanceof Keys ? this.#phase.counts.reduce((sum, count) => sum + count, 0) : 0
  }

  /** Models in memory. */
  get live(): number {
    return this.#phase instanceof Keys ? this.#phase.live : 0
  }

  /** What the model of every key begins with; null while there are none. */
  get seedling(): Seedling | null {
    return this.#seedling
  }

  /** The families of experts of each model. */
  describeExperts(): ExpertsSummary[] {
    return this.#phase instanceof Beginning
      ? this.#phase.detector.describeExperts()
      : (this.#seedling?.model.describe() ?? [])
  }

  /** Score a record by the model of its key, then learn from it. */
  observe(record: DataRecord): Verdict {
    const verdict = this.#phase.observe(keyOf(record, this.key), record)
    this.#hasLearned()
    return verdict
  }

  /** What the model of its key says about a record, or of an unknown key what all begin with. Changes no model. */
  scoreOne(record: DataRecord): Verdict {
    return this.#phase.scoreOne(keyOf(record, this.key), record)
  }

  /** Learn from a record. */
  learnOne(record: DataRecord): void {
    this.#phase.learnOne(keyOf(record, this.key), record)
    this.#hasLearned()
  }

  /** As `Detector.denoiseOne`, by the model of the record's key. Changes no model. */
  denoiseOne(record: DataRecord): Denoised {
    return this.#phase.denoiseOne(keyOf(record, this.key), record)
  }

  /** As `Detector.transformOne`, by the model of the record's key. Changes no model. */
  transformOne(record: DataRecord): Float32Array {
    return this.#phase.transformOne(keyOf(record, this.key), record)
  }

  /** How many features `transformOne` gives; 0 while warming up. */
  get featureCount(): number {
    return this.#phase instanceof Beginning
      ? this.#phase.detector.featureCount
      : (this.#seedling?.model.featureCount ?? 0)
  }

  /** Are there models of keys, whose fields are settled? */
  get isSettled(): boolean {
    return this.#seedling !== null
  }

  /** Put what has changed into the store and commit it, with the position. */
  save(): void {
    if (this.#phase instanceof Keys) this.#phase.flush()
    this.#store.commit(this.head())
  }

  /**
   * Leave the models of keys to others, who find them in the store (`judgeOfKeys`): from then on this bank has only its
   * head. Keys by shard.
   */
  handOver(): number[] {
    if (!(this.#phase instanceof Keys))
      throw new TypeError('Expected a bank with models of keys, got one without.')
    this.#phase.flush()
    this.#phase.release()
    return [...this.#phase.counts]
  }

  /**
   * What is committed beside the models of keys: a model file of what all keys begin with. `others`: keys by shard, and
   * all records learned, where models were handed over.
   */
  head(others?: { readonly counts: readonly number[]; readonly learned: number }): Uint8Array<ArrayBuffer> {
    const { key, position: stream } = this
    if (this.#phase instanceof Beginning) {
      const { detector, keys } = this.#phase
      detector.position = { key, first: keys, counts: [], stream } satisfies BankNote
      return detector.save()
    }
    const note: BankNote = { key, first: [], counts: others?.counts ?? [...this.#phase.counts], stream }
    const { explain, ...options } = { ...this.options, ...this.#own }
    const stored = { ...options, ignore: [...options.ignore, key] }
    return (this.#seedling as Seedling).file(stored, others?.learned ?? this.#learned, note)
  }

  /** Give the memory of all models back at once. The bank cannot be used afterwards. */
  release(): void {
    if (this.#phase instanceof Keys) this.#phase.release()
    else this.#phase.detector.release()
  }

  #hasLearned(): void {
    this.#learned++
    if (this.#phase instanceof Beginning && this.#phase.ended) this.#begin(this.#phase.ended)
  }

  /** Give each key its model, which learns what the key had so far. */
  #begin(first: readonly First[]): void {
    const seedling = Seedling.fit(first, this.options, this.#given.kernels)
    if (!seedling) return
    const keys = this.#keysOf(seedling, [])
    for (const { key, record, treatment } of first) if (treatment !== 'hold') keys.learnOne(key, record)
    // Only now: the store may have failed.
    this.release()
    this.#seedling = seedling
    this.#phase = keys
  }

  #restored(state: DetectorState): Beginning | Keys {
    const { stream, first, counts, key } = readBankNote(state.position)
    if (key !== this.key)
      throw new RangeError(`Expected the key as the models have it, ${show(key)}, got ${show(this.key)}.`)
    this.position = stream ?? undefined
    this.#learned = state.learned
    if (counts.length === 0) {
      const { alpha, why, explain, onNotice, kernels } = this.#given
      const overrides = { alpha, why, explain, onNotice, kernels }
      const detector = Detector.load(this.#store.head as Uint8Array, overrides)
      return new Beginning(detector, first)
    }
    this.#seedling = Seedling.restore(state, this.options, this.#given.kernels)
    return this.#keysOf(this.#seedling, counts)
  }

  #keysOf(seedling: Seedling, counts: readonly number[]): Keys {
    const ignored = new Set([...this.options.ignore, this.key])
    const { onNotice } = this.#given
    return new Keys(
      seedling,
      this.#store,
      { ...this.#limits, ignored, alpha: this.options.alpha, onNotice },
      counts,
    )
  }

  get #sharedOptions(): DetectorOptions {
    const { kernels, onNotice } = this.#given
    return { ...this.options, ignore: [...this.options.ignore, this.key], kernels, onNotice }
  }
}

/** The stored options, with those that may be chosen anew; or those that were given. */
function optionsOf(given: BankOptions, state: DetectorState | undefined): DetectorOptions {
  const { key, memory, maxKeys, store, ...own } = given
  const options = state
    ? {
        ...state.options,
        alpha: own.alpha ?? state.options.alpha,
        why: own.why ?? state.options.why,
        explain: own.explain,
      }
    : own
  return { ...options, ignore: (options.ignore ?? []).filter(name => name !== key) }
}

function checkLimits(options: BankOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`Expected options with a key, such as { key: 'host' }, got ${show(options)}.`)
  const { key, memory, maxKeys } = options
  if (typeof key !== 'string' || key === '')
    throw new TypeError(`Expected key as the name of a field, got ${show(key)}.`)
  for (const [name, value] of Object.entries({ memory, maxKeys })) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue
    throw new RangeError(`Expected ${name} as a whole number above 0, got ${show(value)}.`)
  }
}
