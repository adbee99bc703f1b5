/** Small grey images side by side, as one picture in a figure: weights of units, digits, what has become of them. */
import { encode } from 'fast-png'

export interface Tiling {
  /** Pixels of one image. */
  readonly width: number
  readonly height: number
  /** Images in a row; default: one row. */
  readonly columns?: number
  /** Dots for the side of a pixel; default 2. */
  readonly scale?: number
  /** The value that is drawn black, and the one that is drawn white; default 0 and 1. */
  readonly black?: number
  readonly white?: number
  /** The grey between images, from 0 to 255; default white. */
  readonly between?: number
}

/** Dots between two images. */
const GAP = 2

interface Mosaic {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** All images in one: bytes, row after row. */
function mosaicOf(images: readonly ArrayLike<number>[], tiling: Tiling): Mosaic {
  const { width, height, columns = images.length, scale = 2, black = 0, white = 1, between = 255 } = tiling
  const across = width * scale + GAP
  const down = height * scale + GAP
  const mosaicWidth = columns * across - GAP
  const mosaicHeight = Math.ceil(images.length / columns) * down - GAP
  const data = new Uint8Array(mosaicWidth * mosaicHeight).fill(between)
  for (const [n, image] of images.entries()) {
    const left = (n % columns) * across
    const top = Math.floor(n / columns) * down
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const value = image[Math.floor(y / scale) * width + Math.floor(x / scale)]
        const share = Math.min(1, Math.max(0, (value - black) / (white - black)))
        data[(top + y) * mosaicWidth + left + x] = Math.round(255 * share)
      }
    }
  }
  return { data, width: mosaicWidth, height: mosaicHeight }
}

/**
 * A view of Vega-Lite, to be put beside others by `hconcat` and `vconcat`: the images in rows of `columns`, sharp at every size,
 * as one PNG inside the SVG.
 */
export function tiles(images: readonly ArrayLike<number>[], tiling: Tiling, title?: string) {
  const { data, width, height } = mosaicOf(images, tiling)
  const png = encode({ data, width, height, channels: 1, depth: 8 })
  const url = `data:image/png;base64,${Buffer.from(png).toString('base64')}`
  return {
    ...(title === undefined ? {} : { title }),
    width,
    height,
    view: { stroke: null },
    data: { values: [{ url }] },
    mark: { type: 'image', width, height } as const,
    encoding: {
      x: { value: width / 2 },
      y: { value: height / 2 },
      url: { field: 'url', type: 'nominal' } as const,
    },
  } as const
}

/** The largest absolute value of all images: what weights are drawn from black to white by, zero being grey. */
export function reachOf(images: readonly ArrayLike<number>[]): number {
  let most = 0
  for (const image of images) for (const value of Array.from(image)) most = Math.max(most, Math.abs(value))
  return most
}
