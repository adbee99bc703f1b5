/** log Z, exactly, of every family that has one which can be found. */
import { show } from '../errors.ts'
import type { Product } from '../experts/product.ts'
import { gaussianLogPartition } from './gaussian.ts'
import { hmmLogPartition } from './hmm.ts'
import { mixtureLogPartition } from './mixture.ts'
import { rbmLogPartition } from './rbm.ts'
import { studentLogPartition } from './student.ts'
import { unigaussLogPartition } from './unigauss.ts'

const byFamily: Readonly<Record<string, (product: Product, length?: number) => number>> = {
  /** Each of its experts is a probability of a value of its own. */
  frequency: () => 0,
  gaussian: gaussianLogPartition,
  hmm: hmmLogPartition,
  mixture: mixtureLogPartition,
  rbm: rbmLogPartition,
  student: studentLogPartition,
  unigauss: unigaussLogPartition,
}

/**
 * log Z in nats, exactly (float64): log p(x) = −freeEnergy(x) − log Z, a density where values are real. By enumeration of
 * the smaller layer of a Boltzmann machine, by the expansion of a product of mixtures or of unigauss experts, by the product chain of hidden
 * Markov models, and in closed form for Gaussian experts and for as many Student-t experts as values. Throws a TypeError for
 * other families and a RangeError where it would take too long or cannot be found. `length`: of a sequence, whose every
 * length has a Z of its own.
 */
export function exactLogPartition(product: Product, length?: number): number {
  const { family } = Object(product) as Product
  if (Object.hasOwn(byFamily, family)) return byFamily[family](product, length)
  throw new TypeError(
    `Expected a product of the family ${Object.keys(byFamily).join(', ')}, got ${show(family ?? product)}.`,
  )
}
