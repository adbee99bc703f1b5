/** The pad as a canvas: the glow of what is normal, and the trail over it. */
import { Landscape } from './landscape.ts'
import type { Theme } from './theme.ts'
import { Trail } from './trail.ts'

export class Pad {
  readonly canvas: HTMLCanvasElement
  readonly landscape: Landscape
  readonly trail: Trail
  readonly #context: CanvasRenderingContext2D

  constructor(canvas: HTMLCanvasElement, theme: Theme) {
    const context = canvas.getContext('2d')
    if (!context) throw new Error('Expected a browser that draws on canvases, got none.')
    this.#context = context
    this.canvas = canvas
    this.landscape = new Landscape(theme)
    this.trail = new Trail(theme)
    new ResizeObserver(() => this.#resize()).observe(canvas)
    this.#resize()
  }

  get width(): number {
    return this.canvas.clientWidth
  }

  get height(): number {
    return this.canvas.clientHeight
  }

  clear(): void {
    this.landscape.clear()
    this.trail.clear()
  }

  /** Draw a frame at a time in milliseconds. */
  draw(time: number): void {
    this.#context.clearRect(0, 0, this.width, this.height)
    this.landscape.draw(this.#context, this.width, this.height)
    this.trail.draw(this.#context, this.width, time)
  }

  /** As many pixels as the screen has, in units of the page. */
  #resize(): void {
    this.canvas.width = Math.round(this.width * devicePixelRatio)
    this.canvas.height = Math.round(this.height * devicePixelRatio)
    this.#context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
  }
}
