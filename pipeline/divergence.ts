/**
 * Has learning diverged? With a learning rate that is far too high every update overshoots: what was learned last is
 * certain and everything else impossible, so rows cost far more than if nothing were known about them. Surprises are
 * therefore compared with chance, log(states) for each group, over the last thousands of rows: regimes that change cost
 * much for some hundred rows only.
 */
import { isRowCount, LARGEST_ENERGY } from './bounds.ts'
import { log } from './elementary.ts'
import type { VisibleGroup } from './experts/product.ts'

/**
 * Diverged is what costs this many times chance. With the learning rates for streams the worst of 110 streams, pure noise
 * and sudden changes among them, came to 1.13, with ten times these rates to 1.36; with a hundred times from 4 to 12.
 */
const FACTOR = 1.5
/** Rows and looks before the first verdict. */
const LEAST_ROWS = 128
const LEAST_LOOKS = 4
/** Rows of which each is looked at, and after that one of EVERY. */
const FIRST = 64
const EVERY = 16
/** Words are asked one by one against thousands of others: too dear for more than one row of this many. */
const EVERY_TEXT = 128
/** Looks that the weight of the newest one corresponds to in the long run. */
const HORIZON = 256

/** Means of what rows cost and of what they would if nothing were known, in nats. */
export interface Costs {
  readonly measured: number
  readonly chance: number
}

/**
 * What a state of each group costs by chance; 0 where nothing can be told by it: where surprises are relative to the
 * likeliest value, are those of the one symbol of a sequence that surprises most, or are of counts, which may be wider
 * spread than any binomial distribution and then cost more however well they are learned.
 */
function chancesOf(visible: readonly VisibleGroup[]): number[] {
  return visible.flatMap(({ kind, size }) => {
    if (kind === 'real' || kind === 'bernoulli')
      return new Array<number>(size).fill(kind === 'real' ? 0 : log(2))
    return [kind === 'sequence' || kind === 'count' ? 0 : log(size)]
  })
}

export class DivergenceWatch {
  readonly #chances: readonly number[]
  /** Rows from one look to the next after the first ones; 0: nothing can be told. */
  readonly #every: number
  readonly #first: number
  #measured = 0
  #chance = 0
  #looks = 0
  #rows = 0
  #diverged = false
  /** Is it no longer heard, because others are left? */
  isMuted = false

  /** `learns`: is there a learning rate that could be too high? */
  constructor(visible: readonly VisibleGroup[], learns: boolean) {
    const isText = visible.some(({ kind }) => kind === 'tokens')
    this.#chances = chancesOf(visible)
    const tells = learns && this.#chances.some(chance => chance > 0)
    this.#every = tells ? (isText ? EVERY_TEXT : EVERY) : 0
    this.#first = isText ? 0 : FIRST
  }

  /** Count a row; is it one to be looked at? */
  isNextDue(): boolean {
    if (this.#every === 0) return false
    this.#rows++
    return this.#rows <= this.#first || this.#rows % this.#every === 0
  }

  /** Take in the surprises of a row that is about to be learned, G numbers, NaN where a group is missing. */
  add(surprises: Float32Array): void {
    let measured = 0
    let chance = 0
    for (let group = 0; group < surprises.length; group++) {
      if (Number.isNaN(surprises[group]) || this.#chances[group] === 0) continue
      measured += surprises[group]
      chance += this.#chances[group]
    }
    if (chance === 0) return
    if (!(measured <= LARGEST_ENERGY)) {
      this.#diverged = true
      return
    }
    this.#looks = Math.min(this.#looks + 1, HORIZON)
    this.#measured += (measured - this.#measured) / this.#looks
    this.#chance += (chance - this.#chance) / this.#looks
    const enough = this.#rows >= LEAST_ROWS && this.#looks >= LEAST_LOOKS
    if (enough && this.#measured > FACTOR * this.#chance) this.#diverged = true
  }

  /** What was measured when learning has diverged, once and for all; null while it has not. */
  get diverged(): Costs | null {
    return this.#diverged ? { measured: this.#measured, chance: this.#chance } : null
  }

  /** There are no finite answers any more: nothing needs to be measured. */
  declare(): void {
    this.#diverged = true
  }

  /** Means of what was measured and of chance, looks, rows, 1 once learning has diverged, 1 when it is not heard. */
  state(): Float64Array {
    const flags = [Number(this.#diverged), Number(this.isMuted)]
    return Float64Array.of(this.#measured, this.#chance, this.#looks, this.#rows, ...flags)
  }

  /** Put back what `state` gave. Throws a RangeError when it cannot be that. */
  restore(state: Float64Array): void {
    const [measured, chance, looks, rows, diverged, muted] = state
    const counted = [looks, rows].every(isRowCount)
    const costs = [measured, chance].every(cost => cost >= 0 && cost <= LARGEST_ENERGY)
    const flags = [diverged, muted].every(flag => flag === 0 || flag === 1) && muted <= diverged
    if (state.length !== 6 || !counted || !costs || looks > HORIZON || !flags) {
      throw new RangeError(
        `Expected two mean costs from 0 to ${LARGEST_ENERGY}, up to ${HORIZON} looks, rows, and twice 0 or 1, got ${state}.`,
      )
    }
    this.#measured = measured
    this.#chance = chance
    this.#looks = looks
    this.#rows = rows
    this.#diverged = diverged === 1
    this.isMuted = muted === 1
  }
}
