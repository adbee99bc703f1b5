/** Frames have priority: where the processor cannot do both, records wait until a frame has been drawn. */

/** Milliseconds after a frame from which on the next one is late: two of them, at 60 a second. */
const LATE = 34

export class Frames {
  #last = performance.now()

  /** A frame is being drawn. */
  drawn(): void {
    this.#last = performance.now()
  }

  /** At once while frames come in time, else with the next frame. A page that is not seen draws none. */
  async inTime(): Promise<void> {
    if (document.hidden || performance.now() - this.#last < LATE) return
    await new Promise(resolve => requestAnimationFrame(resolve))
  }
}
