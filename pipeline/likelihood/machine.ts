/** A restricted Boltzmann machine in float64, as its kernel scores with it. */
import { exp, log, log1p } from '../elementary.ts'
import { show } from '../errors.ts'
import type { Product, VisibleGroup } from '../experts/product.ts'
import { unitKinds } from '../visible.ts'

/** Values of which one is on (softmax), or a single one that is on or off, or counts up to `trials`, or is real. */
export interface Unit {
  /** Index of the first value. */
  readonly start: number
  readonly size: number
  readonly softmax: boolean
  /** N replicas of a binary unit with the same input. */
  readonly trials: number
  /** Of a real unit: σ², and the bias b that its energy (v − b)² / 2σ² is about. */
  readonly gaussian?: { readonly variance: number; readonly bias: number }
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

/** The units of a visible layer; `b` and `logVariance` are asked about real ones. */
export function unitsOf(
  visible: readonly VisibleGroup[],
  b: ArrayLike<number> = [],
  logVariance: ArrayLike<number> = [],
): Unit[] {
  const units: Unit[] = []
  let start = 0
  for (const { kind, size } of visible) {
    const softmax = kind === 'softmax'
    const trials = kind === 'count' ? size : 1
    const end = start + unitKinds[kind].values(size)
    if (softmax) units.push({ start, size, softmax, trials })
    else {
      for (let i = start; i < end; i++) {
        const gaussian = kind === 'real' && { variance: exp(logVariance[i]), bias: b[i] }
        units.push({ start: i, size: 1, softmax, trials, ...(gaussian && { gaussian }) })
      }
    }
    start = end
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
  const trials = Number(product.options.replicas)
  const hidden = Array.from(c, (_, start) => ({ start, size: 1, softmax: false, trials }))
  const logVariance = tensors[`${prefix}.logVariance`]?.data
  return { visible: unitsOf(product.visible, b, logVariance), hidden, w, b, c }
}

/** As many factors of at most 2 as float64 holds with room to spare. */
const FACTORS = 512

/** log C(N, n): of N units n are on. */
export function logWays(trials: number, n: number): number {
  let sum = 0
  for (let k = 0; k < Math.min(n, trials - n); k++) sum += log((trials - k) / (k + 1))
  return sum
}

/** log ∫ e^(input v / σ² − (v² + b²) / 2σ²) dv: the input of a real unit is its mean. */
function logGaussian(input: number, { variance, bias }: { variance: number; bias: number }): number {
  return 0.5 * log(2 * Math.PI * variance) + ((input - bias) * (input + bias)) / (2 * variance)
}

/**
 * log Σ over all states of the units of e^(their inputs): Σ log(1 + exp x) of units that are on or off, one logarithm for
 * many, N times that of a count up to N, a log-sum-exp of every softmax group, and the integral over a real unit.
 */
export function logSumOfStates(units: readonly Unit[], input: ArrayLike<number>): number {
  let sum = 0
  let product = 1
  let factors = 0
  for (const { start, size, softmax, trials, gaussian } of units) {
    const x = input[start]
    if (softmax || gaussian || trials > 1) {
      if (softmax) sum += logSumExp(input, start, size)
      else sum += gaussian ? logGaussian(x, gaussian) : trials * softplus(x)
      continue
    }
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

const softplus = (x: number) => Math.max(x, 0) + log1p(exp(-Math.abs(x)))

function logSumExp(values: ArrayLike<number>, start: number, size: number): number {
  let most = Number.NEGATIVE_INFINITY
  for (let k = start; k < start + size; k++) most = Math.max(most, values[k])
  let sum = 0
  for (let k = start; k < start + size; k++) sum += Math.exp(values[k] - most)
  return most + Math.log(sum)
}
