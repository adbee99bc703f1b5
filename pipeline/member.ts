/** One family of experts within a model: the fields it looks at, its product, and what its energies are relative to. */
import { type Encoded, type FieldState, RecordEncoder } from './encoders/record.ts'
import type { FieldSample } from './encoders/schema.ts'
import { energyOf } from './energy.ts'
import { familyNamed } from './experts/index.ts'
import type { Family, FamilyOptions, KernelChoice, Product, Row, Tensors } from './experts/product.ts'
import { TrailingMoments } from './moments.ts'
import { Reference, type ReferenceState } from './reference.ts'

/** Which fields a family is to look at, and how much its opinion counts beside that of others. */
export interface Part {
  readonly family: Family
  readonly fields: readonly FieldSample[]
  readonly weight: number
}

/** A member as a model file holds it. */
export interface MemberState {
  readonly family: string
  readonly weight: number
  readonly fields: readonly FieldState[]
  /** Every option of the product. */
  readonly options: FamilyOptions
  readonly product: Tensors
  /** Moments of its energies. */
  readonly moments: Float64Array
  /** Absent in families whose energies are relative to the past. */
  readonly reference?: ReferenceState
}

/** What the members of a model have in common. */
export interface MemberSettings {
  readonly options: FamilyOptions
  readonly kernel: KernelChoice
  readonly seed: number
}

export class Member {
  readonly encoder: RecordEncoder
  readonly product: Product
  readonly weight: number
  /** The record that is being looked at. */
  readonly encoded: Encoded
  /** Moments of the energies that records had before they were learned. */
  readonly #moments = new TrailingMoments()
  readonly #reference: Reference | null
  /** Workspace: complete rows for the product. */
  readonly #scratch: Row
  /** Free energy of the record, once it was asked for. */
  #energy = Number.NaN

  constructor(encoder: RecordEncoder, family: Family, weight: number, settings: MemberSettings) {
    const { options, kernel, seed } = settings
    this.encoder = encoder
    this.weight = weight
    this.product = family.create(encoder.visible, options, kernel)
    this.#reference = family.relativeTo === 'past' ? null : new Reference(this.product, seed)
    this.encoded = encoder.workspace()
    this.#scratch = new Float32Array(encoder.width)
  }

  static fit({ family, fields, weight }: Part, settings: MemberSettings): Member {
    return new Member(RecordEncoder.fit(fields, family.encodings), family, weight, settings)
  }

  static restore(state: MemberState, settings: Omit<MemberSettings, 'options'>): Member {
    const family = familyNamed(state.family)
    const encoder = RecordEncoder.restore(state.fields)
    const member = new Member(encoder, family, state.weight, { ...settings, options: state.options })
    member.product.restore(state.product)
    member.#moments.restore(state.moments)
    if ((member.#reference === null) !== (state.reference === undefined)) {
      throw new RangeError(
        `Expected a reference for the family ${state.family} as it needs one, got ${state.reference ? 'one' : 'none'}.`,
      )
    }
    if (state.reference) member.#reference?.restore(state.reference)
    return member
  }

  /** Free energy of the record relative to recent ones, tails included, in nats. Pure, but for remembering it. */
  score(): number {
    const { row, tail, present } = this.encoded
    const complete = present === this.encoder.fields.length
    this.#energy = energyOf(this.product, row, complete, this.#scratch) + tail
    if (Number.isFinite(this.#energy)) return this.#energy - this.baseline
    throw new RangeError(
      `Expected a finite free energy, got ${this.#energy}: the parameters are beyond use. Go back to an earlier model ` +
        'file, or learn a new model with a lower learning rate.',
    )
  }

  /** What scores are relative to: the mean energy of the reservoir or of recent records, in nats. */
  get baseline(): number {
    return this.#reference?.mean ?? this.#moments.mean
  }

  /** Is log Z still where it was, so that energies of different times can be compared? */
  get isSteady(): boolean {
    return this.#reference === null
  }

  /** Standard deviation of recent energies, in nats. */
  get spread(): number {
    return this.#moments.deviation
  }

  /** Learn the record, which was encoded and admitted. */
  learn(): void {
    this.product.learnOne(this.encoded.row)
    this.#reference?.add(this.encoded)
  }

  /** Take notice of the record without learning it. */
  notice(): void {
    this.product.notice(this.encoded.row)
  }

  /** Count the energy that `score` found among those that are compared with. */
  count(): void {
    if (Number.isFinite(this.#energy)) this.#moments.add(this.#energy)
    this.#energy = Number.NaN
  }

  state(): MemberState {
    const { family, options } = this.product
    return {
      family,
      weight: this.weight,
      fields: this.encoder.state(),
      options,
      product: this.product.tensors(),
      moments: this.#moments.state(),
      ...(this.#reference ? { reference: this.#reference.state() } : {}),
    }
  }
}
