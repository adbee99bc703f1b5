/** What is done to images so that somebody has to notice it, or to undo it. Of an image as it is given nothing changes. */
import { type Images, imageAt, sizeOf } from './images.ts'

/** The pixels of all images as `change` makes them, one image after the other. */
export function eachImage(images: Images, change: (image: Float32Array) => Float32Array): Images {
  const pixels = new Float32Array(images.pixels.length)
  for (let n = 0; n < images.labels.length; n++) pixels.set(change(imageAt(images, n)), n * sizeOf(images))
  return { ...images, pixels }
}

/** How many pixels are white. Of black and white images. */
export const inkOf = (image: Float32Array) => image.reduce((sum, pixel) => sum + pixel, 0)

/** Each pixel is inverted with this chance. */
export const flipped = (image: Float32Array, chance: number, uniform: () => number) =>
  image.map(pixel => (uniform() < chance ? 1 - pixel : pixel))

/** Each pixel becomes black or white, one as likely as the other, with this chance. */
export const saltedAndPeppered = (image: Float32Array, chance: number, uniform: () => number) =>
  image.map(pixel => (uniform() < chance ? Math.round(uniform()) : pixel))

/** A square part of an image: where it begins, and how many pixels it is wide. */
export interface Square {
  readonly row: number
  readonly column: number
  readonly side: number
}

/** The numbers of its pixels in an image of that width. */
export const pixelsOf = ({ row, column, side }: Square, width: number): number[] =>
  Array.from({ length: side ** 2 }, (_, k) => (row + Math.floor(k / side)) * width + column + (k % side))

/** A square anywhere in a square image. */
export function anySquare(width: number, side: number, uniform: () => number): Square {
  const place = () => Math.floor(uniform() * (width - side + 1))
  return { row: place(), column: place(), side }
}

/** Squares that are drawn before one with too little ink has to do. */
const TURNS = 1000

/** A square that holds at least so many white pixels, or where none is found the one with most of them. */
export function inkySquare(image: Float32Array, side: number, least: number, uniform: () => number): Square {
  const width = Math.sqrt(image.length)
  let best: Square | undefined
  let most = -1
  for (let turn = 0; turn < TURNS && most < least; turn++) {
    const square = anySquare(width, side, uniform)
    const ink = pixelsOf(square, width).reduce((sum, at) => sum + image[at], 0)
    if (ink > most) [best, most] = [square, ink]
  }
  return best ?? anySquare(width, side, uniform)
}

/** A square of one grey; NaN for one that is not known. */
export function painted(image: Float32Array, square: Square, grey: number): Float32Array {
  const out = image.slice()
  for (const at of pixelsOf(square, Math.sqrt(image.length))) out[at] = grey
  return out
}

const overlap = (a: Square, b: Square) =>
  Math.abs(a.row - b.row) < a.side && Math.abs(a.column - b.column) < a.side

/** Two squares of which each holds at least so many white pixels change places. */
export function swapped(
  image: Float32Array,
  side: number,
  least: number,
  uniform: () => number,
): Float32Array {
  const first = inkySquare(image, side, least, uniform)
  let second = first
  for (let turn = 0; turn < TURNS && overlap(first, second); turn++)
    second = inkySquare(image, side, least, uniform)
  while (overlap(first, second)) second = anySquare(Math.sqrt(image.length), side, uniform)
  const out = image.slice()
  const width = Math.sqrt(image.length)
  const to = pixelsOf(second, width)
  for (const [k, from] of pixelsOf(first, width).entries()) {
    out[from] = image[to[k]]
    out[to[k]] = image[from]
  }
  return out
}

/** The median of each pixel and its eight neighbours; beyond the edge are the pixels of the edge. */
export function medianFiltered(image: Float32Array): Float32Array {
  const width = Math.sqrt(image.length)
  const inside = (place: number) => Math.min(width - 1, Math.max(0, place))
  return image.map((_, at) => {
    const [row, column] = [Math.floor(at / width), at % width]
    const window = Float32Array.from({ length: 9 }, (_, k) => {
      const y = inside(row + Math.floor(k / 3) - 1)
      const x = inside(column + (k % 3) - 1)
      return image[y * width + x]
    })
    return window.sort()[4]
  })
}

/** Unknown pixels (NaN) become the median of those of their eight neighbours that are known, ring after ring. */
export function medianFilled(image: Float32Array): Float32Array {
  const width = Math.sqrt(image.length)
  let known = image
  while (known.some(Number.isNaN)) {
    const before = known
    known = before.map((pixel, at) => (Number.isNaN(pixel) ? medianAround(before, at, width) : pixel))
  }
  return known
}

/** NaN where no neighbour is known. */
function medianAround(image: Float32Array, at: number, width: number): number {
  const around: number[] = []
  for (const down of [-1, 0, 1]) {
    for (const across of [-1, 0, 1]) {
      const [row, column] = [Math.floor(at / width) + down, (at % width) + across]
      const pixel = image[row * width + column]
      if (column >= 0 && column < width && row >= 0 && row < width && !Number.isNaN(pixel)) around.push(pixel)
    }
  }
  return around.sort((a, b) => a - b)[around.length >> 1] ?? Number.NaN
}

/** Mean squared difference of two sets of pixels. */
export function meanSquaredError(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2
  return sum / a.length
}
