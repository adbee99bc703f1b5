/**
 * A restricted Boltzmann machine on visible units that are mostly off: groups of up to millions of states, of which one is
 * on, and sets of units, of which a few are. The same mathematics as `rbm`; scoring costs what is on, and so does learning
 * with `metropolis`, whatever the number of units is.
 */
import kernel from '#kernels/sparse'
import { checkWithin, isRowCount, LARGEST_PARAMETER } from '../bounds.ts'
import { flag, type KernelFamily, type Magnitudes, real, whole } from '../kernel-family.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Family, Tensors } from './product.ts'

const rules: KernelFamily = {
  name: 'sparse',
  units: ['index', 'tokens'],
  /** In the order of the first fields of `Model` in assembly/sparse/model.ts. */
  options: [
    /** H, the number of experts. */
    whole('hidden', 16, 1, 2 ** 16),
    /** Gibbs steps from the row for one update. */
    whole('cdSteps', 1, 1, 1000),
    /** Are units drawn by Metropolis and Hastings, or exactly, which has to see all weights? */
    flag('metropolis', false),
    /** With `metropolis`: other states that are offered to each group, and rounds of moves of each set, in a step. */
    whole('proposals', 1, 1, 1000),
    /** η_t = max(learningRateFloor, learningRate / √(1 + t / learningRateDecay)) after t rows; decay 0: constant. */
    real('learningRate', 0.05, 0, 10),
    real('learningRateDecay', 1000, 0, 1e12),
    real('learningRateFloor', 0.01, 0, 10),
    /** A share η · weightDecay of every weight is lost with each row, half of it at most. */
    real('weightDecay', 1e-4, 0, 1),
    /** Offsets λ of the hidden units: running means with this rate (Melchior, Fischer and Wiskott 2016). */
    flag('centering', true),
    real('centeringRate', 0.01, 0, 1),
    /** Standard deviation of the weights at the start. */
    real('weightScale', 0.01, 0, 100),
    whole('seed', 1, 0, 2 ** 32 - 1),
  ],
  tensors: [
    { name: 'experts.w', type: 'F32' },
    { name: 'experts.b', type: 'F32' },
    { name: 'experts.c', type: 'F32' },
    { name: 'offset.hidden', type: 'F32' },
    { name: 'random', type: 'U32' },
    { name: 'counters', type: 'F64' },
  ],
  leastValues: ({ hidden }, visible) => Number(hidden) * visible.reduce((sum, { size }) => sum + size, 0),
  features: ({ hidden }) => Number(hidden),
  checkTensors,
}

/** Below it the kernel multiplies the scale into the weights: see assembly/decay.ts. */
const LEAST_SCALE = 1e-6

/** Weights are divided by their scale: a damaged file is refused here. */
function checkTensors(tensors: Tensors, _: unknown, magnitudes: Magnitudes): void {
  const [learned, scale] = tensors.counters.data
  if (!isRowCount(learned) || !(scale >= LEAST_SCALE && scale <= 1)) {
    throw new RangeError(
      `Expected a number of rows and a scale of the weights from ${LEAST_SCALE} to 1, got ${learned} and ${scale}.`,
    )
  }
  // What counts is scale × weights.
  checkWithin('experts.w', magnitudes['experts.w'], LARGEST_PARAMETER / scale)
  for (const name of ['experts.b', 'experts.c']) checkWithin(name, magnitudes[name], LARGEST_PARAMETER)
  // Running means of probabilities.
  checkWithin('offset.hidden', magnitudes['offset.hidden'], 1)
  checkGenerators(tensors.random)
}

export const sparse: Family = defineFamily(rules, kernel, {
  encodings: {
    category: 'index',
    timestamp: ['hour', 'weekday'],
    text: 'tokens',
  },
  streamOptions: {
    learningRate: 0.1,
    learningRateDecay: 64,
    learningRateFloor: 0.02,
    weightDecay: 0.001,
    weightScale: 0.3,
  },
})
