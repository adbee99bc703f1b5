/** Images with their labels, and what experiments do to a set of them. */

/** N images of the same size. */
export interface Images {
  readonly width: number
  readonly height: number
  /** N × height·width shares of white, 0 to 1, row after row. */
  readonly pixels: Float32Array
  /** N classes. */
  readonly labels: Uint8Array
}

export const sizeOf = ({ width, height }: Images) => width * height

/** Image n, a view. */
export const imageAt = (images: Images, n: number) =>
  images.pixels.subarray(n * sizeOf(images), (n + 1) * sizeOf(images))

/** The images with these numbers, in this order. */
export function selected(images: Images, numbers: readonly number[]): Images {
  const size = sizeOf(images)
  const pixels = new Float32Array(numbers.length * size)
  for (const [to, from] of numbers.entries()) pixels.set(imageAt(images, from), to * size)
  return { ...images, pixels, labels: Uint8Array.from(numbers, n => images.labels[n]) }
}

/** The images whose class is one of these. */
export const ofClasses = (images: Images, classes: readonly number[]) =>
  selected(
    images,
    Array.from(images.labels.keys()).filter(n => classes.includes(images.labels[n])),
  )

/** The numbers from 0 to `count` − 1 in another order (Fisher and Yates). `uniform` gives numbers in [0, 1). */
export function shuffledOrder(count: number, uniform: () => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/** The images in another order. */
export const shuffled = (images: Images, uniform: () => number) =>
  selected(images, shuffledOrder(images.labels.length, uniform))

/** The first `count` images, and the others. */
export function split(images: Images, count: number): [first: Images, others: Images] {
  const at = count * sizeOf(images)
  const part = (from?: number, to?: number, fromPixel?: number, toPixel?: number): Images => ({
    ...images,
    pixels: images.pixels.subarray(fromPixel, toPixel),
    labels: images.labels.subarray(from, to),
  })
  return [part(0, count, 0, at), part(count, undefined, at)]
}

/** Black and white: 1 from `threshold` on. */
export const blackAndWhite = (images: Images, threshold = 0.5): Images => ({
  ...images,
  pixels: images.pixels.map(share => (share >= threshold ? 1 : 0)),
})

/** Black and white at random: a pixel is 1 as often as its share says (Salakhutdinov and Murray 2008). */
export const binarised = (images: Images, uniform: () => number): Images => ({
  ...images,
  pixels: images.pixels.map(share => (uniform() < share ? 1 : 0)),
})
