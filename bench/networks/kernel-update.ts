/** The kernel's CD-1 beside the exact rule: the mean of many updates of the same weights from rows drawn from the data. */
import { rbm } from '../../pipeline/experts/rbm.ts'
import type { Network } from './network.ts'

/** Contrastive divergence and nothing besides; a rate of one makes the change of the weights the update itself. */
const plain = {
  persistentChains: 0,
  centering: false,
  averaging: false,
  learningRate: 1,
  learningRateDecay: 0,
  weightDecay: 0,
  weightScale: 0,
}

/** The number of a state whose mass the uniform number falls into. */
function drawn(masses: Float64Array, uniform: number): number {
  let left = uniform
  const found = masses.findIndex(mass => {
    left -= mass
    return left < 0
  })
  // Rounding may leave something over.
  return found < 0 ? masses.length - 1 : found
}

/** What rounding to float32 may add to the difference of two weights of some tens. */
const ROUNDING = 1e-5

/**
 * By how many standard errors the mean of `count` updates of the kernel differs from `network.update(data)`, for the weight
 * where it differs most. The network's weights are rounded to float32, as the kernel's are.
 */
export function kernelDeviation(
  network: Network,
  data: Float64Array,
  count: number,
  uniform: () => number,
): number {
  const { visible, hidden } = network.size
  const product = rbm.create([{ kind: 'bernoulli', size: visible }], { ...plain, hidden })
  const start = product.tensors()
  start['experts.w'].data.set(network.weights)
  const sums = new Float64Array(hidden * visible)
  const squares = new Float64Array(hidden * visible)
  let random = start.random
  for (let n = 0; n < count; n++) {
    product.restore({ ...start, random })
    const state = drawn(data, uniform())
    product.learnOne(Float32Array.from({ length: visible }, (_, i) => (state >> i) & 1))
    const after = product.tensors()
    random = after.random
    for (const [k, weight] of after['experts.w'].data.entries()) {
      const change = weight - network.weights[k]
      sums[k] += change
      squares[k] += change ** 2
    }
  }
  product.release()
  const exact = network.update(data)
  const deviations = exact.map((value, k) => {
    const mean = sums[k] / count
    const standardError = Math.sqrt(Math.max(0, squares[k] / count - mean ** 2) / count)
    return Math.abs(mean - value) / (standardError + ROUNDING)
  })
  return deviations.reduce((most, value) => Math.max(most, value))
}
