/** Where annealing starts: independent visible units with biases of their own, and hidden units that know nothing. */
import { log } from '../elementary.ts'
import type { Product } from '../experts/product.ts'
import { logSumOfStates, unitsOf } from './machine.ts'

/**
 * The biases of a model whose visible units are on as often as the product has seen them, its running means μ over n rows:
 * logit((μ n + 1) / (n + 2)) for a Bernoulli unit, log of (μ n + 2 / K) / (n + 2) for a state of K. Uniform for a
 * product that has seen nothing. D numbers.
 */
export function baseRates(product: Product): Float32Array {
  const tensors = product.tensors()
  const [learned, initial] = tensors.counters.data
  const means = tensors['offset.visible'].data
  const window = product.options.centering ? learned + initial : initial
  const seen = Math.min(window, 1 / Number(product.options.centeringRate))
  const biases = new Float32Array(product.width)
  for (const { start, size, softmax } of unitsOf(product.visible)) {
    for (let i = start; i < start + size; i++) {
      const mean = (means[i] * seen + (softmax ? 2 / size : 1)) / (seen + 2)
      biases[i] = softmax ? log(mean) : log(mean / (1 - mean))
    }
  }
  return biases
}

/** log Z of the base model, in nats: its visible units are independent, and each of H hidden units doubles it. */
export function baseLogPartition(product: Product, base: Float32Array, hidden: number): number {
  return logSumOfStates(unitsOf(product.visible), base) + hidden * Math.LN2
}
