/** What a detector fits as a whole, and fits anew while it settles: the layout of rows and the members that read them. */
import { partsFor } from './choice.ts'
import { type Denoised, denoise } from './denoise.ts'
import type { Reported } from './encoders/reported.ts'
import type { FieldSample } from './encoders/schema.ts'
import type { Family, FamilyOptions, KernelChoice } from './experts/product.ts'
import { explain } from './explain.ts'
import { Layout } from './layout.ts'
import { Member, type MemberSettings, type MemberState } from './member.ts'
import type { DataRecord, Notify, Reason } from './records.ts'
import { ShiftWatch } from './shift.ts'

/** What every fit of a detector has in common. */
export interface ModelSettings {
  /** `auto` or the name of a family. */
  readonly experts: string
  /** Options for every family that knows them. */
  readonly options: FamilyOptions
  readonly kernel: KernelChoice
  readonly seed: number
  readonly reported: Reported
}

/** A record of the beginning of a stream, and whether it was kept from being learned. */
export interface Kept {
  readonly record: DataRecord
  readonly held: boolean
}

/** As a model file holds it. */
export interface ModelState {
  readonly members: readonly MemberState[]
  /** For every group of every member, the recent share of values beyond its range. */
  readonly beyond: Float64Array
}

/** Records before the first energy that others are compared with. */
const FIRST_ENERGY = 8

/** The options of a family in a stream: its own, then those that were given. */
function optionsFor(family: Family, { experts, options, seed }: ModelSettings): FamilyOptions {
  const known = experts === family.name ? options : knownTo(family, options)
  return { ...family.streamOptions, seed, ...known }
}

/** Where several families work together, each takes the options that it has. */
function knownTo(family: Family, options: FamilyOptions): FamilyOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => family.optionNames?.includes(name)))
}

export class Model {
  readonly members: readonly Member[]
  readonly layout: Layout
  readonly #encoded: readonly Member['encoded'][]
  readonly #shift: ShiftWatch
  readonly #reported: Reported

  private constructor(members: readonly Member[], reported: Reported) {
    this.members = members
    this.layout = new Layout(
      members.map(({ encoder }) => encoder),
      reported,
    )
    this.#encoded = members.map(({ encoded }) => encoded)
    this.#shift = new ShiftWatch(members.reduce((sum, { encoder }) => sum + encoder.fields.length, 0))
    this.#reported = reported
  }

  /** Members fitted to the records that have learned them in their order; null when there is nothing to fit. */
  static fit(
    fields: readonly FieldSample[],
    records: readonly Kept[],
    settings: ModelSettings,
    notify?: Notify,
  ): Model | null {
    const parts = partsFor(settings.experts, fields, settings.reported, notify)
    if (parts.length === 0) return null
    const members = parts.map(part => {
      const own: MemberSettings = { ...settings, options: optionsFor(part.family, settings) }
      return Member.fit(part, own)
    })
    const model = new Model(members, settings.reported)
    for (const member of members) initialise(member, records)
    for (const [index, { record, held }] of records.entries()) {
      model.encode(record)
      if (index >= FIRST_ENERGY) model.score()
      model.take(record, !held, !held)
    }
    return model
  }

  static restore({ members, beyond }: ModelState, settings: ModelSettings): Model {
    const model = new Model(
      members.map(state => Member.restore(state, settings)),
      settings.reported,
    )
    model.#shift.restore(beyond)
    return model
  }

  /** Look at a record: what the methods below are about. The number of its fields that are present. */
  encode(record: DataRecord, ignored?: ReadonlySet<string>, settled?: boolean, notify?: Notify): number {
    return this.layout.encode(record, this.#encoded, ignored, settled, notify)
  }

  /**
   * How much less likely the record is than recent ones, in nats: the energies of all members, tempered so that none
   * drowns the others: each is given the spread of the first, times its weight. Pure.
   */
  score(): number {
    let score = 0
    for (const member of this.members) score += this.#temper(member) * member.score()
    return score
  }

  /**
   * What has to be added to scores to compare them with those of long ago, in nats: the tempered baselines of members
   * whose log Z stands still. While these are still learning what is normal it falls.
   */
  get level(): number {
    let level = 0
    for (const member of this.members) if (member.isSteady) level += this.#temper(member) * member.baseline
    return level
  }

  /** Learn the record, or only take notice of it, and count its energies among the normal ones or not. */
  take(record: DataRecord, learn: boolean, count: boolean, notify?: Notify): void {
    for (const member of this.members) {
      if (learn) {
        member.encoder.admit(record, member.encoded.row, this.#reported, notify)
        member.learn()
      } else member.notice()
      if (count) member.count()
    }
    this.#shift.add(this.#encoded)
  }

  /** Has a number moved away from the range that it was fitted to, for good? */
  get outgrown(): boolean {
    return this.#shift.outgrown
  }

  /** The `count` most surprising fields of the record. Pure. */
  explain(record: DataRecord, count: number): Reason[] {
    return explain(this.members, record, count, member => this.#temper(member))
  }

  /** The record without noise. Afterwards the model looks at what came out. */
  denoise(record: DataRecord, alpha: number): Denoised {
    return denoise(this.members, record, alpha, changed => this.encode(changed))
  }

  /** Features of the record: those of all members, one behind the other. Pure. */
  transform(): Float32Array {
    const features = this.members.map(({ product, encoded }) => product.transformOne(encoded.row))
    const all = new Float32Array(features.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const each of features) {
      all.set(each, at)
      at += each.length
    }
    return all
  }

  release(): void {
    for (const { product } of this.members) product.release()
  }

  state(): ModelState {
    return { members: this.members.map(member => member.state()), beyond: this.#shift.state() }
  }

  /** The exponent of a member in the product. */
  #temper(member: Member): number {
    const first = this.members[0]
    if (member === first) return 1
    const ratio = first.spread / member.spread
    return member.weight * (Number.isFinite(ratio) && ratio > 0 ? ratio : 1)
  }
}

/** Starting points from all records at once. */
function initialise({ encoder, encoded, product }: Member, records: readonly Kept[]): void {
  const rows = new Float32Array(records.length * encoder.width)
  for (const [index, { record }] of records.entries()) {
    encoder.encode(record, encoded)
    rows.set(encoded.row, index * encoder.width)
  }
  product.initialise(rows)
}
