/** What a detector fits as a whole, and fits anew while it settles: the layout of rows, the product, its reference. */
import { type Denoised, denoise } from './denoise.ts'
import { type Encoded, RecordEncoder } from './encoders/record.ts'
import type { FieldSample } from './encoders/schema.ts'
import { energyOf } from './energy.ts'
import type { Family, FamilyOptions, KernelChoice, Product, Row } from './experts/product.ts'
import { explain } from './explain.ts'
import type { DataRecord, Notify, Reason } from './records.ts'
import { Reference } from './reference.ts'
import { ShiftWatch } from './shift.ts'
import type { ModelState } from './state/checkpoint.ts'

/** What every fit of a detector has in common. */
export interface ModelSettings {
  readonly family: Family
  readonly options: FamilyOptions
  readonly kernel: KernelChoice
  readonly seed: number
  /** What was reported once and is not reported again. */
  readonly reported: Set<string>
}

export class Model {
  readonly encoder: RecordEncoder
  readonly product: Product
  readonly #reference: Reference
  readonly #shift: ShiftWatch
  /** The record that is being looked at. */
  readonly #encoded: Encoded
  /** Workspace: complete rows for the product. */
  readonly #scratch: Row

  private constructor(encoder: RecordEncoder, product: Product, seed: number) {
    this.encoder = encoder
    this.product = product
    this.#reference = new Reference(product, seed)
    this.#shift = new ShiftWatch(encoder.fields.length)
    this.#encoded = encoder.workspace()
    this.#scratch = new Float32Array(encoder.width)
  }

  /** Encoders fitted to the records, and a product that has learned them in their order. */
  static fit(fields: readonly FieldSample[], records: readonly DataRecord[], settings: ModelSettings): Model {
    const { family, options, kernel, seed, reported } = settings
    const encoder = RecordEncoder.fit(fields, family.encodings, reported)
    const model = new Model(encoder, family.create(encoder.visible, options, kernel), seed)
    const rows = new Float32Array(records.length * encoder.width)
    for (const [index, record] of records.entries()) {
      encoder.encode(record, model.#encoded)
      rows.set(model.#encoded.row, index * encoder.width)
    }
    model.product.initialise(rows)
    model.product.learnMany(rows)
    for (const record of records) {
      encoder.encode(record, model.#encoded)
      model.#reference.add(model.#encoded)
    }
    return model
  }

  static restore(state: ModelState, settings: ModelSettings): Model {
    const encoder = RecordEncoder.restore(state.fields, settings.reported)
    const product = settings.family.create(encoder.visible, state.options, settings.kernel)
    const model = new Model(encoder, product, settings.seed)
    product.restore(state.product)
    model.#reference.restore(state.reference)
    model.#shift.restore(state.beyond)
    return model
  }

  /** Look at a record: what the methods below are about. The number of its fields that are present. */
  encode(record: DataRecord, ignored: ReadonlySet<string>, settled: boolean, notify?: Notify): number {
    return this.encoder.encode(record, this.#encoded, ignored, settled, notify)
  }

  /** Free energy, tails included, relative to the mean of recent rows, in nats. Pure. */
  score(): number {
    const { row, tail, present } = this.#encoded
    const complete = present === this.encoder.fields.length
    const energy = energyOf(this.product, row, complete, this.#scratch) + tail
    if (Number.isFinite(energy)) return energy - this.#reference.mean
    throw new RangeError(
      `Expected a finite free energy, got ${energy}: the parameters are beyond use. Go back to an earlier model file, ` +
        'or learn a new model with a lower learning rate.',
    )
  }

  /** Learn the record and offer it to the reference. */
  learn(record: DataRecord, notify?: Notify): void {
    this.encoder.admit(record, this.#encoded.row, notify)
    this.product.learnOne(this.#encoded.row)
    this.#reference.add(this.#encoded)
    this.#shift.add(this.#encoded.tails)
  }

  /** Has a number moved away from the range that it was fitted to, for good? */
  get outgrown(): boolean {
    return this.#shift.outgrown
  }

  /** The `count` most surprising fields of the record. Pure. */
  explain(record: DataRecord, count: number): Reason[] {
    return explain(this.product, this.encoder, record, this.#encoded, count)
  }

  /** The record without noise. Afterwards the model looks at what came out. */
  denoise(record: DataRecord, alpha: number): Denoised {
    return denoise(this.product, this.encoder, record, this.#encoded, alpha)
  }

  /** Features of the record, H values. Pure. */
  transform(): Float32Array {
    return this.product.transformOne(this.#encoded.row)
  }

  state(): ModelState {
    return {
      fields: this.encoder.state(),
      options: this.product.options,
      product: this.product.tensors(),
      reference: this.#reference.state(),
      beyond: this.#shift.state(),
    }
  }
}
