/** The random choices that several peers make. */
type Uniform = () => number

/** An integer in [0, count). */
export const integerBelow = (count: number, uniform: Uniform): number => Math.floor(uniform() * count)

/** `size` different integers in [0, count), by the first steps of a Fisher–Yates shuffle. */
export function sampleWithoutReplacement(count: number, size: number, uniform: Uniform): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index)
  for (let place = 0; place < size; place++) {
    const other = place + integerBelow(count - place, uniform)
    const chosen = order[other]
    order[other] = order[place]
    order[place] = chosen
  }
  return order.subarray(0, size)
}

/** A standard normal number (Box and Muller 1958). */
export const standardNormal = (uniform: Uniform): number =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
