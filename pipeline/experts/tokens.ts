/**
 * Free text: a restricted Boltzmann machine on sparse sets of tokens, the replicated softmax (Salakhutdinov and Hinton
 * 2009), with counted base rates and reconstructions by Metropolis and Hastings, whose cost does not grow with the tokens.
 */
import kernel from '#kernels/tokens'
import { areWithin, checkWithin, isRowCount, LARGEST_PARAMETER, MOST_ROWS } from '../bounds.ts'
import { type KernelFamily, type Magnitudes, real, whole } from '../kernel-family.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Family, Tensors } from './product.ts'

const rules: KernelFamily = {
  name: 'tokens',
  units: ['tokens'],
  /** In the order of the first fields of `Model` in assembly/tokens/model.ts. */
  options: [
    /** H, the number of experts. */
    whole('hidden', 32, 1, 2 ** 16),
    /** Gibbs steps from the text for one update. */
    whole('cdSteps', 1, 1, 1000),
    /** Other tokens that are proposed in place of each, in each step. */
    whole('proposals', 2, 1, 1000),
    /** η_t = max(learningRateFloor, learningRate / √(1 + t / learningRateDecay)) after t texts; decay 0: constant. */
    real('learningRate', 0.1, 0, 10),
    real('learningRateDecay', 1000, 0, 1e12),
    real('learningRateFloor', 0.02, 0, 10),
    real('weightDecay', 1e-3, 0, 1),
    /** Offsets of the hidden units: running means with this rate. */
    real('centeringRate', 0.01, 0, 1),
    /** Standard deviation of the weights at the start. */
    real('weightScale', 0.1, 0, 100),
    whole('seed', 1, 0, 2 ** 32 - 1),
  ],
  tensors: [
    { name: 'experts.w', type: 'F32' },
    { name: 'experts.d', type: 'F32' },
    { name: 'experts.c', type: 'F32' },
    { name: 'offset.hidden', type: 'F32' },
    { name: 'base.tree', type: 'F64' },
    { name: 'base.lengths', type: 'F64' },
    { name: 'random', type: 'U32' },
    { name: 'counters', type: 'F64' },
  ],
  leastValues: ({ hidden }, visible) => Number(hidden) * visible.reduce((sum, { size }) => sum + size, 0),
  features: ({ hidden }) => Number(hidden),
  checkTensors,
}

/** Of the lengths of texts and of their variance: MOST_TOKENS a field, and many fields. */
const LONGEST = 1e9
/** Of mean free energies of texts, and of their covariance with the lengths. */
const LARGEST_MEAN = 1e12
/** Below it the kernel multiplies the scale into the weights: see assembly/decay.ts. */
const LEAST_SCALE = 1e-6

const isCount = (value: number) => value >= 0 && value <= MOST_ROWS
const isLength = (value: number) => value >= 0 && value <= LONGEST

/** Base rates are what is drawn from, and weights are divided by their scale: a damaged file is refused here. */
function checkTensors(tensors: Tensors, _: unknown, magnitudes: Magnitudes): void {
  const [learned, scale, meanLength, meanEnergy, lengthVariance, covariance] = tensors.counters.data
  const counted = tensors['base.tree'].data.every(isCount) && tensors['base.lengths'].data.every(isLength)
  const lengths = isRowCount(learned) && [meanLength, lengthVariance].every(isLength)
  const energies = areWithin([meanEnergy, covariance], LARGEST_MEAN)
  if (!counted || !lengths || !energies || !(scale >= LEAST_SCALE && scale <= 1)) {
    throw new RangeError(
      `Expected counts and lengths of at least 0, energies up to ${LARGEST_MEAN} and a scale of the weights from ` +
        `${LEAST_SCALE} to 1, got a scale of ${scale} after ${learned} rows.`,
    )
  }
  // What counts is scale × weights.
  checkWithin('experts.w', magnitudes['experts.w'], LARGEST_PARAMETER / scale)
  for (const name of ['experts.d', 'experts.c']) checkWithin(name, magnitudes[name], LARGEST_PARAMETER)
  // Running means of probabilities.
  checkWithin('offset.hidden', magnitudes['offset.hidden'], 1)
  checkGenerators(tensors.random)
}

export const tokens: Family = defineFamily(rules, kernel, {
  encodings: { text: 'tokens' },
  streamOptions: {},
})
