/** One family of experts within a model: the fields it looks at, its product, and what its energies are relative to. */
import { type Costs, DivergenceWatch } from './divergence.ts'
import { type Encoded, type EncodedField, type FieldState, RecordEncoder } from './encoders/record.ts'
import type { FieldSample } from './encoders/schema.ts'
import { energyOf } from './energy.ts'
import { DivergedError } from './errors.ts'
import { familyAmong } from './experts/among.ts'
import type { Family, FamilyOptions, Kernels, Product, Row, Tensors } from './experts/product.ts'
import { TrailingMoments } from './moments.ts'
import type { Treatment } from './protection.ts'
import type { DataRecord } from './records.ts'
import { Reference, type ReferenceState } from './reference.ts'
import { ShiftWatch } from './shift.ts'
import { TypicalSurprise } from './typical.ts'
import { encodingsFor, type Units } from './units.ts'

/** Which fields a family is to look at, and its exponent in the product: how much its opinion counts. */
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
  /** For each of its groups the recent share of values beyond its range. */
  readonly beyond: Float64Array
  /** What each of its groups usually costs: see `TypicalSurprise`. */
  readonly typical: Float64Array
  /** Whether its learning has diverged: see `DivergenceWatch`. */
  readonly divergence: Float64Array
  /** Absent in families whose energies are relative to the past. */
  readonly reference?: ReferenceState
}

/** A record of the beginning of a stream, and what was done with it. */
export interface Kept {
  readonly record: DataRecord
  readonly treatment: Treatment
}

/** A real value is far beyond its range at so many times the distance between quartiles from the median. */
const FAR = 30

/** Records before the first energy that others are compared with. */
const FIRST_ENERGY = 8

/** What the members of a model have in common. */
export interface MemberSettings {
  readonly options: FamilyOptions
  readonly kernels: Kernels
  readonly families: readonly Family[]
  readonly seed: number
  /** Most values of a field that get a state of their own. */
  readonly maxCategories?: number
  /** Units of numbers, in families that have several. */
  readonly units?: Units
}

export class Member {
  readonly encoder: RecordEncoder
  readonly weight: number
  /** The record that is being looked at. */
  readonly encoded: Encoded
  /** Moments of the energies that records had before they were learned. */
  #moments = new TrailingMoments()
  #product: Product
  #reference: Reference | null
  readonly #shift: ShiftWatch
  #typical: TypicalSurprise
  readonly #divergence: DivergenceWatch
  /** Are its parameters beyond use? */
  #isBroken = false
  /** The product before it has learned anything. */
  readonly #newProduct: () => Product
  readonly #newReference: () => Reference | null
  readonly #fillsGaps: boolean
  readonly #isGated: boolean
  /** Are its groups sets of words? */
  readonly isText: boolean
  /** Workspaces: complete rows for the product, and which groups are beyond their range. */
  readonly #scratch: Row
  readonly #far: Float64Array
  /** Is its encoder its own, to be changed by what it learns? */
  readonly #ownsEncoder: boolean
  /** Free energy of the record, once it was asked for; infinite when there was no sensible answer. */
  #energy = Number.NaN

  /**
   * `shared`: the workspace of another member with the same encoder, which from then on nobody may change. `blank`: it is
   * about to be restored.
   */
  constructor(
    encoder: RecordEncoder,
    family: Family,
    weight: number,
    settings: MemberSettings,
    shared?: Pick<Member, 'encoded'>,
    blank = false,
  ) {
    const { options, kernels, seed } = settings
    this.encoder = encoder
    this.weight = weight
    this.#newProduct = () => family.create(encoder.visible, options, kernels)
    this.#newReference = () => (family.relativeTo === 'past' ? null : new Reference(this.#product, seed))
    this.#product = family.create(encoder.visible, options, kernels, blank)
    this.#reference = this.#newReference()
    this.#divergence = new DivergenceWatch(encoder.visible, family.optionNames.includes('learningRate'))
    this.#typical = new TypicalSurprise(encoder.fields.length)
    this.#fillsGaps = family.fillsGaps === true
    this.#isGated = family.remembersRows === true
    this.isText = encoder.visible.some(({ kind }) => kind === 'tokens')
    this.#shift = new ShiftWatch(encoder.fields.length)
    this.encoded = shared?.encoded ?? encoder.workspace()
    this.#ownsEncoder = shared === undefined
    this.#scratch = new Float32Array(encoder.width)
    this.#far = new Float64Array(encoder.fields.length)
  }

  /** An encoder fitted to the records, and a product that has learned them in their order, but for those held back. */
  static fit({ family, fields, weight }: Part, records: readonly Kept[], settings: MemberSettings): Member {
    const member = new Member(
      RecordEncoder.fit(fields, field => encodingsFor(family, field, settings.units), settings.maxCategories),
      family,
      weight,
      settings,
    )
    try {
      member.#learnAll(records)
    } catch (error) {
      // Memory of kernels is not collected.
      member.#product.release()
      throw error
    }
    return member
  }

  #learnAll(records: readonly Kept[]): void {
    this.#initialise(records)
    for (const [index, { record, treatment }] of records.entries()) {
      this.encoder.encode(record, this.encoded)
      if (index >= FIRST_ENERGY) this.score()
      this.take(record, treatment)
    }
  }

  static restore(state: MemberState, settings: Omit<MemberSettings, 'options'>): Member {
    return Member.#restored(state, RecordEncoder.restore(state.fields), settings)
  }

  /** A member of the same kind with parameters of its own, which shares encoder and workspace: see `Model.sibling`. */
  sibling(state: MemberState, settings: Omit<MemberSettings, 'options'>): Member {
    return Member.#restored(state, this.encoder, settings, this)
  }

  static #restored(
    state: MemberState,
    encoder: RecordEncoder,
    settings: Omit<MemberSettings, 'options'>,
    shared?: Member,
  ): Member {
    const family = familyAmong(settings.families, state.family)
    const own = { ...settings, options: state.options }
    if (!shared) family.checkSize(encoder.visible, state.options, state.product)
    const member = new Member(encoder, family, state.weight, own, shared, true)
    try {
      member.#restoreAll(state)
    } catch (error) {
      // Memory of kernels is not collected.
      member.#product.release()
      throw error
    }
    return member
  }

  #restoreAll(state: MemberState): void {
    this.#product.restore(state.product)
    this.#moments.restore(state.moments)
    this.#shift.restore(state.beyond)
    this.#typical.restore(state.typical)
    this.#divergence.restore(state.divergence)
    if ((this.#reference === null) !== (state.reference === undefined)) {
      throw new RangeError(
        `Expected a reference for the family ${state.family} as it needs one, got ${state.reference ? 'one' : 'none'}.`,
      )
    }
    if (state.reference) this.#reference?.restore(state.reference)
  }

  get product(): Product {
    return this.#product
  }

  /** Did its learning diverge, while others go on? Then it says nothing. */
  get isMuted(): boolean {
    return this.#divergence.isMuted
  }

  /** What is wrong with its learning: costs far beyond chance, or no finite answers at all; null when nothing is. */
  get trouble(): Costs | 'broken' | null {
    return this.#isBroken ? 'broken' : this.#divergence.diverged
  }

  /**
   * Say nothing from now on, and learn nothing. What was learned is given up, so that everything that can be asked of it,
   * and saved, is finite again.
   */
  mute(): void {
    this.#divergence.isMuted = true
    this.#isBroken = false
    this.#product.release()
    this.#product = this.#newProduct()
    this.#reference = this.#newReference()
    this.#moments = new TrailingMoments()
    this.#typical = new TypicalSurprise(this.encoder.fields.length)
  }

  /**
   * Free energy of the record relative to others, tails included, times the weight, in nats; NaN when the parameters are
   * beyond use. Pure, but for remembering.
   */
  score(): number {
    const { row, tail, present } = this.encoded
    const complete = this.#fillsGaps || present === this.encoder.fields.length
    const energy = energyOf(this.#product, row, complete, this.#scratch) + tail
    const score = this.weight * (energy - this.#baseline)
    this.#energy = Number.isNaN(score) ? Number.POSITIVE_INFINITY : energy
    return score
  }

  /** Has it an answer to the record whose score was asked for? */
  get isHeard(): boolean {
    return !this.isMuted && !this.#isBroken && this.#energy !== Number.POSITIVE_INFINITY
  }

  /**
   * What has to be added to a score to compare it with those of long ago, in nats. While the family is still learning
   * what is normal it falls; where log Z moves nothing can be compared, and it is 0.
   */
  get level(): number {
    return this.#reference || this.isMuted ? 0 : this.weight * this.#moments.mean
  }

  /**
   * Treat the record, which was encoded, as it was judged: learn it, or only take notice of it, and count its energy among
   * those that others are compared with. `onFull`: for each category that has no state left for its value.
   */
  take(record: DataRecord, treatment: Treatment, onFull?: (field: EncodedField) => void): void {
    if (this.#energy === Number.POSITIVE_INFINITY) this.#break()
    if (treatment !== 'hold') this.#shift.add(this.#excesses())
    if (!this.isMuted && !this.#isBroken) {
      const held = treatment === 'hold' || (treatment === 'gate' && this.#isGated)
      if (held) this.#product.notice(this.encoded.row)
      else this.#learn(record, onFull)
      if (treatment !== 'hold' && Number.isFinite(this.#energy)) this.#moments.add(this.#energy)
    }
    this.#energy = Number.NaN
  }

  /** What each group costs beyond what it usually does, times the weight, in nats; NaN where it is missing. Pure. */
  excess(): Float32Array {
    const excess = this.#typical.excessOf(this.surprises())
    for (let group = 0; group < excess.length; group++) excess[group] *= this.weight
    return excess
  }

  /** Surprise of each group, its tail included, in nats; NaN where it is missing. Pure. */
  surprises(): Float32Array {
    return this.#withTails(this.#product.surprise(this.encoded.row))
  }

  /**
   * For each group something above 0 where its value is beyond the range that it was fitted to. Prototypes, which compare
   * with the past, follow real values themselves; what follows a gradient would take for ever.
   */
  #excesses(): Float64Array {
    const { row, tails } = this.encoded
    if (this.#reference === null) return tails
    const excesses = this.#far
    for (const { encoder, at, group } of this.encoder.fields) {
      const isFar = encoder.encoding === 'real' && Math.abs(row[at]) > FAR
      excesses[group] = isFar ? 1 : tails[group]
    }
    return excesses
  }

  /** Has a number moved away from the range that it was fitted to, for good? */
  get outgrown(): boolean {
    return this.#ownsEncoder && this.#shift.outgrown
  }

  state(): MemberState {
    const { family, options } = this.#product
    return {
      family,
      weight: this.weight,
      fields: this.encoder.state(),
      options,
      product: this.#product.tensors(),
      moments: this.#moments.state(),
      beyond: this.#shift.state(),
      typical: this.#typical.state(),
      divergence: this.#divergence.state(),
      ...(this.#reference ? { reference: this.#reference.state() } : {}),
    }
  }

  /** Starting points from all records at once, but for those held back, as long as these are the fewer ones. */
  #initialise(all: readonly Kept[]): void {
    const learned = all.filter(({ treatment }) => treatment !== 'hold')
    const records = 2 * learned.length > all.length ? learned : all
    const rows = new Float32Array(records.length * this.encoder.width)
    for (const [index, { record }] of records.entries()) {
      this.encoder.encode(record, this.encoded)
      rows.set(this.encoded.row, index * this.encoder.width)
    }
    this.#product.initialise(rows)
  }

  #learn(record: DataRecord, onFull?: (field: EncodedField) => void): void {
    if (this.#ownsEncoder) this.encoder.admit(record, this.encoded.row, onFull)
    try {
      this.#look()
      this.#product.learnOne(this.encoded.row)
      this.#reference?.add(this.encoded)
    } catch (error) {
      if (!(error instanceof DivergedError)) throw error
      this.#break()
    }
    if (this.#reference && Number.isNaN(this.#reference.mean)) this.#break()
  }

  /** Notice, of some rows that are about to be learned, what they cost. */
  #look(): void {
    const watched = this.#divergence.isNextDue()
    // Words are asked one by one against thousands of others: too dear for every record.
    const usual = !this.isText && this.#typical.isNextDue()
    if (!watched && !usual) return
    const surprises = this.#product.surprise(this.encoded.row)
    if (watched) this.#divergence.add(surprises)
    if (usual) this.#typical.add(this.#withTails(surprises))
  }

  /** Surprises with the tails added, in place. */
  #withTails(surprises: Float32Array): Float32Array {
    for (let group = 0; group < surprises.length; group++) surprises[group] += this.encoded.tails[group]
    return surprises
  }

  #break(): void {
    this.#isBroken = true
    this.#divergence.declare()
  }

  /** What energies are relative to: the mean of the reservoir, or of all that were counted. */
  get #baseline(): number {
    return this.#reference?.mean ?? this.#moments.mean
  }
}
