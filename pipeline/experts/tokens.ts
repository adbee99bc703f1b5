/**
 * Free text: a restricted Boltzmann machine on sparse sets of tokens, the replicated softmax (Salakhutdinov and Hinton
 * 2009), with counted base rates and reconstructions by Metropolis and Hastings, whose cost does not grow with the tokens.
 */
import * as binaries from '../binaries/tokens.ts'
import { type KernelFamily, real, whole } from '../kernel-family.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Tensors } from './product.ts'

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
  features: ({ hidden }) => Number(hidden),
  checkTensors,
}

const isCount = (value: number) => value >= 0 && value <= Number.MAX_SAFE_INTEGER

/** Base rates are what is drawn from, and weights are divided by their scale: a damaged file is refused here. */
function checkTensors(tensors: Tensors): void {
  const [learned, scale, meanLength, , lengthVariance] = tensors.counters.data
  const counted = [...tensors['base.tree'].data, ...tensors['base.lengths'].data].every(isCount)
  const sound = [learned, meanLength, lengthVariance].every(isCount) && Number.isInteger(learned)
  if (!counted || !sound || !(scale > 0 && scale <= 1)) {
    throw new RangeError(
      `Expected counts and lengths of at least 0 and a scale of the weights in (0, 1], got a scale of ${scale} after ` +
        `${learned} rows.`,
    )
  }
  checkGenerators(tensors.random)
}

export const tokens = defineFamily(rules, binaries, {
  encodings: { text: 'tokens' },
  streamOptions: {},
})
