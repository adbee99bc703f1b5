/**
 * How a layout is found: the first records of a stream are kept, and fitted again and again while they become more
 * (schedule.ts), until the layout stands and they are forgotten. It begins anew when numbers have moved away for good.
 */
import { fieldsNotice, memoryNotice, namesNotice, noFieldsNotice } from './encoders/notices.ts'
import { SampleNames, usableValues } from './encoders/sample.ts'
import { type FieldSample, fieldsOf, reportUnusable, withinLimit } from './encoders/schema.ts'
import { KernelMemoryError } from './errors.ts'
import type { FieldKind } from './experts/product.ts'
import type { Kept } from './member.ts'
import { Model, type ModelSettings } from './model.ts'
import type { CompleteOptions } from './options.ts'
import type { Treatment } from './protection.ts'
import type { DataRecord, Notify } from './records.ts'
import { isFitDue, settledAt } from './schedule.ts'
import { kindsGiven } from './units.ts'

export class Settling {
  readonly #settings: ModelSettings
  readonly #notify: Notify | undefined
  readonly #warmup: number
  readonly #maxFields: number
  readonly #ignored: ReadonlySet<string>
  readonly #kinds: ReadonlyMap<string, FieldKind>
  #records: Kept[] | null = []
  /** Of the fields of the records. */
  readonly #names: SampleNames

  constructor(options: CompleteOptions, settings: ModelSettings, notify?: Notify) {
    this.#settings = settings
    this.#notify = notify
    this.#warmup = options.warmup
    this.#maxFields = options.maxFields
    this.#ignored = new Set(options.ignore)
    this.#kinds = kindsGiven(options)
    this.#names = new SampleNames(options.maxFields)
  }

  /** The records that are kept; null once the layout stands. */
  get records(): readonly Kept[] | null {
    return this.#records
  }

  /** Are there enough of them? */
  get isComplete(): boolean {
    return this.#records !== null && this.#records.length >= settledAt(this.#warmup)
  }

  /** Is it time to fit them? `shifted`: they are those of a shift, and not of the beginning. */
  isDue(shifted: boolean): boolean {
    return this.#records !== null && isFitDue(this.#records.length, this.#warmup, shifted)
  }

  /** Keep a record, if there is anything in it that can be used. `isNew`: nobody has looked at it yet. */
  keep(record: DataRecord, treatment: Treatment, isNew: boolean): boolean {
    const values = usableValues(record, this.#ignored, this.#names)
    const usable = Object.keys(values).length > 0
    if (usable) this.#records?.push({ record: values, treatment })
    if (this.#notify && isNew) {
      reportUnusable(record, this.#ignored, this.#notify)
      if (!usable) this.#notify(noFieldsNotice())
    }
    return usable
  }

  /** Keep records from now on, as at the beginning. */
  restart(): void {
    this.restore([])
  }

  /** The layout stands. */
  end(): void {
    this.#records = null
  }

  /** As it was with these records. */
  restore(records: readonly Kept[] | null): void {
    this.#records = records?.slice() ?? null
    this.#names.restart(records?.map(({ record }) => record))
  }

  /**
   * A model of the records; null when there is nothing to fit, or no room for it beside the `current` one, which goes on
   * then. After a shift only those experts are fitted that it has left behind.
   * @throws KernelMemoryError when there is no room for it, and nothing that could go on
   */
  fit(current: Model | null, shifted: boolean): Model | null {
    const records = this.#records ?? []
    try {
      const before = shifted ? (current ?? undefined) : undefined
      return Model.fit(this.#fields(records), records, this.#settings, this.#notify, before)
    } catch (error) {
      if (!(error instanceof KernelMemoryError)) throw error
      if (current === null) {
        // What is kept must not grow for ever, whoever catches this.
        if (this.isComplete) this.restart()
        throw error
      }
      this.#settings.reported.once('memory', this.#notify, () => memoryNotice(error.message))
      return null
    }
  }

  /** The fields that there is room for; what is left out is said. */
  #fields(kept: readonly Kept[]): readonly FieldSample[] {
    const records = kept.map(({ record }) => record)
    const fields = fieldsOf(records, this.#kinds)
    const { reported } = this.#settings
    const most = this.#maxFields
    if (fields.length > most)
      reported.once('fields', this.#notify, () => fieldsNotice(most, fields.length, records.length))
    if (this.#names.overflown) reported.once('names', this.#notify, () => namesNotice(this.#names.most))
    return withinLimit(fields, most)
  }
}
