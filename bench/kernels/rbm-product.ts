/** Restricted Boltzmann machines on dense rows, ready to be timed or checked. */

import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { relaxed as relaxedKernels } from '../../pipeline/relaxed.ts'
import { groups, type Running, type Size, size } from './kernel.ts'
import { type Problem, problemOf } from './problem.ts'

export const six = [
  size(784, 500),
  size(256, 500),
  size(100, 40),
  size(64, 32),
  size(640, 64),
  size(4096, 1024),
]
/** A record of 20 fields with 16 bins each. */
export const record = groups(20, 16, 64)

/** Plain CD-1: no chains, no centring, no averages, no decay, means of the visible units. */
const plain: FamilyOptions = {
  cdSteps: 1,
  persistentChains: 0,
  sampleVisible: false,
  learningRateDecay: 0,
  learningRateFloor: 0,
  weightDecay: 0,
  momentum: 0,
  centering: false,
  averaging: false,
}

/** So low that the parameters are the same from the first turn to the last, and with them the work. */
export const TIMED_RATE = 1e-6
/** A product with those parameters; what `options` leave out is plain CD-1. */
export function productOf(
  size: Size,
  options: FamilyOptions,
  relaxed: boolean,
  { w, b, c }: Problem,
): Product {
  const product = rbm.create(
    size.visible,
    { ...plain, ...options, hidden: size.hidden },
    relaxed ? relaxedKernels : {},
  )
  const tensors = product.tensors()
  for (const [name, data] of Object.entries({ w, b, c })) {
    tensors[`experts.${name}`] = { ...tensors[`experts.${name}`], data }
  }
  product.restore(tensors)
  return product
}

/** Ready to be timed: `work` makes the loop over the rows. */
export function open(
  size: Size,
  options: FamilyOptions,
  relaxed: boolean,
  work: (product: Product, problem: Problem) => Running['run'],
): Running {
  const problem = problemOf(size)
  const product = productOf(size, options, relaxed, problem)
  if (Number(product.options.persistentChains) > 0) product.initialise(problem.rows)
  return { run: work(product, problem), release: () => product.release() }
}
