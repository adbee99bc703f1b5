/** What scikit-learn's example of features for digits learns from: digits with copies of them that stand a pixel aside. */
import { type Images, imageAt, sizeOf } from './images.ts'

/** By how many rows and columns a copy looks further: up, left, right and down, in the order of the example. */
const STEPS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [0, -1],
  [-1, 0],
] as const

function shifted(image: Float32Array, width: number, down: number, across: number): Float32Array {
  return image.map((_, at) => {
    const [row, column] = [Math.floor(at / width) + down, (at % width) + across]
    const isInside = column >= 0 && column < width && row >= 0 && row < image.length / width
    return isInside ? image[row * width + column] : 0
  })
}

/** All images, and then all of them one pixel up, left, right and down, black moving in. */
export function withShifts(images: Images): Images {
  const count = images.labels.length
  const pixels = new Float32Array(STEPS.length * images.pixels.length)
  for (const [s, [down, across]] of STEPS.entries()) {
    for (let n = 0; n < count; n++)
      pixels.set(shifted(imageAt(images, n), images.width, down, across), (s * count + n) * sizeOf(images))
  }
  const labels = Uint8Array.from({ length: STEPS.length * count }, (_, n) => images.labels[n % count])
  return { ...images, pixels, labels }
}

/** Each pixel scaled to what it is at least, and at most, in any image: 0 and 1. */
export function scaledToRange(images: Images): Images {
  const size = sizeOf(images)
  const low = new Float32Array(size).fill(Number.POSITIVE_INFINITY)
  const high = new Float32Array(size).fill(Number.NEGATIVE_INFINITY)
  for (const [at, pixel] of images.pixels.entries()) {
    low[at % size] = Math.min(low[at % size], pixel)
    high[at % size] = Math.max(high[at % size], pixel)
  }
  const pixels = images.pixels.map((pixel, at) => {
    const [from, to] = [low[at % size], high[at % size]]
    return to > from ? (pixel - from) / (to - from) : 0
  })
  return { ...images, pixels }
}
