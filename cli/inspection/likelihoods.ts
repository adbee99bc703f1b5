/** What records say about the products of a model: log-likelihood, pseudo-likelihood, free-energy gap. */
import {
  type DataRecord,
  type MemberView,
  pseudoLikelihood,
  type VisibleGroup,
} from '../../pipeline/index.ts'
import { unitKinds } from '../../pipeline/visible.ts'
import type { FoundLogPartition } from './log-partition.ts'

/** A mean over records in nats with its standard error; null where there are too few records for it. */
export interface MeanOfRecords {
  readonly mean: number | null
  readonly standardError: number | null
}

export interface FieldLikelihood extends MeanOfRecords {
  readonly field: string
  /** No probability of the field: a number relative to its likeliest value, or one symbol of many. */
  readonly relative: boolean
  /** The kind of its units. */
  readonly kind: VisibleGroup['kind']
}

export interface RecordLikelihoods {
  /** Records without gaps, which alone have a log-likelihood. */
  readonly complete: number
  /** Records that lack some of the fields, or all. */
  readonly incomplete: number
  /** Mean of −F − log Z. */
  readonly logLikelihood: MeanOfRecords
  /** Mean free energy of the records less that of those learned lately, all records; null where none are kept. */
  readonly freeEnergyGap: MeanOfRecords | null
  /** Mean of log p(field | all others), over the records that have the field. */
  readonly pseudoLikelihood: readonly FieldLikelihood[]
}

/** All about one product. */
export interface ProductLikelihood extends FoundLogPartition {
  readonly experts: string
  /** Where there are records. */
  readonly records?: RecordLikelihoods
}

/** Mean and variance without keeping the numbers (Welford 1962). */
class Moments {
  #count = 0
  #mean = 0
  #squares = 0

  add(value: number): void {
    this.#count++
    const before = value - this.#mean
    this.#mean += before / this.#count
    this.#squares += before * (value - this.#mean)
  }

  get count(): number {
    return this.#count
  }

  get mean(): number | null {
    return this.#count > 0 ? this.#mean : null
  }

  get standardError(): number | null {
    return this.#count > 1 ? Math.sqrt(this.#squares / (this.#count - 1) / this.#count) : null
  }

  summary(): MeanOfRecords {
    return { mean: this.mean, standardError: this.standardError }
  }
}

/** The kind of every group, as `surprise` counts them. */
const kindsOf = (visible: readonly VisibleGroup[]) =>
  visible.flatMap(({ kind, size }) =>
    new Array<VisibleGroup['kind']>(unitKinds[kind].groups(size)).fill(kind),
  )

/** Adds up what one product says of records. */
export class Likelihoods {
  readonly #view: MemberView
  readonly #logPartition: number | null
  readonly #complete = new Moments()
  readonly #energies = new Moments()
  readonly #fields: readonly Moments[]
  #relative: readonly number[] = []
  #incomplete = 0

  constructor(view: MemberView, { logPartition }: FoundLogPartition) {
    this.#view = view
    this.#logPartition = logPartition
    this.#fields = view.groups.map(() => new Moments())
  }

  add(record: DataRecord): void {
    const { product, groups } = this.#view
    const row = this.#view.rowOf(record)
    const { perGroup, relative } = pseudoLikelihood(product, row)
    this.#relative = relative
    const present = groups.filter((_, group) => !Number.isNaN(perGroup[group])).length
    if (present === 0) {
      this.#incomplete++
      return
    }
    for (const [group, value] of perGroup.entries()) if (!Number.isNaN(value)) this.#fields[group].add(value)
    this.#energies.add(this.#view.energyOf(record))
    if (present === groups.length) this.#complete.add(-product.freeEnergy(row))
    else this.#incomplete++
  }

  summary(): RecordLikelihoods {
    const { mean, standardError } = this.#complete
    const kinds = kindsOf(this.#view.product.visible)
    const logZ = this.#logPartition
    return {
      complete: this.#complete.count,
      incomplete: this.#incomplete,
      logLikelihood: {
        mean: mean === null || logZ === null ? null : mean - logZ,
        standardError: logZ === null ? null : standardError,
      },
      freeEnergyGap: this.#gap(),
      pseudoLikelihood: this.#view.groups.map((field, group) => ({
        field,
        ...this.#fields[group].summary(),
        relative: this.#relative.includes(group),
        kind: kinds[group],
      })),
    }
  }

  #gap(): MeanOfRecords | null {
    const recent = this.#view.recentEnergies()
    if (recent === null) return null
    const learned = new Moments()
    for (const energy of recent) learned.add(energy)
    const [held, before] = [this.#energies.summary(), learned.summary()]
    if (held.mean === null || before.mean === null) return { mean: null, standardError: null }
    const both = held.standardError !== null && before.standardError !== null
    return {
      mean: held.mean - before.mean,
      standardError: both ? Math.hypot(Number(held.standardError), Number(before.standardError)) : null,
    }
  }
}
