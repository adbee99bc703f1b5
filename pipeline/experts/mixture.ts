/**
 * Mixtures: M experts, each a mixture of K normal distributions with diagonal covariances. Their product has up to K^M modes
 * with M × K components to learn, where a single mixture would need one for each mode.
 */
import kernel from '#kernels/mixture'
import { checkWithin, isRowCount } from '../bounds.ts'
import { flag, type KernelFamily, type Magnitudes, real, whole } from '../kernel-family.ts'
import { widthOf } from '../visible.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Family, FamilyOptions, Tensor, Tensors } from './product.ts'

/** Values count as 1e16 at most (assembly/mixture/model.ts), and means stay near them. */
const LARGEST = 1e17
/** Products of four roots are finite. */
const LARGEST_ROOT = 1e9
const LARGEST_LOGIT = 100
/** Sums of differences of a batch. */
const LARGEST_SUM = 1e30

const rules: KernelFamily = {
  name: 'mixture',
  units: ['real'],
  /** In the order of the first fields of `Model` in assembly/mixture/model.ts. */
  options: [
    /** M, the number of experts. */
    whole('experts', 4, 1, 2 ** 12),
    /** K, the components of each. */
    whole('components', 4, 1, 2 ** 12),
    /** Gibbs sweeps for one update. */
    whole('cdSteps', 1, 1, 1000),
    /** Are components drawn once more given each other, the values integrated out? Chains then go from mode to mode. */
    flag('collapsed', true),
    /** C, chains that go on from update to update, one of them in each; 0: sweeps start at the row. */
    whole('persistentChains', 0, 0, 2 ** 20),
    /** Rows whose differences are averaged before the parameters move. */
    whole('batchSize', 1, 1, 2 ** 20),
    /** η_t = max(learningRateFloor, learningRate / √(1 + t / learningRateDecay)) after t rows; decay 0: constant. */
    real('learningRate', 0.05, 0, 1),
    real('learningRateDecay', 1000, 0, 1e12),
    real('learningRateFloor', 0.005, 0, 1),
    whole('seed', 1, 0, 2 ** 32 - 1),
  ],
  tensors: [
    { name: 'experts.logits', type: 'F32' },
    { name: 'experts.means', type: 'F32' },
    { name: 'experts.roots', type: 'F32' },
    { name: 'scales', type: 'F32' },
    { name: 'sums.logits', type: 'F32' },
    { name: 'sums.means', type: 'F32' },
    { name: 'sums.roots', type: 'F32' },
    { name: 'chains', type: 'F32' },
    { name: 'random', type: 'U32' },
    { name: 'counters', type: 'F64' },
  ],
  leastValues: ({ experts, components, persistentChains }, visible) =>
    widthOf(visible) * (2 * Number(experts) * Number(components) + Number(persistentChains)),
  /** M × K: which component each expert would have drawn the row from. */
  features: ({ experts, components }) => Number(experts) * Number(components),
  checkTensors,
}

function checkBetween(name: string, { data }: Tensor, least: number, most: number): void {
  const wrong = data.findIndex((value: number) => !(value >= least && value <= most))
  if (wrong < 0) return
  throw new RangeError(`Expected values from ${least} to ${most} in tensor ${name}, got ${data[wrong]}.`)
}

/** What would overflow, or divide by nothing: a damaged file is refused here. */
function checkTensors(
  tensors: Tensors,
  { batchSize }: Readonly<FamilyOptions>,
  magnitudes: Magnitudes,
): void {
  checkWithin('experts.logits', magnitudes['experts.logits'], LARGEST_LOGIT)
  for (const name of ['experts.means', 'chains'])
    if (tensors[name]) checkWithin(name, magnitudes[name], LARGEST)
  checkBetween('experts.roots', tensors['experts.roots'], 1 / LARGEST_ROOT, LARGEST_ROOT)
  checkBetween('scales', tensors.scales, 1e-7, 1e7)
  for (const name of Object.keys(tensors).filter(each => each.startsWith('sums.')))
    checkWithin(name, magnitudes[name], LARGEST_SUM)
  const [learned, pending] = tensors.counters.data
  if (!isRowCount(learned) || !isRowCount(pending) || pending >= Number(batchSize)) {
    throw new RangeError(
      `Expected a number of rows and fewer than ${batchSize} that wait, got ${learned} and ${pending}.`,
    )
  }
  checkGenerators(tensors.random)
}

export const mixture: Family = defineFamily(rules, kernel, {
  encodings: { number: 'real', boolean: 'real' },
  streamOptions: { learningRate: 0.05, learningRateDecay: 100, learningRateFloor: 0.01 },
})
