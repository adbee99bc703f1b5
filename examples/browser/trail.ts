/** What is drawn on the pad: where the pointer was, in the colour of how surprising that was, and a ring for an alarm. */
import type { Theme } from './theme.ts'

/** A point of the trail. Its heat comes later than the point: the worker has to look at it first. */
export interface TrailPoint {
  readonly x: number
  readonly y: number
  readonly time: number
  /** Begins a new stroke. */
  readonly first: boolean
  /** 0 as usual, 1 alarming, NaN not known. */
  heat: number
}

const middle = (a: TrailPoint, b: TrailPoint) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })

interface Ring {
  readonly x: number
  readonly y: number
  readonly time: number
  /** Two lines: what it was, and what was expected. */
  readonly lines: readonly string[]
}

/** Milliseconds that a trail and a ring are seen. */
const TRAIL = 5000
const RING = 3500

export class Trail {
  readonly #theme: Theme
  #points: TrailPoint[] = []
  #rings: Ring[] = []
  #lifted = true

  constructor(theme: Theme) {
    this.#theme = theme
  }

  add(x: number, y: number, time: number): TrailPoint {
    const point = { x, y, time, first: this.#lifted, heat: Number.NaN }
    this.#lifted = false
    this.#points.push(point)
    return point
  }

  lift(): void {
    this.#lifted = true
  }

  /** A ring around the point, with what is wrong there in words; one at a time is enough to read. */
  ring({ x, y }: TrailPoint, time: number, lines: readonly string[]): void {
    const last = this.#rings.at(-1)
    if (!last || time - last.time > 700) this.#rings.push({ x, y, time, lines })
  }

  clear(): void {
    this.#points = []
    this.#rings = []
    this.#lifted = true
  }

  /** Draw all that is still to be seen at a time; whether there is anything. */
  draw(context: CanvasRenderingContext2D, width: number, time: number): boolean {
    this.#points = this.#points.filter(point => time - point.time < TRAIL)
    this.#rings = this.#rings.filter(ring => time - ring.time < RING)
    this.#drawStrokes(context, time)
    for (const ring of this.#rings) this.#drawRing(context, ring, width, time)
    return this.#points.length + this.#rings.length > 0
  }

  #drawStrokes(context: CanvasRenderingContext2D, time: number): void {
    context.lineCap = 'butt'
    for (let i = 1; i < this.#points.length; i++) {
      const [before, from, to] = [this.#points[i - 2], this.#points[i - 1], this.#points[i]]
      if (to.first) continue
      const fresh = 1 - (time - to.time) / TRAIL
      const known = !Number.isNaN(to.heat)
      const heat = known ? Math.max(to.heat, 0) : 0
      context.strokeStyle = known ? this.#theme.heat(heat, fresh) : this.#grey(fresh)
      context.lineWidth = 2 + 2.5 * fresh + 4 * heat ** 3
      // From the middle of one step to the middle of the next, bent by the point between them.
      const start = before && !from.first ? middle(before, from) : from
      const end = middle(from, to)
      context.beginPath()
      context.moveTo(start.x, start.y)
      context.quadraticCurveTo(from.x, from.y, end.x, end.y)
      context.stroke()
    }
  }

  #grey(opacity: number): string {
    const shade = Math.round(255 * opacity)
    return `${this.#theme.colour('faint')}${shade.toString(16).padStart(2, '0')}`
  }

  #drawRing(
    context: CanvasRenderingContext2D,
    { x, y, time: begun, lines }: Ring,
    width: number,
    time: number,
  ) {
    const age = (time - begun) / RING
    const spread = 1 - (1 - Math.min(3 * age, 1)) ** 3
    context.strokeStyle = this.#theme.heat(1, (1 - age) ** 2)
    context.lineWidth = 2
    context.beginPath()
    context.arc(x, y, 8 + 34 * spread, 0, 2 * Math.PI)
    context.stroke()
    this.#write(context, lines, x, y, width, Math.min(1, 4 * (1 - age)))
  }

  /** Words beside a point, within the pad, legible over everything. */
  #write(
    context: CanvasRenderingContext2D,
    lines: readonly string[],
    x: number,
    y: number,
    width: number,
    opacity: number,
  ): void {
    context.font = '600 14px system-ui, sans-serif'
    context.lineJoin = 'round'
    const longest = Math.max(...lines.map(line => context.measureText(line).width))
    const left = Math.max(8, Math.min(x + 20, width - longest - 12))
    context.globalAlpha = opacity
    context.strokeStyle = this.#theme.colour('panel')
    context.fillStyle = this.#theme.colour('alarm')
    context.lineWidth = 5
    for (const [index, line] of lines.entries()) {
      const base = Math.max(26, y - 22) + 18 * index
      context.strokeText(line, left, base)
      context.fillText(line, left, base)
    }
    context.globalAlpha = 1
  }
}
