/**
 * What is learned, and which scores count as normal. A stream is learned from while it is judged, so an attack that goes
 * on for long enough would become normal. Two guards stand against that:
 *
 * - The gate: of the records well above the running GATE quantile of scores, families that remember single records learn
 *   only the share KEPT, because each of them makes everything near it normal. Families that count learn them all: what
 *   is rare remains rare.
 * - The breaker: when far more records alarm than alpha allows, a burst has begun. Until it is over its records are
 *   neither learned nor counted among the normal scores, for at most `horizon` records; what lasts longer is the new
 *   normal, and is accepted. So is what keeps coming back, such as nights: a horizon that was used up recovers slowly.
 *   While there are few scores, those that may be the first of a burst wait until that is clear.
 *
 * A record beyond all measure is held back even when it is the only one: a single step towards it would spoil what many
 * records have taught. Its score counts, and when such records go on for as long as a burst may they are learned too.
 *
 * docs/decisions.md has what the constants were chosen by.
 */
import { areWithin, isRowCount, LARGEST_SCORE } from './bounds.ts'
import { TrailingMoments } from './moments.ts'
import { Random } from './random.ts'

/** The quantile of scores above which the gate closes. */
const GATE = 0.9
/** The share of records above it that are learned all the same. */
const KEPT = 0.05
/** Scores before the gate works. */
const LEAST_SCORES = 24
/** Scores up to which the quantile is exact; then it follows by steps of this many standard deviations of the score. */
const EXACT = 248
const STEP = 0.003
/**
 * A record stands out, above the quantile or among those that alarm, only when it does so by this much, in nats. Scores
 * of equal records move by as much when others are learned between them. In a stream of few different records that
 * would close the gate on a third of them, and make a burst of what was no longer learned.
 */
export const SLACK = 1
/** A record counts towards a burst when p is at most this, */
const ALARMING = 0.01
/** and the sum of such records less this share of all, within [0, MOST], opens the breaker above OPEN, */
const TOLERATED = 0.2
const MOST = 20
const OPEN = 4
/** and ends the burst below CALM: a single alarm is forgotten after two more records. */
const CALM = 0.5
/** Scores that wait, at most, until it is clear whether a burst has begun. */
const MOST_PENDING = 20
/**
 * Of the horizon that bursts have used up, a record outside of them gives back this much: what makes up more than a tenth
 * of a stream is accepted in the long run. If a burst's end gave everything back, nights would alarm for ever.
 */
const RECOVERY = 0.1
/** While the breaker is open, records with p up to this are held back. */
const HELD = 0.05
/** Alarming scores beyond this many nats are beyond all measure. */
const WILD = 1000

/**
 * What to do with a record. `learn` it; `gate` it: families that remember single records only take notice of it, the
 * others learn it; `hold` it back: nobody learns it.
 */
export type Treatment = 'learn' | 'gate' | 'hold'

/** As a model file holds it. */
export interface ProtectionState {
  /** The first scores, ascending; none once there were EXACT of them. */
  readonly first: Float64Array
  /** Scores of what may be the beginning of a burst, the oldest first. */
  readonly pending: Float64Array
  /** Quantile, scores seen, burst, whether the breaker is open, how much of the horizon is used up, moments of the scores. */
  readonly counters: Float64Array
  /** Four words of the generator. */
  readonly random: Uint32Array
}

export class Protection {
  readonly #horizon: number
  readonly #random: Random
  readonly #moments = new TrailingMoments()
  #first: number[] = []
  #pending: number[] = []
  #quantile = 0
  #scores = 0
  #burst = 0
  #isOpen = false
  /** Records of the horizon, up to one more than there are. */
  #used = 0

  /** `horizon`: records for which a burst is held back; 0 learns everything. */
  constructor(horizon: number, seed: number) {
    this.#horizon = horizon
    this.#random = new Random(seed)
  }

  /**
   * What to do with a record of this score. `level`: what makes it comparable with those of long ago; `p`: the p-value of
   * a score that is lower by SLACK, null while there is none; `scarce`: are there so few normal scores that those of the
   * beginning of a burst would hide the rest of it? `count` is called with each score that is normal from now on, which
   * may be an earlier one.
   */
  judge(
    score: number,
    level: number,
    p: number | null,
    scarce: boolean,
    count: (score: number) => void,
  ): Treatment {
    if (this.#horizon === 0) {
      count(score)
      return 'learn'
    }
    if (p !== null && this.#isHeld(p)) return 'hold'
    const alarming = p !== null && p <= ALARMING
    this.#countUnlessPending(score, alarming && scarce, count)
    const above = this.#isAbove(score + level)
    if (alarming && score > WILD && this.#used <= this.#horizon) return 'hold'
    return above && this.#random.uniform() > KEPT ? 'gate' : 'learn'
  }

  state(): ProtectionState {
    const own = [this.#quantile, this.#scores, this.#burst, Number(this.#isOpen), this.#used]
    return {
      first: Float64Array.from(this.#first),
      pending: Float64Array.from(this.#pending),
      counters: Float64Array.of(...own, ...this.#moments.state()),
      random: this.#random.state.slice(),
    }
  }

  /** Put back what `state` gave. Throws a RangeError when it cannot be that. */
  restore({ first, pending, counters, random }: ProtectionState): void {
    const [quantile, scores, burst, open, used] = counters
    const counts = isRowCount(scores) && (open === 0 || open === 1)
    const within = burst >= 0 && burst <= MOST && used >= 0 && used <= this.#horizon + 1
    const sound = counters.length === 8 && counts && within
    const bounded = [[quantile], first, pending].every(each => areWithin(each, LARGEST_SCORE))
    const ascending = first.every((score, i) => i === 0 || score >= first[i - 1])
    const size = first.length === (scores < EXACT ? scores : 0)
    const waiting = pending.length <= MOST_PENDING
    const alive = random.length === 4 && random.some(word => word !== 0)
    if (!sound || !bounded || !ascending || !size || !waiting || !alive) {
      throw new RangeError(
        `Expected the state of a protection with up to ${EXACT} ascending scores, got ${first.length} scores and ` +
          `counters ${counters}.`,
      )
    }
    // It refuses before anything has changed.
    this.#moments.restore(counters.slice(5))
    this.#first = [...first]
    this.#pending = [...pending]
    this.#quantile = quantile
    this.#scores = scores
    this.#burst = burst
    this.#isOpen = open === 1
    this.#used = used
    this.#random.state.set(random)
  }

  /** Does the record belong to a burst that is still held back? */
  #isHeld(p: number): boolean {
    const burst = this.#burst + (p <= ALARMING ? 1 : 0) - TOLERATED
    this.#burst = Math.min(Math.max(burst, 0), MOST)
    this.#isOpen = this.#isOpen ? this.#burst >= CALM : this.#burst > OPEN
    if (!this.#isOpen) {
      this.#used = Math.max(this.#used - RECOVERY, 0)
      return false
    }
    this.#used = Math.min(this.#used + 1, this.#horizon + 1)
    // What led to a burst belongs to it.
    this.#pending = []
    return this.#used <= this.#horizon && p <= HELD
  }

  /** A score that may be the beginning of a burst is counted when it turns out to be none. */
  #countUnlessPending(score: number, waits: boolean, count: (score: number) => void): void {
    const suspicious = !this.#isOpen && this.#burst >= CALM
    if (suspicious && waits) {
      this.#pending.push(score)
      // One record in five can alarm for ever without a burst: the oldest of them are no beginning of any.
      if (this.#pending.length > MOST_PENDING) count(this.#pending.shift() as number)
      return
    }
    if (!suspicious) {
      for (const earlier of this.#pending) count(earlier)
      this.#pending = []
    }
    count(score)
  }

  /** Is the score above the quantile of those before it? The quantile then takes it in. */
  #isAbove(score: number): boolean {
    const above = this.#scores >= LEAST_SCORES && score > this.#quantile + SLACK
    this.#scores++
    this.#moments.add(score)
    if (this.#scores < EXACT) this.#insert(score)
    else {
      this.#first = []
      const step = STEP * this.#moments.deviation
      this.#quantile += score > this.#quantile ? step * GATE : -step * (1 - GATE)
    }
    return above
  }

  #insert(score: number): void {
    let place = this.#first.length
    while (place > 0 && this.#first[place - 1] > score) place--
    this.#first.splice(place, 0, score)
    this.#quantile = this.#first[Math.floor(GATE * (this.#first.length - 1))]
  }
}
