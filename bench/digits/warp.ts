/** Digits as other hands might have written them: a little shifted, turned, stretched and slanted. */
import { type Images, imageAt } from '../images/images.ts'

/** Standard deviations of what an image is changed by. */
export interface Warping {
  /** Pixels, across and down. */
  readonly shift: number
  /** Radians. */
  readonly turn: number
  /** Of the logarithm of the size. */
  readonly stretch: number
  /** Pixels across for one down. */
  readonly slant: number
}

/** An image with a black rim, so that there is a grey between any four pixels. */
class Rimmed {
  readonly #greys: Float32Array
  readonly #width: number
  readonly #height: number

  constructor(width: number, height: number) {
    this.#width = width + 2
    this.#height = height + 2
    this.#greys = new Float32Array(this.#width * this.#height)
  }

  hold(image: Float32Array): void {
    const width = this.#width - 2
    for (let y = 0; y < this.#height - 2; y++)
      this.#greys.set(image.subarray(y * width, (y + 1) * width), (y + 1) * this.#width + 1)
  }

  /** The grey at a place of the image; black outside. */
  at(x: number, y: number): number {
    const [left, top] = [Math.floor(x), Math.floor(y)]
    if (left < -1 || top < -1 || left > this.#width - 3 || top > this.#height - 3) return 0
    const [right, down] = [x - left, y - top]
    const from = (top + 1) * this.#width + left + 1
    const greys = this.#greys
    const above = greys[from] + right * (greys[from + 1] - greys[from])
    const next = from + this.#width
    const below = greys[next] + right * (greys[next + 1] - greys[next])
    return Math.min(1, Math.max(0, above + down * (below - above)))
  }
}

/** The images, each changed by amounts of its own. `uniform` gives numbers in [0, 1). */
export function warped(images: Images, warping: Warping, uniform: () => number): Images {
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const { width, height } = images
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
  const pixels = new Float32Array(images.pixels.length)
  const source = new Rimmed(width, height)
  let to = 0
  for (let n = 0; n < images.labels.length; n++) {
    source.hold(imageAt(images, n))
    const [across, down] = [warping.shift * normal(), warping.shift * normal()]
    const [turn, size] = [warping.turn * normal(), Math.exp(warping.stretch * normal())]
    const slant = warping.slant * normal()
    const [cos, sin] = [Math.cos(turn) / size, Math.sin(turn) / size]
    for (let j = 0; j < height; j++) {
      const y = j - middleY - down
      for (let i = 0; i < width; i++, to++) {
        const x = i - middleX - across + slant * y
        pixels[to] = source.at(cos * x + sin * y + middleX, cos * y - sin * x + middleY)
      }
    }
  }
  return { ...images, pixels }
}
