/** Two gauges of the pump against each other: what belongs together lies on a line, what does not lies beside it. */
import type { Alarm } from './messages.ts'
import type { Gauges } from './pump.ts'
import type { Theme } from './theme.ts'

/** What is at the edges of the picture, from left to right and from bottom to top. */
const FLOW: readonly [number, number] = [-2, 56]
const PRESSURE: readonly [number, number] = [-0.8, 9.5]
/** Dots of usual records that are seen at once, and milliseconds that those of alarms are seen. */
const DOTS = 1500
const SEEN = 2500
/** An alarm of so many nats leaves no doubt. */
const CLEAR = 12

interface Mark {
  readonly gauges: Gauges
  /** In nats. */
  readonly score: number
  readonly time: number
}

const share = (value: number, [low, high]: readonly [number, number]) => (value - low) / (high - low)

export class Scatter {
  readonly #canvas: HTMLCanvasElement
  readonly #theme: Theme
  #usual: Gauges[] = []
  #marks: Mark[] = []

  constructor(canvas: HTMLCanvasElement, theme: Theme) {
    this.#canvas = canvas
    this.#theme = theme
  }

  clear(): void {
    this.#usual = []
    this.#marks = []
  }

  /** Take in a batch of which the first record has this number. */
  add(records: readonly Gauges[], first: number, alarms: readonly Alarm[]): void {
    this.#usual = [...this.#usual, ...records].slice(-DOTS)
    const time = performance.now()
    for (const { record, score } of alarms) this.#marks.push({ gauges: records[record - first], score, time })
  }

  /** Draw a frame at a time in milliseconds. */
  draw(time: number): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas
    this.#canvas.width = Math.round(width * devicePixelRatio)
    this.#canvas.height = Math.round(height * devicePixelRatio)
    const context = this.#canvas.getContext('2d')
    if (!context) return
    context.scale(devicePixelRatio, devicePixelRatio)
    const place = ({ flow, pressure }: Gauges) =>
      [share(flow, FLOW) * width, (1 - share(pressure, PRESSURE)) * height] as const
    context.fillStyle = this.#theme.heat(0, 0.4)
    for (const gauges of this.#usual) {
      const [x, y] = place(gauges)
      context.fillRect(x - 1, y - 1, 2, 2)
    }
    this.#marks = this.#marks.filter(mark => time - mark.time < SEEN)
    for (const mark of this.#marks) {
      this.#drawMark(context, place(mark.gauges), (time - mark.time) / SEEN, mark.score)
    }
  }

  /** A dot that fades and a ring that spreads, both as large as the alarm is clear. */
  #drawMark(
    context: CanvasRenderingContext2D,
    [x, y]: readonly [number, number],
    age: number,
    score: number,
  ): void {
    const clarity = Math.min(Math.max(score / CLEAR, 0.4), 1)
    context.fillStyle = this.#theme.heat(1, 1 - age)
    context.beginPath()
    context.arc(x, y, 5 * clarity, 0, 2 * Math.PI)
    context.fill()
    context.strokeStyle = this.#theme.heat(1, 0.6 * (1 - age) ** 2)
    context.beginPath()
    context.arc(x, y, 5 + 24 * clarity ** 3 * Math.min(1, 2.5 * age), 0, 2 * Math.PI)
    context.stroke()
  }
}
