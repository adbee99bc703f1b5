/**
 * log Z of products of hidden Markov models, by the chain over the states of all experts at once: Z_T = πᵀ E (A E)^{T−1} 1
 * with e(s) = Σ_o Π_m b^m_{s_m}(o), or the integral of it for numbers (Hinton 2002, section 9).
 */
import { exp, log } from '../elementary.ts'
import { windowsOf } from '../experts/hmm.ts'
import type { Product, Tensor } from '../experts/product.ts'
import { MOST_SYMBOLS } from '../visible.ts'

/** Most states of all experts together. */
const MOST_STATES = 2 ** 16

/** The parameters of one window, in float64: probabilities, by state and expert. */
interface Window {
  readonly steps: number
  /** Index k M + m. */
  readonly initial: Float64Array
  /** Index (k K + l) M + m. */
  readonly transition: Float64Array
  /** log e of a setting of the experts' states. */
  logOverlap(states: readonly number[]): number
}

const expOf = ({ data }: Tensor, from: number, count: number) =>
  Float64Array.from({ length: count }, (_, i) => exp(data[from + i]))

function logSum(values: Float64Array): number {
  const most = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return most + log(values.reduce((sum, value) => sum + exp(value - most), 0))
}

/** log Σ_o Π_m B^m(o), `rows` being log B in rows o K + k of M columns. */
function symbolOverlap(rows: ArrayLike<number>, size: number, K: number, M: number) {
  const logs = new Float64Array(size)
  return (states: readonly number[]) => {
    for (let o = 0; o < size; o++) {
      logs[o] = 0
      for (let m = 0; m < M; m++) logs[o] += rows[(o * K + states[m]) * M + m]
    }
    return logSum(logs)
  }
}

/** log of the integral of a product of normal densities, channel by channel. */
function densityOverlap(
  means: ArrayLike<number>,
  logVariances: ArrayLike<number>,
  channels: number,
  K: number,
  M: number,
) {
  return (states: readonly number[]) => {
    let total = 0
    for (let c = 0; c < channels; c++) {
      let [precision, linear, constant] = [0, 0, 0]
      for (let m = 0; m < M; m++) {
        const at = (c * K + states[m]) * M + m
        const own = exp(-logVariances[at])
        precision += own
        linear += own * means[at]
        constant += own * means[at] ** 2 + logVariances[at] + log(2 * Math.PI)
      }
      total += 0.5 * (linear ** 2 / precision + log((2 * Math.PI) / precision) - constant)
    }
    return total
  }
}

/** The windows of a product. */
function windowsIn(product: Product): Window[] {
  const tensors = product.tensors()
  const [K, M, C] = ['states', 'experts', 'channels'].map(name => Number(product.options[name]))
  const block = K * M
  const from = { symbols: 0, channels: 0 }
  return windowsOf(product.visible).map(({ kind, size, values }, w) => {
    const own = {
      initial: expOf(tensors['experts.initial'], w * block, block),
      transition: expOf(tensors['experts.transition'], w * K * block, K * block),
    }
    const part = (name: string, first: number, rows: number) =>
      tensors[`experts.${name}`].data.subarray(first * block, (first + rows) * block)
    if (kind === 'real') {
      const [means, logVariances] = ['mean', 'logVariance'].map(name => part(name, from.channels, C))
      from.channels += C
      return { ...own, steps: values / C, logOverlap: densityOverlap(means, logVariances, C, K, M) }
    }
    const rows = part('emission', from.symbols, size)
    from.symbols += size
    return { ...own, steps: kind === 'sequence' ? 0 : values, logOverlap: symbolOverlap(rows, size, K, M) }
  })
}

/** The states of the experts in setting number `setting`, the first expert's first. */
function statesIn(setting: number, K: number, M: number): number[] {
  return Array.from({ length: M }, (_, m) => Math.floor(setting / K ** m) % K)
}

/** Every expert takes a step of its own: one factor of the product of transitions after the other, in place. */
function advance(weights: Float64Array, transition: Float64Array, K: number, M: number): void {
  const next = new Float64Array(K)
  for (let m = 0; m < M; m++) {
    const apart = K ** m
    for (let setting = 0; setting < weights.length; setting++) {
      if (Math.floor(setting / apart) % K !== 0) continue
      next.fill(0)
      for (let k = 0; k < K; k++)
        for (let l = 0; l < K; l++) next[l] += weights[setting + k * apart] * transition[(k * K + l) * M + m]
      for (let l = 0; l < K; l++) weights[setting + l * apart] = next[l]
    }
  }
}

/** log Z of a window of so many steps. */
function logPartitionOf(window: Window, steps: number, K: number, M: number): number {
  const count = K ** M
  const overlaps = Float64Array.from({ length: count }, (_, setting) =>
    window.logOverlap(statesIn(setting, K, M)),
  )
  const most = overlaps.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const weights = Float64Array.from({ length: count }, (_, setting) =>
    statesIn(setting, K, M).reduce((product, k, m) => product * window.initial[k * M + m], 1),
  )
  let total = 0
  for (let t = 0; t < steps; t++) {
    if (t > 0) advance(weights, window.transition, K, M)
    let sum = 0
    for (let setting = 0; setting < count; setting++) {
      weights[setting] *= exp(overlaps[setting] - most)
      sum += weights[setting]
    }
    for (let setting = 0; setting < count; setting++) weights[setting] /= sum
    total += most + log(sum)
  }
  return total
}

/** What the free energy of a row leaves out as usual for its length: see assembly/hmm/length.ts. */
function usualEnergy(product: Product, length: number): number {
  const [, , , meanLength, meanEnergy, variance, covariance] = product.tensors().counters.data
  const slope = (covariance + (0.1 * meanEnergy) / Math.max(1, meanLength)) / (variance + 0.1)
  return meanEnergy + slope * (length - meanLength)
}

/**
 * log Z of a product of hidden Markov models in nats, exactly (float64): log p(row) = −freeEnergy(row) − log Z. With a
 * sequence, whose every length has a Z of its own, log Z of those of `length` symbols. Cost: T M K^{M+1} multiply-adds a
 * window. Throws a TypeError for other families, and a RangeError when the experts have more than 65,536 states
 * together, for several sequences, and for a length that does not go with the visible layer.
 */
export function hmmLogPartition(product: Product, length?: number): number {
  if (product.family !== 'hmm') {
    throw new TypeError(`Expected a product of the family hmm, got one of ${product.family}.`)
  }
  const [K, M] = ['states', 'experts'].map(name => Number(product.options[name]))
  if (K ** M > MOST_STATES) {
    throw new RangeError(`Expected at most ${MOST_STATES} states of all experts together, got ${K} ** ${M}.`)
  }
  const sequences = product.visible.filter(({ kind }) => kind === 'sequence').length
  const fits = length === undefined ? sequences === 0 : sequences === 1
  const inRange = length === undefined || (Number.isInteger(length) && length >= 1 && length <= MOST_SYMBOLS)
  if (!fits || !inRange) {
    throw new RangeError(
      `Expected a length from 1 to ${MOST_SYMBOLS} for a product with one sequence and none for others, got length ` +
        `${length} and ${sequences} sequences.`,
    )
  }
  const logs = windowsIn(product).map(window => logPartitionOf(window, window.steps || (length ?? 0), K, M))
  const usual = length === undefined ? 0 : usualEnergy(product, length)
  return logs.reduce((sum, log) => sum + log, usual)
}
