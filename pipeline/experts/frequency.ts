/**
 * One independent expert a field: how often each of its states was learned, p_f(v) = (n_v + ½) / (n + ½ S) with S states
 * (Krichevsky and Trofimov 1981). For categories and booleans: what is rare is surprising.
 */
import kernel from '#kernels/frequency'
import { MOST_ROWS } from '../bounds.ts'
import { type KernelFamily, real, whole } from '../kernel-family.ts'
import { groupCountOf } from '../visible.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Family, Tensors } from './product.ts'

/** Counts and their sums are added up in another order; halving is exact, shares are rounded. */
const ROUNDING = 1e-6

const rules: KernelFamily = {
  name: 'frequency',
  units: ['index', 'bernoulli'],
  options: [
    /** A field's counts are halved when their sum reaches this; 0: never. */
    real('decay', 0, 0, 1e15),
    whole('seed', 1, 0, 2 ** 32 - 1),
  ],
  tensors: [
    { name: 'experts.totals', type: 'F64' },
    { name: 'experts.counts', type: 'F64' },
    { name: 'random', type: 'U32' },
  ],
  leastValues: (_, visible) => visible.reduce((sum, { size }) => sum + size, 0),
  /** F: the surprise of every field. */
  features: (_, visible) => groupCountOf(visible),
  checkTensors,
}

function sum(values: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]
  return total
}

/** Negative counts have no logarithm, and totals of other counts no meaning: a damaged file is refused here. */
function checkTensors(tensors: Tensors): void {
  const counts = tensors['experts.counts'].data
  const totals = tensors['experts.totals'].data
  const [counted, told] = [sum(counts), sum(totals)]
  const most = MOST_ROWS * counts.length
  const whole = [counts, totals].every(data => data.every(value => value >= 0 && value <= most))
  if (!whole || Math.abs(counted - told) > ROUNDING * told) {
    throw new RangeError(
      `Expected counts of at least 0 that add up to their totals, ${told}, got a sum of ${counted}.`,
    )
  }
  checkGenerators(tensors.random)
}

export const frequency: Family = defineFamily(rules, kernel, {
  encodings: {
    category: 'index',
    boolean: 'bit',
    timestamp: ['hour', 'weekday'],
    text: 'template',
  },
  streamOptions: {},
  relativeTo: 'past',
})
