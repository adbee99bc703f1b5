/** Records of the sample stream, as fast as the detector takes them, and how many of its faults were found. */
import { element } from './element.ts'
import { pump, type SampleBatch } from './pump.ts'
import { Scatter } from './scatter.ts'
import type { Session } from './session.ts'
import type { Source } from './source.ts'
import type { Theme } from './theme.ts'
import { number } from './words.ts'

const BATCH = 256

export class PumpSource implements Source {
  readonly span = 20_000
  readonly #session: Session
  readonly #button = element('pump', HTMLButtonElement)
  readonly #found = element('found', HTMLElement)
  readonly #scatter: Scatter
  #control: AbortController | null = null
  #batches: Generator<SampleBatch> = pump(BATCH)
  #planted = 0
  #hits = 0

  constructor(session: Session, theme: Theme) {
    this.#session = session
    this.#scatter = new Scatter(element('scatter', HTMLCanvasElement), theme)
    this.#button.addEventListener('click', () => (this.#control ? this.#pause() : this.#run()))
  }

  start(): void {
    this.#batches = pump(BATCH)
    this.#planted = 0
    this.#hits = 0
    this.#scatter.clear()
    this.#run()
  }

  stop(): void {
    this.#pause()
  }

  frame(time: number): void {
    this.#scatter.draw(time)
    this.#found.textContent = `${number(this.#hits)} of ${number(this.#planted)} planted faults found`
  }

  #pause(): void {
    this.#control?.abort()
    this.#control = null
    this.#button.textContent = 'Go on'
  }

  #run(): void {
    this.#control = new AbortController()
    this.#button.textContent = 'Stop'
    this.#feed(this.#control.signal).catch(this.#session.onFailure)
  }

  async #feed(stop: AbortSignal): Promise<void> {
    let ahead: Promise<void> = Promise.resolve()
    while (!stop.aborted) {
      const { value } = this.#batches.next()
      const judged = this.#judge(value as SampleBatch, stop)
      // The worker has the next batch before the page has taken the answer to the last one.
      await ahead
      await this.#session.frames.inTime()
      ahead = judged
    }
    await ahead
  }

  async #judge({ records, planted }: SampleBatch, stop: AbortSignal): Promise<void> {
    const { first, alarms } = await this.#session.observe(records)
    if (stop.aborted) return
    this.#scatter.add(records, first, alarms)
    const alarming = new Set(alarms.map(({ record }) => record - first))
    this.#planted += planted.length
    this.#hits += planted.filter(index => alarming.has(index)).length
  }
}
