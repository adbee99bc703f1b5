/** Records from the pad: of your hand, or of one that draws by itself. */
import { element } from './element.ts'
import { Ghost } from './ghost.ts'
import { type Movement, Track } from './movement.ts'
import { Pad } from './pad.ts'
import { followKeys, followPointer, type OnPosition } from './pointer.ts'
import type { Session } from './session.ts'
import type { Source } from './source.ts'
import { heatOf, type Theme } from './theme.ts'
import type { TrailPoint } from './trail.ts'
import { briefly } from './words.ts'

/** Milliseconds between two looks at what is normal. */
const LOOK = 500

export class PointerSource implements Source {
  readonly span = 900
  readonly #session: Session
  readonly #pad: Pad
  readonly #track = new Track()
  readonly #ghost = new Ghost()
  readonly #ghostButton = element('ghost', HTMLButtonElement)
  #isAtWork = false
  #isGhostAtWork = false
  #moved: Movement[] = []
  #points: TrailPoint[] = []
  #looked = 0
  #learnedAtLook = 0

  constructor(session: Session, theme: Theme) {
    this.#session = session
    this.#pad = new Pad(element('pad', HTMLCanvasElement), theme)
    const byHand: OnPosition = position => {
      if (!this.#isGhostAtWork) this.#move(position)
    }
    followPointer(this.#pad.canvas, byHand)
    followKeys(this.#pad.canvas, byHand)
    this.#ghostButton.addEventListener('click', () => this.#setGhost(!this.#isGhostAtWork))
  }

  start(): void {
    this.#isAtWork = true
    this.#pad.clear()
  }

  stop(): void {
    this.#isAtWork = false
    this.#setGhost(false)
    this.#moved = []
    this.#points = []
  }

  frame(time: number): void {
    if (this.#isGhostAtWork) this.#move({ ...this.#ghost.next(this.#pad.width, this.#pad.height), time })
    if (this.#moved.length > 0) this.#send()
    if (time - this.#looked > LOOK) this.#look(time)
    this.#pad.draw(time)
  }

  #setGhost(on: boolean): void {
    this.#isGhostAtWork = on
    this.#ghostButton.setAttribute('aria-pressed', String(on))
    this.#lift()
  }

  #lift(): void {
    this.#track.lift()
    this.#pad.trail.lift()
  }

  #move(position: Parameters<OnPosition>[0]): void {
    if (!this.#isAtWork) return
    if (!position) {
      this.#lift()
      return
    }
    const { x, y, time } = position
    const movement = this.#track.move(x, y, time)
    if (!movement) return
    this.#moved.push(movement)
    this.#points.push(this.#pad.trail.add(x, y, time))
  }

  /** What has moved since the last frame, as one batch. */
  #send(): void {
    const points = this.#points
    const judged = this.#session.observe(this.#moved)
    this.#moved = []
    this.#points = []
    judged.then(({ first, ps, alpha, alarms }) => {
      for (const [index, point] of points.entries()) point.heat = heatOf(ps[index], alpha)
      for (const { record, why } of alarms) {
        if (why.length > 0) this.#pad.trail.ring(points[record - first], performance.now(), briefly(why[0]))
      }
    }, this.#session.onFailure)
  }

  /** See what is normal by now, if anything was learned since. */
  #look(time: number): void {
    this.#looked = time
    if (this.#session.learned === this.#learnedAtLook) return
    this.#learnedAtLook = this.#session.learned
    if (this.#session.learned === 0) this.#pad.clear()
    else
      this.#pad.landscape
        .update(this.#session.detector, this.#pad.width, this.#pad.height)
        .catch(this.#session.onFailure)
  }
}
