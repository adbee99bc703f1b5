/**
 * From scores to p-values. The scores of the last WINDOW records, each as it stood before its record was learned, are
 * what a normal record's score is exchangeable with, so p = (1 + #{window ≥ score}) / (R + 1) is below α for at most a
 * share α of normal records whatever their distribution (conformal prediction, Vovk, Gammerman and Shafer 2005).
 * Ties count as at least as high.
 * Below 1 / (R + 1) a generalised Pareto tail goes on: indicative, as every extrapolation.
 */
import { areWithin, LARGEST_SCORE } from '../bounds.ts'
import { exceedance, fitTail } from './tail.ts'
import { ScoreWindow } from './window.ts'

/** R: scores that are remembered, unless fewer are asked for. */
export const WINDOW = 1024
/** Scores before the first p-value. */
export const LEAST_SCORES = 100
/** The share of the window, from the top, that the tail is fitted to. */
const TAIL_SHARE = 0.1
/** No tail that was fitted to 102 scores says anything about chances below this. */
const LEAST_P = 1e-6
/**
 * Scores that differ by less are equal, in nats. Equal records score differently by what was learned between them, and
 * in a stream of few different records such differences would be ranked as if they were news.
 */
const TIE = 0.03

export class Calibrator {
  #window: ScoreWindow

  /** `scores`: what an earlier calibrator gave as `state`, the oldest first; `window`: how many it remembers. */
  constructor(scores: ArrayLike<number> = [], window = WINDOW) {
    if (scores.length > window || !areWithin(scores, LARGEST_SCORE)) {
      throw new RangeError(
        `Expected up to ${window} finite scores of at most ${LARGEST_SCORE}, got ${scores.length} values.`,
      )
    }
    this.#window = new ScoreWindow(window, scores)
  }

  /** The p-value of a score; null before LEAST_SCORES were added. Pure. */
  pValue(score: number): number | null {
    const { size } = this.#window
    if (size < LEAST_SCORES) return null
    const atLeast = this.#window.countFrom(score - TIE)
    const p = (1 + atLeast) / (size + 1)
    return atLeast > 0 ? p : Math.min(p, Math.max(this.#beyond(score - TIE), LEAST_P))
  }

  /** Scores that are remembered. */
  get size(): number {
    return this.#window.size
  }

  /** Does every further score make one be forgotten? */
  get isFull(): boolean {
    return this.#window.size === this.#window.capacity
  }

  /** Remember the score of a record. */
  add(score: number): void {
    this.#window.add(score)
  }

  /** Remember the score of a record in place of the oldest one. */
  replace(score: number): void {
    if (this.#window.size > 0) this.#window.forget()
    this.#window.add(score)
  }

  /**
   * Forget the older half of the scores, but not so many that p-values end: another model comes, and theirs were of the
   * one before. Without this only .3 % of the first 250 records alarm where 1 % should.
   */
  forgetHalf(): void {
    const scores = this.#window.inOrder()
    const kept = Math.max(Math.min(LEAST_SCORES, scores.length), scores.length >> 1)
    this.#window = new ScoreWindow(this.#window.capacity)
    for (const score of scores.subarray(scores.length - kept)) this.#window.add(score)
  }

  /** The scores that are remembered, the oldest first. */
  state(): Float64Array {
    return this.#window.inOrder()
  }

  /** P(a score is higher than this one), which is above all in the window, by the tail; 1 where there is none. */
  #beyond(score: number): number {
    const { size } = this.#window
    const count = Math.floor(TAIL_SHARE * size)
    const threshold = this.#window.ranked(size - count - 1)
    const tail = fitTail(this.#window.sorted.subarray(size - count).map(value => value - threshold))
    if (!tail) return 1
    // Where all scores are nearly equal a difference that is none must not lie far out.
    const scale = Math.max(tail.scale, TIE)
    return (count / size) * exceedance({ ...tail, scale }, score - threshold)
  }
}
