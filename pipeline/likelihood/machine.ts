/** A restricted Boltzmann machine in float64, as its kernel scores with it. */
import { show } from '../errors.ts'
import type { Product, VisibleGroup } from '../experts/product.ts'

/** Values of which one is on (softmax), or a single one that is on or off. */
export interface Unit {
  /** Index of the first value. */
  readonly start: number
  readonly size: number
  readonly softmax: boolean
}

/** D visible values, H hidden units. */
export interface Machine {
  readonly visible: readonly Unit[]
  readonly hidden: readonly Unit[]
  /** W (H, D), row after row. */
  readonly w: Float64Array
  readonly b: Float64Array
  readonly c: Float64Array
}

export function unitsOf(visible: readonly VisibleGroup[]): Unit[] {
  const units: Unit[] = []
  let start = 0
  for (const { kind, size } of visible) {
    const softmax = kind === 'softmax'
    if (softmax) units.push({ start, size, softmax })
    else for (let i = start; i < start + size; i++) units.push({ start: i, size: 1, softmax })
    start += size
  }
  return units
}

/** The parameters that score: the averaged ones when there are any. Throws a TypeError for what is no RBM. */
export function machineOf(product: Product): Machine {
  if (product?.family !== 'rbm') {
    throw new TypeError(
      `Expected a product of the family rbm, got ${product?.family === undefined ? show(product) : `'${product.family}'`}.`,
    )
  }
  const tensors = product.tensors()
  // As the kernel does: until the first interval is full the averages are not in use.
  const averaged =
    'average.w' in tensors && tensors.counters.data[0] >= Number(product.options.averagingInterval)
  const prefix = averaged ? 'average' : 'experts'
  const [w, b, c] = ['w', 'b', 'c'].map(name => Float64Array.from(tensors[`${prefix}.${name}`].data))
  const hidden = Array.from(c, (_, start) => ({ start, size: 1, softmax: false }))
  return { visible: unitsOf(product.visible), hidden, w, b, c }
}

/** As many factors of at most 2 as float64 holds with room to spare. */
const FACTORS = 512

/**
 * log Σ over all states of the units of e^(their inputs): Σ log(1 + exp x) of units that are on or off, one logarithm for
 * many, and a log-sum-exp of every softmax group.
 */
export function logSumOfStates(units: readonly Unit[], input: ArrayLike<number>): number {
  let sum = 0
  let product = 1
  let factors = 0
  for (const { start, size, softmax } of units) {
    if (softmax) {
      sum += logSumExp(input, start, size)
      continue
    }
    const x = input[start]
    if (x > 0) sum += x
    product *= 1 + Math.exp(-Math.abs(x))
    if (++factors === FACTORS) {
      sum += Math.log(product)
      product = 1
      factors = 0
    }
  }
  return sum + Math.log(product)
}

function logSumExp(values: ArrayLike<number>, start: number, size: number): number {
  let most = Number.NEGATIVE_INFINITY
  for (let k = start; k < start + size; k++) most = Math.max(most, values[k])
  let sum = 0
  for (let k = start; k < start + size; k++) sum += Math.exp(values[k] - most)
  return most + Math.log(sum)
}
