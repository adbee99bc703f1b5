/** What the detector takes for normal, as a glow on the pad: scores of places about which nothing else is known. */
import type { DataRecord } from 'veto'
import type { RemoteDetector } from './remote.ts'
import type { Theme } from './theme.ts'

/** Places that are scored, from left to right and from top to bottom. */
const COLUMNS = 40
const ROWS = 24
/** Nats above the most normal place at which the glow has fallen to a third. */
const FALL = 2.5
const BRIGHTEST = 0.45

export class Landscape {
  readonly #canvas = new OffscreenCanvas(COLUMNS, ROWS)
  readonly #theme: Theme
  #scores: Float64Array = new Float64Array(0)

  constructor(theme: Theme) {
    this.#theme = theme
    theme.onChange(() => this.#paint())
  }

  /** Ask the detector anew, on a pad of this size. */
  async update(detector: RemoteDetector, width: number, height: number): Promise<void> {
    const places: DataRecord[] = []
    for (let row = 0; row < ROWS; row++) {
      for (let column = 0; column < COLUMNS; column++) {
        places.push({ x: ((column + 0.5) / COLUMNS) * width, y: ((row + 0.5) / ROWS) * height })
      }
    }
    this.#scores = await detector.score(places)
    this.#paint()
  }

  clear(): void {
    this.#scores = new Float64Array(0)
  }

  draw(context: CanvasRenderingContext2D, width: number, height: number): void {
    if (this.#scores.length > 0) context.drawImage(this.#canvas, 0, 0, width, height)
  }

  #paint(): void {
    const context = this.#canvas.getContext('2d')
    if (!context || this.#scores.length === 0) return
    const known = this.#scores.filter(score => !Number.isNaN(score))
    const least = Math.min(...known)
    context.clearRect(0, 0, COLUMNS, ROWS)
    for (const [place, score] of this.#scores.entries()) {
      if (Number.isNaN(score)) continue
      context.fillStyle = this.#theme.heat(0, BRIGHTEST * Math.exp(-(score - least) / FALL))
      context.fillRect(place % COLUMNS, Math.floor(place / COLUMNS), 1, 1)
    }
  }
}
