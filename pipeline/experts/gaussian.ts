/**
 * Gaussian experts: a product of M normal distributions N(μ_m, Λ_m⁻¹), Λ_m = A_mᵀ A_m, of any rank: one of rank 1 says no more
 * than that a weighted sum of the fields is near a value. A diagonal expert beside them keeps the product proper. It is
 * Gaussian, so that conditionals, missing values and log Z are exact.
 */
import kernel from '#kernels/gaussian'
import { areWithin, isRowCount } from '../bounds.ts'
import { type KernelFamily, real, whole } from '../kernel-family.ts'
import { widthOf } from '../visible.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Family, FamilyOptions, Tensor, Tensors } from './product.ts'

/** Values and means, in magnitude: what float32 holds. */
const LARGEST = 3.4e38
/** Roots and scales: their squares, and those of values times them, are finite in float64 with room for sums. */
const LARGEST_ROOT = 1e21
const LEAST_ROOT = 1e-42
/** Sums of differences of a batch. */
const LARGEST_SUM = 1e150

/** R: the rank of an expert on rows of D values. */
const rankOf = ({ rank }: Readonly<FamilyOptions>, width: number) =>
  rank === 0 ? width : Math.min(Number(rank), width)

const rules: KernelFamily = {
  name: 'gaussian',
  units: ['real'],
  /** In the order of the first fields of `Model` in assembly/gaussian/model.ts. */
  options: [
    /** M, the number of experts beside the diagonal one. */
    whole('experts', 2, 1, 2 ** 16),
    /** R, the rank of each Λ_m, at most D; 0: D. */
    whole('rank', 8, 0, 2 ** 16),
    /** Gibbs sweeps over the fields for one update; 0: as many as it takes, a draw from the product itself. */
    whole('cdSteps', 0, 0, 1000),
    /** C, chains that go on from update to update, one of them in each; 0: sweeps start at the row. */
    whole('persistentChains', 0, 0, 2 ** 20),
    /** Rows whose differences are averaged before the parameters move. */
    whole('batchSize', 1, 1, 2 ** 20),
    /** η_t = max(learningRateFloor, learningRate / √(1 + t / learningRateDecay)) after t rows; decay 0: constant. */
    real('learningRate', 0.02, 0, 1),
    real('learningRateDecay', 1000, 0, 1e12),
    real('learningRateFloor', 0.002, 0, 1),
    /** Deviation of the roots at the start: each expert's precision along a random direction, in units of the data's. */
    real('rootScale', 0.1, 0, 100),
    whole('seed', 1, 0, 2 ** 32 - 1),
  ],
  tensors: [
    { name: 'base.means', type: 'F64' },
    { name: 'base.roots', type: 'F64' },
    { name: 'experts.means', type: 'F64' },
    { name: 'experts.roots', type: 'F64' },
    { name: 'scales', type: 'F64' },
    { name: 'sums.base.means', type: 'F64' },
    { name: 'sums.base.roots', type: 'F64' },
    { name: 'sums.means', type: 'F64' },
    { name: 'sums.roots', type: 'F64' },
    { name: 'chains', type: 'F32' },
    { name: 'random', type: 'U32' },
    { name: 'counters', type: 'F64' },
  ],
  leastValues: (options, visible) => {
    const width = widthOf(visible)
    return width * (Number(options.experts) * (rankOf(options, width) + 1) + Number(options.persistentChains))
  },
  /** M × R: A_m (v − μ_m). */
  features: (options, visible) => Number(options.experts) * rankOf(options, widthOf(visible)),
  checkTensors,
}

function checkPositive(name: string, { data }: Tensor, least: number, most: number): void {
  const wrong = data.findIndex((value: number) => !(value >= least && value <= most))
  if (wrong < 0) return
  throw new RangeError(`Expected values from ${least} to ${most} in tensor ${name}, got ${data[wrong]}.`)
}

function checkMagnitude(name: string, tensor: Tensor | undefined, largest: number): void {
  if (!tensor || areWithin(tensor.data, largest)) return
  throw new RangeError(`Expected values up to ${largest} in tensor ${name}, got others.`)
}

/** What would overflow, or divide by nothing: a damaged file is refused here. */
function checkTensors(tensors: Tensors, { batchSize }: Readonly<FamilyOptions>): void {
  for (const name of ['base.means', 'experts.means', 'chains']) checkMagnitude(name, tensors[name], LARGEST)
  checkMagnitude('experts.roots', tensors['experts.roots'], LARGEST_ROOT)
  checkPositive('base.roots', tensors['base.roots'], LEAST_ROOT, LARGEST_ROOT)
  checkPositive('scales', tensors.scales, 1e-18, LARGEST)
  for (const name of Object.keys(tensors).filter(each => each.startsWith('sums.')))
    checkMagnitude(name, tensors[name], LARGEST_SUM)
  const [learned, pending] = tensors.counters.data
  if (!isRowCount(learned) || !isRowCount(pending) || pending >= Number(batchSize)) {
    throw new RangeError(
      `Expected a number of rows and fewer than ${batchSize} that wait, got ${learned} and ${pending}.`,
    )
  }
  checkGenerators(tensors.random)
}

export const gaussian: Family = defineFamily(rules, kernel, {
  encodings: { number: 'real', boolean: 'real' },
  streamOptions: { learningRate: 0.02, learningRateDecay: 100, learningRateFloor: 0.005 },
  fillsGaps: true,
})
