/** The free-energy gap of a model that goes on learning: some examples of the stream are held out and never learned. */
import { show } from '../errors.ts'
import type { FreeEnergyGap } from './free-energy-gap.ts'
import { meanOf } from './mean.ts'

/** A product takes rows; a detector takes records, and its score is a free energy up to what it has for all records. */
export type Watched<T> = { learnOne(example: T): void } & (
  | { freeEnergy(example: T): number }
  | { scoreOne(example: T): { readonly score: number | null } }
)

export interface OverfittingOptions {
  /** Every n-th example is held out; at least 2, default 10. */
  readonly every?: number
  /** Pairs of a held-out example and the one learned before it, of which a look is made; at least 8, default 256. */
  readonly pairs?: number
}

/** What a look has found, in nats. */
export interface OverfittingLook extends FreeEnergyGap {
  /** The lowest gap of this look and those before. */
  readonly lowest: number
  /**
   * Has the gap risen beyond chance, by four standard errors above its lowest value and three above 0, in two looks after
   * each other? What is learned then is the single examples.
   */
  readonly overfitting: boolean
  /** Examples that had come by then, those held out among them. */
  readonly examples: number
}

/** Standard errors that a gap has to be above its lowest value, and above 0. */
const FAR_ABOVE_LOWEST = 4
const FAR_ABOVE_NOTHING = 3

interface Pair<T> {
  readonly learned: T
  readonly held: T
}

function checkWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value <= 2 ** 24) return
  throw new RangeError(`Expected ${name} as a whole number from ${least} to ${2 ** 24}, got ${show(value)}.`)
}

/** Rows may be written over by those who read them. */
const kept = <T>(example: T): T => (example instanceof Float32Array ? (example.slice() as T) : example)

/**
 * Learns a stream but for every n-th example, and compares those with as many that were learned just before them, under the
 * parameters of now: what changes in the stream changes both. A look is made whenever all pairs are new. On a stream that
 * never repeats itself the gap stays around 0; it rises where examples come again and again. Over several passes the order
 * must be the same, of a number that `every` divides: an example that is held out once has to be held out always.
 */
export class OverfittingWatch<T> {
  readonly #target: Watched<T>
  readonly #every: number
  readonly #pairs: number
  #fresh: Pair<T>[] = []
  #last: T | undefined
  #examples = 0
  #look: OverfittingLook | null = null
  #lowest: { gap: number; standardError: number } = { gap: Number.POSITIVE_INFINITY, standardError: 0 }
  #wasAbove = false

  constructor(target: Watched<T>, { every = 10, pairs = 256 }: OverfittingOptions = {}) {
    const asks = Object(target)
    if (typeof asks.learnOne !== 'function' || !('freeEnergy' in asks || 'scoreOne' in asks))
      throw new TypeError(`Expected a product or a detector, got ${show(target)}.`)
    checkWhole('every', every, 2)
    checkWhole('pairs', pairs, 8)
    this.#target = target
    this.#every = every
    this.#pairs = pairs
  }

  /** The last look; null before the first one, which comes after `every` × `pairs` examples. */
  get look(): OverfittingLook | null {
    return this.#look
  }

  /** Learn an example, or hold it out: true when it was learned. */
  learnOne(example: T): boolean {
    this.#examples++
    const isHeld = this.#examples % this.#every === 0
    if (!isHeld) {
      this.#target.learnOne(example)
      this.#last = kept(example)
      return true
    }
    // Asked now, so that what is no example is refused when it comes.
    this.#energyOf(example)
    if (this.#last !== undefined) this.#fresh.push({ learned: this.#last, held: kept(example) })
    if (this.#fresh.length === this.#pairs) this.#compare()
    return false
  }

  /** NaN where there is none: a detector that is warming up, a record without fields. */
  #energyOf(example: T): number {
    const target = this.#target
    return 'freeEnergy' in target
      ? target.freeEnergy(example)
      : (target.scoreOne(example).score ?? Number.NaN)
  }

  #compare(): void {
    const energies = this.#fresh
      .map(({ learned, held }) => ({ learned: this.#energyOf(learned), held: this.#energyOf(held) }))
      .filter(({ learned, held }) => Number.isFinite(held - learned))
    this.#fresh = []
    const { mean: gap, standardError } = meanOf(energies.map(({ learned, held }) => held - learned))
    if (Number.isNaN(standardError)) return
    if (gap < this.#lowest.gap) this.#lowest = { gap, standardError }
    const rise = gap - this.#lowest.gap
    const isAbove =
      rise > FAR_ABOVE_LOWEST * Math.sqrt(standardError ** 2 + this.#lowest.standardError ** 2) &&
      gap > FAR_ABOVE_NOTHING * standardError
    this.#look = {
      gap,
      standardError,
      training: meanOf(energies.map(({ learned }) => learned)).mean,
      validation: meanOf(energies.map(({ held }) => held)).mean,
      lowest: this.#lowest.gap,
      overfitting: isAbove && this.#wasAbove,
      examples: this.#examples,
    }
    this.#wasAbove = isAbove
  }
}
