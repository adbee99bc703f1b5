/** k-means (Lloyd 1982) of images from starts that are far apart (Arthur and Vassilvitskii 2007), and codes made of it. */
import { type Images, imageAt, sizeOf } from './images.ts'

/** The pixels of an image that are not black: all that a distance has to look at. */
interface Sparse {
  readonly at: Int32Array
  readonly pixels: Float32Array
  readonly square: number
}

function sparse(image: Float32Array): Sparse {
  const at = Int32Array.from(Array.from(image.keys()).filter(i => image[i] !== 0))
  const pixels = Float32Array.from(at, i => image[i])
  return { at, pixels, square: pixels.reduce((sum, pixel) => sum + pixel * pixel, 0) }
}

const squareOf = (image: Float32Array) => image.reduce((sum, pixel) => sum + pixel * pixel, 0)

/** |x − c|² */
function distance({ at, pixels, square }: Sparse, centroid: Float32Array, squared: number): number {
  let inner = 0
  for (let i = 0; i < at.length; i++) inner += pixels[i] * centroid[at[i]]
  return Math.max(0, square - 2 * inner + squared)
}

/** The first is any image, each other one with a chance that is its squared distance from the nearest of those before. */
function starts(images: Images, rows: readonly Sparse[], count: number, uniform: () => number) {
  const centroids: Float32Array[] = []
  const nearest = new Float64Array(rows.length).fill(1)
  while (centroids.length < count) {
    let left = uniform() * nearest.reduce((sum, each) => sum + each, 0)
    const chosen = nearest.findIndex(each => {
      left -= each
      return left < 0
    })
    const centroid = imageAt(images, Math.max(0, chosen)).slice()
    const square = squareOf(centroid)
    for (const [n, row] of rows.entries()) {
      const away = distance(row, centroid, square)
      nearest[n] = centroids.length === 0 ? away : Math.min(nearest[n], away)
    }
    centroids.push(centroid)
  }
  return centroids
}

/** Each centroid moves to the mean of the images that are nearest to it; one that has none stays. */
function moved(images: Images, rows: readonly Sparse[], centroids: readonly Float32Array[]): Float32Array[] {
  const sums = centroids.map(() => new Float64Array(sizeOf(images)))
  const counts = new Int32Array(centroids.length)
  const squares = centroids.map(squareOf)
  for (const { at, pixels, ...rest } of rows) {
    const away = centroids.map((centroid, k) => distance({ at, pixels, ...rest }, centroid, squares[k]))
    const own = away.indexOf(Math.min(...away))
    counts[own]++
    for (let i = 0; i < at.length; i++) sums[own][at[i]] += pixels[i]
  }
  return centroids.map((centroid, k) =>
    counts[k] === 0 ? centroid : Float32Array.from(sums[k], sum => sum / counts[k]),
  )
}

/** K centroids after so many rounds. */
export function kMeans(images: Images, count: number, rounds: number, uniform: () => number): Float32Array[] {
  const rows = Array.from(images.labels.keys(), n => sparse(imageAt(images, n)))
  let centroids = starts(images, rows, count, uniform)
  for (let round = 0; round < rounds; round++) centroids = moved(images, rows, centroids)
  return centroids
}

/** What a set of centroids makes of an image; K numbers each. */
export interface Codes {
  /** 1 for the nearest centroid, 0 for the others. */
  readonly hard: Float32Array
  /** By how much a centroid is nearer than the mean of all, 0 where it is not (Coates, Ng and Lee 2011, "triangle"). */
  readonly triangle: Float32Array
}

export function codesOf(centroids: readonly Float32Array[], image: Float32Array): Codes {
  const row = sparse(image)
  const away = Float32Array.from(centroids, centroid =>
    Math.sqrt(distance(row, centroid, squareOf(centroid))),
  )
  const mean = away.reduce((sum, each) => sum + each, 0) / away.length
  const nearest = away.indexOf(Math.min(...away))
  return {
    hard: away.map((_, k) => Number(k === nearest)),
    triangle: away.map(each => Math.max(0, mean - each)),
  }
}
