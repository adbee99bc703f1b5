/** What a detector fits as a whole, and fits anew while it settles: the layout of rows and the members that read them. */
import { partsFor } from './choice.ts'
import { type Denoised, denoise } from './denoise.ts'
import { categoriesNotice } from './encoders/notices.ts'
import type { EncodedField } from './encoders/record.ts'
import type { Reported } from './encoders/reported.ts'
import type { FieldSample } from './encoders/schema.ts'
import type { Family, FamilyOptions, KernelChoice } from './experts/product.ts'
import { explain } from './explain.ts'
import { Layout } from './layout.ts'
import { type Kept, Member, type MemberState } from './member.ts'
import type { Treatment } from './protection.ts'
import type { DataRecord, Notify, Reason } from './records.ts'

/** What every fit of a detector has in common. */
export interface ModelSettings {
  /** `auto` or the name of a family. */
  readonly experts: string
  /** Options for every family that knows them. */
  readonly options: FamilyOptions
  readonly kernel: KernelChoice
  readonly seed: number
  readonly reported: Reported
  /** Most values of a field that get a state of their own. */
  readonly maxCategories?: number
  /** Is it one of many, and to be small? */
  readonly light?: boolean
}

/** As a model file holds it. */
export interface ModelState {
  readonly members: readonly MemberState[]
}

/** The options of a family in a stream: its own, then those that were given. */
function optionsFor(family: Family, { experts, options, seed, light }: ModelSettings): FamilyOptions {
  const known = experts === family.name ? options : knownTo(family, options)
  return { ...family.streamOptions, ...(light ? family.lightOptions : {}), seed, ...known }
}

/** Where several families work together, each takes the options that it has. */
function knownTo(family: Family, options: FamilyOptions): FamilyOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => family.optionNames.includes(name)))
}

/** What one family of experts contributes. */
export interface ExpertsSummary {
  /** Name of the family. */
  readonly experts: string
  /** Its exponent in the product: how much its opinion counts. */
  readonly weight: number
  readonly fields: readonly string[]
}

export class Model {
  readonly members: readonly Member[]
  readonly layout: Layout
  readonly #encoded: readonly Member['encoded'][]
  readonly #reported: Reported

  private constructor(members: readonly Member[], reported: Reported, layout?: Layout) {
    this.members = members
    this.layout =
      layout ??
      new Layout(
        members.map(({ encoder }) => encoder),
        reported,
      )
    this.#encoded = members.map(({ encoded }) => encoded)
    this.#reported = reported
  }

  /**
   * Members fitted to the records, which they have learned in their order; null when there is nothing to fit. Of the
   * model `before` those members remain that have not been outgrown.
   */
  static fit(
    fields: readonly FieldSample[],
    records: readonly Kept[],
    settings: ModelSettings,
    notify?: Notify,
    before?: Model,
  ): Model | null {
    const parts = partsFor(settings.experts, fields, settings.reported, notify, settings.light)
    const lasting = before?.members.filter(({ outgrown }) => !outgrown) ?? []
    const members = parts.map(
      part =>
        lasting.find(({ product }) => product.family === part.family.name) ??
        Member.fit(part, records, { ...settings, options: optionsFor(part.family, settings) }),
    )
    return members.length > 0 ? new Model(members, settings.reported) : null
  }

  static restore({ members }: ModelState, settings: ModelSettings): Model {
    return new Model(
      members.map(state => Member.restore(state, settings)),
      settings.reported,
    )
  }

  /**
   * A model of the same kind with parameters of its own; `state` is what one of them gave. Both look at records by one
   * encoder, which no longer changes, and into one workspace: what is encoded for one of them, all of them look at.
   */
  sibling({ members }: ModelState, settings: ModelSettings): Model {
    const own = members.map((state, index) => this.members[index].sibling(state, settings))
    return new Model(own, settings.reported, this.layout)
  }

  /** What each member contributes. */
  describe(): ExpertsSummary[] {
    return this.members.map(({ product, weight, encoder }) => ({
      experts: product.family,
      weight,
      fields: [...new Set(encoder.fields.map(({ name }) => name))],
    }))
  }

  /** Look at a record: what the methods below are about. The number of its fields that are present. */
  encode(record: DataRecord, ignored?: ReadonlySet<string>, settled?: boolean, notify?: Notify): number {
    return this.layout.encode(record, this.#encoded, ignored, settled, notify)
  }

  /** How much less likely the record is than others, in nats: the weighted energies of all members. Pure. */
  score(): number {
    return this.members.reduce((sum, member) => sum + member.score(), 0)
  }

  /** What to add to scores to compare them with those of long ago, in nats. */
  get level(): number {
    return this.members.reduce((sum, { level }) => sum + level, 0)
  }

  /** Treat the record as it was judged. */
  take(record: DataRecord, treatment: Treatment, notify?: Notify): void {
    const onFull = ({ name, encoder }: EncodedField) =>
      this.#reported.once(`full ${name}`, notify, () => categoriesNotice(name, encoder.named ?? encoder.group.size - 1))
    for (const member of this.members) member.take(record, treatment, onFull)
  }

  /** Has a number moved away from the range that it was fitted to, for good? */
  get outgrown(): boolean {
    return this.members.some(({ outgrown }) => outgrown)
  }

  /** The `count` most surprising fields of the record. Pure. */
  explain(record: DataRecord, count: number): Reason[] {
    return explain(this.members, record, count)
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

  /** Give memory back, but for members that live on in the model `after`. */
  release(after?: Model): void {
    for (const member of this.members) if (!after?.members.includes(member)) member.product.release()
  }

  state(): ModelState {
    return { members: this.members.map(member => member.state()) }
  }
}
