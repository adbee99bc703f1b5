/** Where a pointer is, as records: position, speed and how both change. */

/** A type, not an interface: it is a record as well, and records have an index. */
export type Movement = {
  /** Pixels from the left and from the top of the pad. */
  readonly x: number
  readonly y: number
  /** Pixels a second. */
  readonly speed: number
  /** Change of the speed: pixels a second, a second. */
  readonly acceleration: number
  /** Degrees, 0 to the right and 90 downwards. */
  readonly direction: number
  /** Change of the direction, in degrees from −180 to 180. */
  readonly turn: number
}

/** Milliseconds between two records at least: what comes sooner says more about the clock than about the hand. */
const LEAST_INTERVAL = 14
/** After a pause of so many milliseconds a new stroke begins. */
const LONGEST_INTERVAL = 250

const degrees = (radians: number) => (radians * 180) / Math.PI
/** An angle between −180 and 180 degrees. */
const wrapped = (angle: number) => angle - 360 * Math.round(angle / 360)

interface Last {
  readonly x: number
  readonly y: number
  readonly time: number
  readonly speed: number
  readonly direction: number
}

export class Track {
  #last: Last | null = null

  /** The pointer is at (x, y), in pixels, at a time in milliseconds. Null where there is nothing to say about it. */
  move(x: number, y: number, time: number): Movement | null {
    const last = this.#last
    if (!last || time - last.time > LONGEST_INTERVAL || time < last.time) {
      this.#last = { x, y, time, speed: 0, direction: 0 }
      return null
    }
    if (time - last.time < LEAST_INTERVAL) return null
    const seconds = (time - last.time) / 1000
    const speed = Math.hypot(x - last.x, y - last.y) / seconds
    const direction = speed > 0 ? degrees(Math.atan2(y - last.y, x - last.x)) : last.direction
    this.#last = { x, y, time, speed, direction }
    return {
      x: Math.round(x),
      y: Math.round(y),
      speed: Math.round(speed),
      acceleration: Math.round((speed - last.speed) / seconds),
      direction: (Math.round(direction) + 360) % 360,
      turn: Math.round(wrapped(direction - last.direction)),
    }
  }

  /** The next position begins a new stroke. */
  lift(): void {
    this.#last = null
  }
}
