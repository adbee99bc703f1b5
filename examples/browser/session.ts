/** A stream in progress: the detector, and what is remembered of its verdicts to be drawn. */
import type { DataRecord } from 'veto'
import { AlarmList } from './alarms.ts'
import { Frames } from './frames.ts'
import { History } from './history.ts'
import type { Verdicts } from './messages.ts'
import { Meter } from './meter.ts'
import type { RemoteDetector } from './remote.ts'

/** Records whose scores are remembered: what the widest chart shows. */
const REMEMBERED = 100_000
/** Batches that the worker has at once: one in work, and one so that it never waits for the page. */
const MOST_IN_FLIGHT = 2

export type Phase = 'warming up' | 'learning' | 'frozen'

export class Session {
  readonly detector: RemoteDetector
  readonly history = new History(REMEMBERED)
  readonly alarms: AlarmList
  readonly meter = new Meter()
  readonly frames = new Frames()
  /** Where errors go that nobody waits for. */
  readonly onFailure: (error: unknown) => void
  #isLearning = true
  #isWarm = false
  #isFresh = true
  #learned = 0
  /** Changes with every beginning: answers to questions from before it are of no interest. */
  #generation = 0

  constructor(detector: RemoteDetector, list: HTMLElement, onFailure: (error: unknown) => void) {
    this.detector = detector
    this.alarms = new AlarmList(list)
    this.onFailure = onFailure
  }

  /** Records that the detector has learned. */
  get learned(): number {
    return this.#learned
  }

  get isLearning(): boolean {
    return this.#isLearning
  }

  get phase(): Phase {
    if (!this.#isLearning) return 'frozen'
    return this.#isWarm ? 'learning' : 'warming up'
  }

  /** Have records judged, and remember what came of it. */
  async observe(records: readonly DataRecord[]): Promise<Verdicts> {
    this.#isFresh = false
    const generation = this.#generation
    const verdicts = await this.detector.observe(records)
    if (generation === this.#generation) this.#remember(verdicts)
    return verdicts
  }

  /** Have the records of a whole source judged, a few batches at a time, until it ends or is stopped. */
  async feed(source: AsyncIterable<readonly DataRecord[]>, stop: AbortSignal): Promise<void> {
    const inFlight: Promise<unknown>[] = []
    for await (const records of source) {
      if (stop.aborted) break
      inFlight.push(this.observe(records))
      if (inFlight.length >= MOST_IN_FLIGHT) await inFlight.shift()
      await this.frames.inTime()
    }
    await Promise.all(inFlight)
  }

  /** Forget everything, unless nothing has come since the last time or since a model was loaded. */
  async begin(): Promise<void> {
    if (this.#isFresh) return
    this.#forget()
    this.#learned = 0
    await this.detector.begin()
  }

  /** Go on from a model file. */
  async load(file: Uint8Array): Promise<void> {
    const learned = await this.detector.load(file)
    this.#forget()
    this.#learned = learned
  }

  async setLearning(on: boolean): Promise<void> {
    this.#isLearning = on
    await this.detector.learn(on)
  }

  #forget(): void {
    this.#generation++
    this.#isFresh = true
    this.#isWarm = false
    this.history.clear()
    this.alarms.clear()
    this.meter.clear()
  }

  #remember({ scores, ps, alpha, alarms, learned }: Verdicts): void {
    if (alpha !== this.history.alpha) this.history.alpha = alpha
    for (const [index, score] of scores.entries()) this.history.add(score, ps[index])
    this.alarms.add(alarms)
    this.meter.add(scores.length, performance.now())
    this.#learned = learned
    this.#isWarm = !Number.isNaN(ps[ps.length - 1])
  }
}
