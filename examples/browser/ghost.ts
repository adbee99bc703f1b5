/** A hand that draws by itself: round and round, and now and then it jerks. */
import { bells } from './random.ts'

/** Radians a frame, and what they vary by. */
const PACE = 0.075
/** Frames from one jerk to the next, and how many it takes. */
const CALM = 540
const JERK = 5

export class Ghost {
  readonly #bell = bells(3)
  #angle = 0
  #pace = PACE
  /** Of the radius, and how it changes: a hand has mass. */
  #wobble = 0
  #drift = 0
  #frame = 0

  /** Where the hand is in the next frame, on a pad of this size. */
  next(width: number, height: number): { x: number; y: number } {
    this.#frame++
    this.#pace += 0.003 * this.#bell() - 0.03 * (this.#pace - PACE)
    this.#drift += 0.0012 * this.#bell() - 0.12 * this.#drift - 0.004 * this.#wobble
    this.#wobble += this.#drift
    this.#angle += this.#pace
    const radius = 0.32 + this.#wobble
    const x = 0.5 * width + radius * Math.min(width, 1.6 * height) * Math.cos(this.#angle)
    const y = 0.5 * height + radius * height * Math.sin(this.#angle)
    const jerk = this.#jerk()
    return { x: x + jerk * width * 0.3, y: y - jerk * height * 0.35 }
  }

  /** How far out the hand is thrown: 0 but for a few frames. */
  #jerk(): number {
    const since = (this.#frame % (CALM + JERK)) - CALM
    return since < 0 ? 0 : Math.sin((Math.PI * (since + 1)) / (JERK + 1))
  }
}
