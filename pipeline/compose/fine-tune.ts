/** A stack as a network: what its layers have learned without labels is where backpropagation begins. */
import { exp } from '../elementary.ts'
import { show } from '../errors.ts'
import type { Product, Tensors } from '../experts/product.ts'
import type { Label } from './classifier-options.ts'
import { Network } from './network.ts'
import type { NetworkLearning } from './network-options.ts'
import type { Stack } from './stack.ts'

/**
 * The network whose hidden layers are those of the stack, with the same activations, and whose classes all have the same
 * probability yet. It is a copy: the stack stays what it is.
 * @param stack its features, layer by layer, are those of the network; one Boltzmann machine is `{ products: [machine] }`
 * @param classes the labels that will come
 * @throws TypeError for products of another family, RangeError where there is none
 */
export function fineTune(
  stack: Pick<Stack, 'products'>,
  classes: readonly Label[],
  options: NetworkLearning = {},
): Network {
  const { products } = Object(stack)
  checkProducts(products)
  const hidden = products.map(({ options }) => Number(options.hidden))
  const network = new Network(products[0].width, { ...options, hidden, classes }, true)
  const tensors = network.tensors()
  for (const [l, product] of products.entries()) {
    const { weights, biases } = upwards(product)
    tensors[`layers.${l}.weights`].data.set(weights)
    tensors[`layers.${l}.biases`].data.set(biases)
  }
  network.restore(tensors)
  return network
}

function checkProducts(products: unknown): asserts products is readonly Product[] {
  if (!Array.isArray(products))
    throw new TypeError(`Expected a stack, or { products: [machine] }, got products as ${show(products)}.`)
  if (products.length === 0)
    throw new RangeError('Expected a stack of at least one layer to make a network of, got none.')
  const other = products.find(product => product?.family !== 'rbm')
  if (other !== undefined || products.includes(undefined))
    throw new TypeError(
      `Expected a stack of Boltzmann machines (rbm), got a product of ${other?.family ?? show(other)}.`,
    )
}

/** Weights (D, H) and biases (H) of the way up, under the parameters that score. */
function upwards(product: Product): { weights: Float32Array; biases: Float32Array } {
  const tensors = product.tensors()
  const which = scoring(product, tensors)
  const own = tensors[`${which}.w`].data
  const logVariances = tensors[`${which}.logVariance`]?.data
  const { width } = product
  const hidden = own.length / width
  const weights = new Float32Array(own.length)
  for (let i = 0; i < width; i++) {
    // A hidden unit sees a number in units of its variance.
    const precision = logVariances ? exp(-logVariances[i]) : 1
    for (let j = 0; j < hidden; j++) weights[i * hidden + j] = own[j * width + i] * precision
  }
  return { weights, biases: Float32Array.from(tensors[`${which}.c`].data) }
}

/** Averages, once there are any. */
function scoring({ options }: Product, { counters }: Tensors): 'average' | 'experts' {
  return options.averaging === true && counters.data[0] >= Number(options.averagingInterval)
    ? 'average'
    : 'experts'
}
