/** Where annealing starts: independent visible units with biases of their own, and hidden units that know nothing. */
import { log } from '../elementary.ts'
import type { Product } from '../experts/product.ts'
import { logSumOfStates, machineOf, unitsOf } from './machine.ts'

/**
 * The biases of a model whose visible units are on as often as the product has seen them, its running means μ over n rows:
 * logit((μ n + 1) / (N n + 2)) for a unit that counts up to N, 1 for a Bernoulli unit, and log of (μ n + 2 / K) / (n + 2) for
 * a state of K. Uniform for a product that has seen nothing. A real unit has its mean as it is. D numbers.
 */
export function baseRates(product: Product): Float32Array {
  const tensors = product.tensors()
  const [learned, initial] = tensors.counters.data
  const means = tensors['offset.visible'].data
  const window = product.options.centering ? learned + initial : initial
  const seen = Math.min(window, 1 / Number(product.options.centeringRate))
  const biases = new Float32Array(product.width)
  for (const { start, size, softmax, trials, gaussian } of unitsOf(product.visible)) {
    if (gaussian) {
      biases[start] = means[start]
      continue
    }
    for (let i = start; i < start + size; i++) {
      const mean = (means[i] * seen + (softmax ? 2 / size : 1)) / (trials * seen + 2)
      biases[i] = softmax ? log(mean) : log(mean / (1 - mean))
    }
  }
  return biases
}

/**
 * log Z of the base model, in nats: its visible units are independent, real ones with the deviations of the product, and each of
 * H hidden units, and each replica of one, doubles it.
 */
export function baseLogPartition(product: Product, base: Float32Array): number {
  const { visible, hidden } = machineOf(product)
  const units = hidden.reduce((sum, { trials }) => sum + trials, 0)
  return logSumOfStates(visible, base) + units * Math.LN2
}
