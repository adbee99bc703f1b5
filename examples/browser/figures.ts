/** The figures beside the chart: how many records, how fast, how many alarms, and what the detector is doing. */
import { element } from './element.ts'
import { Meter } from './meter.ts'
import type { Session } from './session.ts'
import { number } from './words.ts'

/** Milliseconds between two updates: what changes faster cannot be read. */
const UPDATE = 200

export class Figures {
  readonly #session: Session
  readonly #frames = new Meter()
  readonly #learned = element('learned', HTMLElement)
  readonly #rate = element('rate', HTMLElement)
  readonly #alarms = element('alarms', HTMLElement)
  readonly #frameRate = element('frames', HTMLElement)
  readonly #phase = element('phase', HTMLElement)
  #updated = 0

  constructor(session: Session) {
    this.#session = session
  }

  /** Called once a frame; `time` in milliseconds. */
  frame(time: number): void {
    this.#frames.add(1, time)
    if (time - this.#updated < UPDATE) return
    this.#updated = time
    const { learned, meter, alarms, phase } = this.#session
    this.#learned.textContent = number(learned)
    this.#rate.textContent = number(meter.rate(performance.now()))
    this.#alarms.textContent = number(alarms.count)
    this.#frameRate.textContent = number(this.#frames.rate(time))
    if (this.#phase.textContent !== phase) this.#phase.textContent = phase
    this.#phase.dataset.phase = phase
  }
}
