/** What a detector fits as a whole, and fits anew while it settles: the layout of rows and the members that read them. */
import { partsFor } from './choice.ts'
import { type Denoised, denoise } from './denoise.ts'
import { categoriesNotice, divergenceNotice } from './encoders/notices.ts'
import type { EncodedField } from './encoders/record.ts'
import type { Reported } from './encoders/reported.ts'
import type { FieldSample } from './encoders/schema.ts'
import { DivergedError } from './errors.ts'
import type { Family, FamilyOptions, Kernels } from './experts/product.ts'
import { explain } from './explain.ts'
import { optionsTakenBy } from './family-options.ts'
import { Layout } from './layout.ts'
import { type Kept, Member, type MemberState } from './member.ts'
import type { Treatment } from './protection.ts'
import type { DataRecord, Notify, Reason, Value } from './records.ts'
import { reseed, sampleRecords } from './sampling.ts'
import type { Units } from './units.ts'

/** What every fit of a detector has in common. */
export interface ModelSettings {
  /** `auto` or the name of a family. */
  readonly experts: string
  /** Options for every family that knows them. */
  readonly options: FamilyOptions
  readonly kernels: Kernels
  /** Those that there are. */
  readonly families: readonly Family[]
  readonly seed: number
  readonly reported: Reported
  /** Most values of a field that get a state of their own. */
  readonly maxCategories?: number
  /** Units of numbers, in families that have several. */
  readonly units?: Units
  /** Is it one of many, and to be small? */
  readonly light?: boolean
}

/** As a model file holds it. */
export interface ModelState {
  readonly members: readonly MemberState[]
}

/** The options of a family in a stream: its own, then those that were given. */
function optionsFor(family: Family, { experts, options, seed, light }: ModelSettings): FamilyOptions {
  const known = experts === family.name ? options : optionsTakenBy(family, options)
  return { ...family.streamOptions, ...(light ? family.lightOptions : {}), seed, ...known }
}

const beyondUse = () =>
  new DivergedError(
    'Expected a finite free energy, got none: the parameters are beyond use. Go back to an earlier model file, or learn ' +
      'a new model with a lower learning rate.',
  )

/** What one family of experts contributes. */
export interface ExpertsSummary {
  /** Name of the family. */
  readonly experts: string
  /** Its exponent in the product: how much its opinion counts. */
  readonly weight: number
  readonly fields: readonly string[]
  /** Present when its learning has diverged and it no longer counts. */
  readonly muted?: true
}

/**
 * Members one by one; when one of them cannot be made, the others give their memory back, which nobody collects, but for
 * those that live on.
 */
function allOrNone<T>(
  plans: readonly T[],
  make: (plan: T, index: number) => Member,
  living: readonly Member[] = [],
): Member[] {
  const members: Member[] = []
  try {
    for (const [index, plan] of plans.entries()) members.push(make(plan, index))
  } catch (error) {
    for (const member of members) if (!living.includes(member)) member.product.release()
    throw error
  }
  return members
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
    const parts = partsFor(settings, fields, settings.reported, notify)
    const lasting = before?.members.filter(({ outgrown }) => !outgrown) ?? []
    const members = allOrNone(
      parts,
      part =>
        lasting.find(({ product }) => product.family === part.family.name) ??
        Member.fit(part, records, { ...settings, options: optionsFor(part.family, settings) }),
      lasting,
    )
    if (members.length === 0) return null
    const model = new Model(members, settings.reported)
    model.#hear(notify)
    return model
  }

  /** @throws RangeError for what `state` cannot have given */
  static restore({ members }: ModelState, settings: ModelSettings): Model {
    const model = new Model(
      allOrNone(members, state => Member.restore(state, settings)),
      settings.reported,
    )
    // What was said before the model was saved is not said again.
    for (const member of model.members) model.#report(member, false, () => {})
    if (model.muted < members.length) return model
    model.release()
    throw new RangeError('Expected a family of experts whose learning has not diverged, got none.')
  }

  /**
   * A model of the same kind with parameters of its own; `state` is what one of them gave. Both look at records by one
   * encoder, which no longer changes, and into one workspace: what is encoded for one of them, all of them look at.
   */
  sibling({ members }: ModelState, settings: ModelSettings): Model {
    const own = allOrNone(members, (state, index) => this.members[index].sibling(state, settings))
    return new Model(own, settings.reported, this.layout)
  }

  /** What each member contributes. */
  describe(): ExpertsSummary[] {
    return this.members.map(({ product, weight, encoder, isMuted }) => ({
      experts: product.family,
      weight,
      fields: [...new Set(encoder.fields.map(({ name }) => name))],
      ...(isMuted ? { muted: true } : {}),
    }))
  }

  /** Look at a record: what the methods below are about. The number of its fields that are present. */
  encode(record: DataRecord, ignored?: ReadonlySet<string>, settled?: boolean, notify?: Notify): number {
    return this.layout.encode(record, this.#encoded, ignored, settled, notify)
  }

  /** How much less likely the record is than others, in nats: the weighted energies of all members. Pure. */
  score(): number {
    let sum = 0
    let heard = 0
    for (const member of this.members) {
      const score = member.isMuted ? Number.NaN : member.score()
      if (Number.isNaN(score)) continue
      sum += score
      heard++
    }
    if (heard > 0) return sum
    throw beyondUse()
  }

  /** Members that are no longer heard, because their learning has diverged. */
  get muted(): number {
    return this.members.reduce((count, { isMuted }) => count + Number(isMuted), 0)
  }

  /** What to add to scores to compare them with those of long ago, in nats. */
  get level(): number {
    return this.members.reduce((sum, { level }) => sum + level, 0)
  }

  /** Treat the record as it was judged. */
  take(record: DataRecord, treatment: Treatment, notify?: Notify): void {
    const onFull = ({ name, encoder }: EncodedField) =>
      this.#reported.once(`full ${name}`, notify, () =>
        categoriesNotice(name, encoder.named ?? encoder.group.size - 1),
      )
    for (const member of this.members) member.take(record, treatment, onFull)
    this.#hear(notify)
  }

  /** Has a number moved away from the range that it was fitted to, for good? */
  get outgrown(): boolean {
    return this.members.some(({ outgrown }) => outgrown)
  }

  /** The `count` most surprising fields of the record. Pure. */
  explain(record: DataRecord, count: number): Reason[] {
    return explain(
      this.members.filter(({ isHeard }) => isHeard),
      record,
      count,
    )
  }

  /** The record without noise. Afterwards the model looks at what came out. */
  denoise(record: DataRecord, alpha: number): Denoised {
    const heard = this.members.filter(({ isHeard }) => isHeard)
    return denoise(heard, record, alpha, changed => this.encode(changed))
  }

  /** Features of the record: those of all members, one behind the other; zeros for those that are muted. Pure. */
  transform(): Float32Array {
    const features = this.members.map(({ product, encoded, isMuted }) => {
      const own = product.transformOne(encoded.row)
      return isMuted ? own.fill(0) : own
    })
    const all = new Float32Array(features.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const each of features) {
      all.set(each, at)
      at += each.length
    }
    return all
  }

  /** How many numbers `transform` gives. */
  get featureCount(): number {
    return this.transform().length
  }

  /** New records: see `sampleRecords`. Nothing moves but the generators of `sample`. */
  sample(count: number, sweeps: number, notify?: Notify): Record<string, Value>[] {
    const heard = this.members.filter(({ isHeard }) => isHeard)
    return sampleRecords(heard, count, sweeps, this.#reported, notify)
  }

  /** Begin the random numbers of `sample` anew. */
  reseed(seed: number): void {
    reseed(
      this.members.map(({ product }) => product),
      seed,
    )
  }

  /** Give memory back, but for members that live on in the model `after`. */
  release(after?: Model): void {
    for (const member of this.members) if (!after?.members.includes(member)) member.product.release()
  }

  state(): ModelState {
    return { members: this.members.map(member => member.state()) }
  }

  /**
   * Report members whose learning has diverged, and mute them, if others are left. When none is left all go on as long as
   * they have finite answers.
   */
  #hear(notify?: Notify): void {
    for (const member of this.members) {
      if (member.trouble === null || member.isMuted) continue
      const others = this.members.some(({ trouble, isMuted }) => trouble === null && !isMuted)
      if (member.trouble === 'broken' && !others) throw beyondUse()
      this.#report(member, others, notify)
      if (others) member.mute()
    }
  }

  /** Say once that the learning of a member has diverged, if it has; `others`: are others left? */
  #report({ trouble, product: { family, options } }: Member, others: boolean, notify?: Notify): void {
    if (trouble === null) return
    this.#reported.once(`diverged ${family}`, notify, () =>
      divergenceNotice(family, trouble, others, options.learningRate),
    )
  }
}
