/**
 * A detector of anomalies in a stream of records: schema, encoder, product of experts, reference and calibration in one
 * object that needs no configuration and can be saved at any record.
 *
 * Cost of a record with D visible values and H hidden units: a few passes over the D × H weights; no allocation grows
 * with the stream.
 */
import { Calibrator, WINDOW } from './calibration/calibrator.ts'
import { AUTO } from './choice.ts'
import type { Denoised } from './denoise.ts'
import type { EncoderState } from './encoders/field.ts'
import { noFieldsNotice } from './encoders/notices.ts'
import { Reported } from './encoders/reported.ts'
import { KernelMemoryError, ModelFileError, show } from './errors.ts'
import type { Encoding, Family, FieldKind } from './experts/product.ts'
import type { Kept } from './member.ts'
import { type MemberView, viewOf } from './member-view.ts'
import { type ExpertsSummary, Model, type ModelSettings } from './model.ts'
import {
  type CompleteOptions,
  completeOptions,
  type DetectorOverrides,
  type FamilyDetectorOptions,
  wholeNumber,
} from './options.ts'
import { Protection, SLACK, type Treatment } from './protection.ts'
import type { DataRecord, Notify, Value, Verdict } from './records.ts'
import { SWEEPS } from './sampling.ts'
import { settledAt } from './schedule.ts'
import { Settling } from './settling.ts'
import { type DetectorState, readCheckpoint, writeCheckpoint } from './state/checkpoint.ts'
import type { Detection, StreamOptions } from './streams/detection.ts'
import { toTransformStream } from './streams/transform-stream.ts'

export type { Denoised } from './denoise.ts'
export type { MemberView } from './member-view.ts'
export type { ExpertsSummary } from './model.ts'
export type { DetectorOptions, DetectorOverrides, FamilyDetectorOptions } from './options.ts'
export type { DataRecord, Notice, Reason, Value, Verdict } from './records.ts'

/** A field as one of the experts sees it. */
export interface FieldSummary {
  readonly field: string
  /** Name of the family of experts. */
  readonly experts: string
  readonly kind: FieldKind
  readonly encoding: Encoding
  /** Visible values that it takes up in a row. */
  readonly size: number
  /** `low` and `high` of a number's bins; the `values` of a category that have a state, and how many are `free`. */
  readonly detail: EncoderState
}

/** Refuse, with a TypeError, what is no record. */
export function checkRecord(record: unknown): void {
  if (typeof record === 'object' && record !== null && !Array.isArray(record)) return
  throw new TypeError(
    `Expected a record, an object of fields by name, got ${show(record)}; wrap the value in one.`,
  )
}

/** Refuse a model of families that the program has not brought along. */
function checkBrought({ model, options }: DetectorState, families: readonly Family[]): void {
  const needed = new Set(model?.members.map(({ family }) => family) ?? [])
  if (options.experts !== AUTO) needed.add(options.experts)
  const missing = [...needed].filter(name => !families.some(family => family.name === name))
  if (missing.length === 0) return
  const brought = families.map(({ name }) => name).join(', ')
  throw new ModelFileError(
    `Expected a model of the families that were given, ${brought}, got one of ${[...needed].map(show).join(', ')}; ` +
      'name all of them in the option families.',
  )
}

const undecided = (): Verdict => ({ score: null, p: null, anomaly: null, why: [] })

export class Detector {
  /**
   * Where the stream stands, for whoever feeds the detector to go on from: any JSON value of up to 16 MB, such as the
   * number of bytes that were read. Saved with the model and there again after loading; the detector does not look at
   * it. Undefined by default, which saves none. What is no JSON makes `save` throw a TypeError.
   */
  position: unknown = undefined
  readonly #options: CompleteOptions
  /** Of a loaded model: the options of its own that `load` may have overridden for this time. */
  #own: Partial<CompleteOptions> = {}
  readonly #settings: ModelSettings
  readonly #ignored: ReadonlySet<string>
  readonly #notify: Notify | undefined
  /** The first records, until the layout is settled, or the first ones after numbers have moved away for good. */
  readonly #settling: Settling
  #model: Model | null = null
  #calibrator = new Calibrator()
  readonly #count = (score: number) => this.#calibrator.add(score)
  #protection: Protection
  #learned = 0

  constructor(options: FamilyDetectorOptions) {
    const complete = completeOptions(options)
    const { experts, seed, protect } = complete
    this.#options = complete
    this.#settings = {
      experts,
      options: complete.family,
      kernels: options.kernels ?? {},
      families: options.families,
      seed,
      reported: new Reported(),
      maxCategories: complete.maxCategories,
      units: complete.units,
    }
    this.#settling = new Settling(complete, this.#settings, options.onNotice)
    this.#ignored = new Set(complete.ignore)
    this.#protection = new Protection(protect, seed)
    this.#notify = options.onNotice
  }

  /** Records learned so far. */
  get learned(): number {
    return this.#learned
  }

  /** Every option with its default filled in; `family` with all options of the family as they were given. */
  get options(): CompleteOptions {
    return this.#options
  }

  /** The families of experts that work together, most important first; none while warming up. */
  get experts(): readonly string[] {
    return this.#model?.members.map(({ product }) => product.family) ?? []
  }

  /** The families with their weights in the product and the fields that they look at; none while warming up. */
  describeExperts(): ExpertsSummary[] {
    return this.#model?.describe() ?? []
  }

  /** The first records that it learns, as long as it keeps them; null once the layout is settled. */
  get kept(): readonly Kept[] | null {
    return this.#settling.records
  }

  /**
   * Score a record, then learn from it: `scoreOne` and `learnOne` in one.
   * @throws KernelMemoryError when there is no room for the first model of the records so far, which are kept
   */
  observe(record: DataRecord): Verdict {
    checkRecord(record)
    const model = this.#model
    const present = model ? this.#encode(model, record) : 0
    const verdict = model && present > 0 ? this.#judge(model, record) : undecided()
    this.#learn(record, present, verdict.score)
    return verdict
  }

  /** What the detector says about a record. Changes nothing. */
  scoreOne(record: DataRecord): Verdict {
    checkRecord(record)
    const model = this.#model
    if (!model) return undecided()
    return this.#encode(model, record) > 0 ? this.#judge(model, record) : undecided()
  }

  /** Learn from a record. Its score, taken before, becomes one of those that p-values are counted from. */
  learnOne(record: DataRecord): void {
    checkRecord(record)
    const model = this.#model
    const present = model ? this.#encode(model, record) : 0
    const score = model && present > 0 ? model.score() : null
    this.#learn(record, present, score)
  }

  /**
   * The record with expected values in place of noise, and in place of missing ones: a field is noise when the odds
   * against its value, given all others, exceed 1 / alpha. Unchanged while warming up. Changes nothing.
   */
  denoiseOne(record: DataRecord): Denoised {
    checkRecord(record)
    const model = this.#model
    if (!model) return { record: Object.fromEntries(Object.entries(record)), changed: [] }
    this.#encode(model, record)
    return model.denoise(record, this.#options.alpha)
  }

  /**
   * Features of a record, those of all families one behind the other (`transformOne` of each product: posterior
   * probabilities of hidden units, which centre is nearest, what each field costs); none while warming up. Changes nothing.
   */
  transformOne(record: DataRecord): Float32Array {
    checkRecord(record)
    const model = this.#model
    if (!model) return new Float32Array(0)
    this.#encode(model, record)
    return model.transform()
  }

  /** How many features `transformOne` gives; 0 while warming up. */
  get featureCount(): number {
    return this.#model?.featureCount ?? 0
  }

  /**
   * Are the fields settled, and with them the number of features? Later that changes only when numbers have moved away for
   * good and fields came or went meanwhile.
   */
  get isSettled(): boolean {
    const isBeginning = this.kept !== null && this.#learned <= this.kept.length
    return this.#model !== null && !isBeginning
  }

  /**
   * `count` new records, drawn from the experts by chains of `sweeps` full sweeps each, 100 by default. Numbers have as many
   * digits as those that the model was fitted to; a number that is looked at in bins is the centre of its bin. A field is
   * drawn by the family that looks at it together with the most others, and families draw independently of each other:
   * with one family (`experts`) the draw is from its product. All records have the same fields, null where a rare category
   * was drawn, which has no state of its own. Texts come as far as their experts see them: words in lower case, "…" for rare
   * ones, or a template with # for numbers. Fields of which no value can be made, such as timestamps, are left out, and
   * that is reported. Nothing changes but the random numbers of `sample`, which are saved with the
   * detector and go on from call to call.
   * @throws TypeError, RangeError for other than whole numbers, while warming up, and when no field can be made
   */
  sample(count: number, sweeps = SWEEPS): Record<string, Value>[] {
    wholeNumber('count', count, 0, 2 ** 32)
    wholeNumber('sweeps', sweeps, 0, 2 ** 31 - 1)
    if (this.#model) return this.#model.sample(count, sweeps, this.#notify)
    throw new RangeError(
      `Expected a detector that has a model, got one that has learned ${this.#learned} records; it has one after ` +
        `${this.#options.warmup} that have values.`,
    )
  }

  /** Begin the random numbers of `sample` anew: the same seed, the same records. Nothing else depends on them. */
  reseed(seed: number): void {
    wholeNumber('seed', seed, 0, 2 ** 32 - 1)
    this.#model?.reseed(seed)
  }

  /**
   * A Web TransformStream of records into detections, `{ record, score, p, anomaly, why }`, one for each, in order. It
   * learns from each record after it was scored, unless `learn` is false. A value that is no record errors it.
   */
  toTransformStream<T extends DataRecord = DataRecord>(
    options: StreamOptions = {},
  ): TransformStream<T, Detection<T>> {
    return toTransformStream(this, options)
  }

  /** The fields as the experts see them, one entry for each way of looking; none while warming up. */
  describe(): FieldSummary[] {
    if (!this.#model) return []
    return this.#model.members.flatMap(({ encoder: { fields }, product }) =>
      fields.map(({ name, encoder }) => ({
        field: name,
        experts: product.family,
        kind: encoder.kind,
        encoding: encoder.encoding,
        size: encoder.group.size,
        detail: encoder.summary(),
      })),
    )
  }

  /** What looks at records, one for each family, for those who ask about likelihoods; none while warming up. */
  get views(): readonly MemberView[] {
    return this.#model?.members.map(viewOf) ?? []
  }

  /** Scores that p-values are counted from, and how many they will be at most. */
  get calibration(): { readonly scores: number; readonly capacity: number } {
    return { scores: this.#calibrator.size, capacity: WINDOW }
  }

  /** The detector as a model file (safetensors; docs/file-format.md). Loading it and going on is like not stopping. */
  save(): Uint8Array<ArrayBuffer> {
    const { explain, ...options } = { ...this.#options, ...this.#own }
    return writeCheckpoint({
      options,
      learned: this.#learned,
      position: this.position,
      buffer: this.kept,
      model: this.#model?.state() ?? null,
      scores: this.#calibrator.state(),
      protection: this.#protection.state(),
    })
  }

  /**
   * The detector that `save` wrote. `overrides` hold for this detector and are not saved with it.
   * @throws ModelFileError for anything else, and for a model of a family that is not among `families`;
   *   KernelMemoryError when there is no room for it
   */
  static load(
    file: Uint8Array,
    overrides: DetectorOverrides & Pick<FamilyDetectorOptions, 'families'>,
  ): Detector {
    // What the caller gives is looked at first: it is not the file that is wrong then.
    completeOptions(overrides)
    const { families, kernels } = overrides
    const state = readCheckpoint(file, members =>
      families.find(({ name }) => members.includes(`"${name}"`))?.checksum(kernels),
    )
    checkBrought(state, families)
    const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
    let detector: Detector | undefined
    try {
      // A subclass loads its own kind.
      detector = new this({ ...state.options, ...given, families: overrides.families })
      detector.#own = { alpha: state.options.alpha, why: state.options.why }
      detector.#restore(state)
      return detector
    } catch (error) {
      detector?.release()
      const isOther = !(error instanceof Error) || error instanceof KernelMemoryError
      if (error instanceof ModelFileError || isOther) throw error
      throw new ModelFileError(`Expected a model file in agreement with itself. ${error.message}`, {
        cause: error,
      })
    }
  }

  /** Give the memory of the product back at once. The detector cannot be used afterwards. */
  release(): void {
    this.#model?.release()
  }

  #restore({ learned, position, buffer, model, scores, protection }: DetectorState): void {
    this.#learned = learned
    this.position = position
    this.#settling.restore(buffer)
    this.#calibrator = new Calibrator(scores)
    this.#protection.restore(protection)
    if (model) this.#use(Model.restore(model, this.#settings))
    this.#checkPhase()
  }

  /** A file that holds a buffer or a model where none can be, or lacks one. */
  #checkPhase(): void {
    const { warmup } = this.#options
    const held = this.kept?.length ?? 0
    const settling = held < settledAt(warmup) && held <= this.#learned
    if (this.kept ? !settling : !this.#model) {
      throw new RangeError(
        `Expected the records of a warm-up or a model after ${this.#learned} records, got ${held} records ` +
          `and ${this.#model ? 'a' : 'no'} model.`,
      )
    }
  }

  #use(model: Model): void {
    this.#model?.release(model)
    this.#model = model
  }

  /** Have the model look at a record; the number of fields that are present. */
  #encode(model: Model, record: DataRecord): number {
    const present = model.encode(record, this.#ignored, this.kept === null, this.#notify)
    if (present === 0) this.#notify?.(noFieldsNotice())
    return present
  }

  /** The verdict on the record that the model looks at. */
  #judge(model: Model, record: DataRecord): Verdict {
    const { alpha, why, explain } = this.#options
    const score = model.score()
    const p = this.#calibrator.pValue(score)
    const anomaly = p === null ? null : p < alpha
    return { score, p, anomaly, why: anomaly || explain === 'all' ? model.explain(record, why) : [] }
  }

  /** Learn the record that the model looks at, of which `present` fields are there, unless it is protected against. */
  #learn(record: DataRecord, present: number, score: number | null): void {
    const treatment = score === null ? 'learn' : this.#treatmentOf(score)
    const usable = this.kept ? this.#settling.keep(record, treatment, this.#model === null) : present > 0
    if (!usable) return
    this.#learned++
    // At its beginning a detector keeps every record that it learns.
    const shifted = this.kept !== null && this.#model !== null && this.#learned > this.kept.length
    const due = this.#settling.isDue(shifted)
    // A model that is about to be replaced as a whole need not learn any more.
    const muted = this.#model?.muted ?? 0
    if (present > 0 && (!due || shifted)) this.#model?.take(record, treatment, this.#notify)
    if (due) this.#refit(shifted)
    if ((this.#model?.muted ?? 0) !== muted) this.#forgetScores()
    // The next records are kept as the first ones were; meanwhile the model goes on.
    if (this.kept === null && this.#model?.outgrown) this.#settling.restart()
  }

  /** Experts that scores were made of no longer count: what is normal has to be seen anew. */
  #forgetScores(): void {
    const { protect, seed } = this.#options
    this.#calibrator = new Calibrator()
    this.#protection = new Protection(protect, seed)
  }

  /** What to do with a record of this score; the calibrator takes in the scores that are normal from now on. */
  #treatmentOf(score: number): Treatment {
    const level = this.#model?.level ?? 0
    const p = this.#calibrator.pValue(score - SLACK)
    return this.#protection.judge(score, level, p, !this.#calibrator.isFull, this.#count)
  }

  /** A new model of the kept records, if there is one; they are forgotten when there are enough of them. */
  #refit(shifted: boolean): void {
    const model = this.#settling.fit(this.#model, shifted)
    if (model) this.#use(model)
    if (model && !shifted) this.#calibrator.forgetHalf()
    if (!this.#settling.isComplete) return
    // Without any field there is nothing to settle yet: the next records may have some.
    if (this.#model) this.#settling.end()
    else this.#settling.restart()
  }
}
