/**
 * The models of many keys, all grown from one seedling. As many of them are in memory as fit; the one that was used least
 * recently makes room for the next and rests in the store until its key comes again.
 *
 * What a key's model says depends on the seedling and on the records of that key alone: not on other keys, on what was
 * in memory, or on which process had it.
 */
import type { Denoised } from '../denoise.ts'
import { bucketOf } from '../encoders/hash.ts'
import { noFieldsNotice } from '../encoders/notices.ts'
import { KernelMemoryError } from '../errors.ts'
import type { DataRecord, Notify, Verdict } from '../records.ts'
import { readKeyState, writeKeyState } from '../state/key-state.ts'
import type { KeyModel } from './key-model.ts'
import type { KeyStore } from './key-store.ts'
import { keysNotice } from './notices.ts'
import type { Seedling } from './seedling.ts'

/** Keys are dealt out to this many shards, whoever works on them: limits hold for each of them. */
export const SHARDS = 64
/**
 * Bytes of a model beside what is saved of it: 10 to 12 kB of objects and array buffers at 6 and at 22 fields (Node 20), and
 * the padding of its arrays.
 */
const OVERHEAD = 14_000
/** Models that go to the store together, which costs little more than one of them. */
const MOST_AT_ONCE = 64
/** Models in memory however small it is. */
const LEAST_LIVE = 16

/** The shard of a key, from 0 to SHARDS − 1. */
export const shardOf = (key: string): number => bucketOf(key, SHARDS)

/** The key of all keys of a shard that came when it was full; no text is it. */
const furtherKeys = (shard: number) => `\u0000${shard}`

/** How models of keys are used and bounded. */
export interface KeysSettings extends KeysLimits {
  readonly ignored: ReadonlySet<string>
  /** For denoising. */
  readonly alpha: number
  readonly onNotice?: Notify
}

export interface KeysLimits {
  /** Bytes of the models in memory, approximately; the others rest in the store. Default 512 MB. */
  readonly memory?: number
  /** Keys that have a model of their own; all further ones of a shard share one. Default 1,000,000. */
  readonly maxKeys?: number
}

interface Live {
  readonly model: KeyModel
  /** Is it new, or has it learned, since it was put into the store? */
  changed: boolean
}

/** Bytes of models in memory. */
export const MEMORY = 512 * 2 ** 20
const MOST_KEYS = 1_000_000

export class Keys {
  readonly #seedling: Seedling
  readonly #store: KeyStore
  readonly #alpha: number
  readonly #ignored: ReadonlySet<string>
  readonly #notify: Notify | undefined
  /** The least recently used first. */
  readonly #live = new Map<string, Live>()
  readonly #mostLive: number
  readonly #mostPerShard: number
  /** What a key that is not known is judged by; it never learns. */
  readonly #stranger: Live
  /** Was it said that there are more keys than may have a model? */
  #saidFull = false
  /** Keys of each shard. */
  readonly counts: Uint32Array

  /** `counts`: keys that are in the store already, by shard. */
  constructor(seedling: Seedling, store: KeyStore, settings: KeysSettings, counts: ArrayLike<number> = []) {
    this.#seedling = seedling
    this.#store = store
    this.#alpha = settings.alpha
    this.#ignored = settings.ignored
    this.#notify = settings.onNotice
    this.#stranger = { model: seedling.sprout(), changed: false }
    this.#mostLive = Math.max(
      LEAST_LIVE,
      Math.floor((settings.memory ?? MEMORY) / bytesOf(this.#stranger.model)),
    )
    this.#mostPerShard = Math.ceil((settings.maxKeys ?? MOST_KEYS) / SHARDS)
    this.counts = new Uint32Array(SHARDS)
    this.counts.set(Array.from(counts))
  }

  /** Models in memory. */
  get live(): number {
    return this.#live.size
  }

  /** Score a record, then learn from it. */
  observe(key: string, record: DataRecord): Verdict {
    const live = this.#of(key)
    if (!this.#encode(live, record)) return undecided()
    const verdict = live.model.judge(record)
    this.#learn(live, record, verdict.score as number)
    return verdict
  }

  /** What the model of the key says about a record. Changes no model. */
  scoreOne(key: string, record: DataRecord): Verdict {
    const live = this.#known(key)
    return this.#encode(live, record) ? live.model.judge(record) : undecided()
  }

  /** Learn from a record. */
  learnOne(key: string, record: DataRecord): void {
    const live = this.#of(key)
    if (this.#encode(live, record)) this.#learn(live, record, live.model.model.score())
  }

  /** The record with expected values in place of noise and of missing ones. Changes no model. */
  denoiseOne(key: string, record: DataRecord): Denoised {
    const { model } = this.#known(key).model
    model.encode(record, this.#ignored, true, this.#notify)
    return model.denoise(record, this.#alpha)
  }

  /** Features of a record. Changes no model. */
  transformOne(key: string, record: DataRecord): Float32Array {
    const { model } = this.#known(key).model
    model.encode(record, this.#ignored, true, this.#notify)
    return model.transform()
  }

  /** Put every model that has changed into the store, some at a time. */
  flush(): void {
    const changed = [...this.#live].filter(([, live]) => live.changed)
    for (let first = 0; first < changed.length; first += MOST_AT_ONCE)
      this.#put(changed.slice(first, first + MOST_AT_ONCE))
  }

  /** Give the memory of all models back. What was not flushed is lost. */
  release(): void {
    for (const { model } of [...this.#live.values(), this.#stranger]) model.model.release()
    this.#live.clear()
  }

  #encode({ model }: Live, record: DataRecord): boolean {
    const present = model.model.encode(record, this.#ignored, true, this.#notify)
    if (present === 0) this.#notify?.(noFieldsNotice())
    return present > 0
  }

  #learn(live: Live, record: DataRecord, score: number): void {
    live.model.learn(record, score, this.#notify)
    live.changed = true
  }

  /** The model of a key that is about to learn. */
  #of(key: string): Live {
    const found = this.#find(key)
    if (found) return found
    const shard = shardOf(key)
    if (this.counts[shard] >= this.#mostPerShard && key !== furtherKeys(shard)) {
      if (!this.#saidFull) this.#notify?.(keysNotice(this.#mostPerShard * SHARDS))
      this.#saidFull = true
      return this.#of(furtherKeys(shard))
    }
    const live = this.#keep(key, () => this.#seedling.sprout(), true)
    // It counts from now on, whether it learns or not: it has to be found again.
    this.counts[shard]++
    return live
  }

  /** The model of a key, or what judges those that have none. */
  #known(key: string): Live {
    return this.#find(key) ?? this.#find(furtherKeys(shardOf(key))) ?? this.#stranger
  }

  /** The model of a key that is in memory or in the store. */
  #find(key: string): Live | undefined {
    const live = this.#live.get(key)
    if (live) {
      this.#live.delete(key)
      this.#live.set(key, live)
      return live
    }
    const state = this.#store.get(key)
    if (!state) return undefined
    return this.#keep(key, () => this.#seedling.restore(readKeyState(state, this.#seedling.state().model)))
  }

  #keep(key: string, make: () => KeyModel, changed = false): Live {
    if (this.#live.size >= this.#mostLive) this.#makeRoom()
    const live = { model: this.#made(make), changed }
    this.#live.set(key, live)
    return live
  }

  /** A model, for which others make room where kernels have none. */
  #made(make: () => KeyModel): KeyModel {
    for (;;) {
      try {
        return make()
      } catch (error) {
        if (!(error instanceof KernelMemoryError) || this.#live.size === 0) throw error
        this.#makeRoom()
      }
    }
  }

  #makeRoom(): void {
    const leaving: [string, Live][] = []
    for (const entry of this.#live) {
      if (leaving.length === Math.min(MOST_AT_ONCE, this.#mostLive >> 2)) break
      leaving.push(entry)
    }
    this.#put(leaving.filter(([, { changed }]) => changed))
    for (const [key, { model }] of leaving) {
      model.model.release()
      this.#live.delete(key)
    }
  }

  #put(entries: readonly [string, Live][]): void {
    this.#store.put(entries.map(([key, { model }]) => [key, writeKeyState(model.state())]))
    for (const [, live] of entries) live.changed = false
  }
}

export const undecided = (): Verdict => ({ score: null, p: null, anomaly: null, why: [] })

/** What a model in memory takes up: its arrays, and objects that hold them. */
const bytesOf = (model: KeyModel) => writeKeyState(model.state()).length + OVERHEAD
