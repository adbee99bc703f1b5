/** What the families of experts on a box have in common: options, arrays, and what a model file of them may hold. */
import { checkWithin, isRowCount, LARGEST_PARAMETER } from '../bounds.ts'
import {
  type KernelFamily,
  type Magnitudes,
  type OptionRule,
  real,
  type TensorRule,
  whole,
} from '../kernel-family.ts'
import { widthOf } from '../visible.ts'
import { checkGenerators } from './generators.ts'
import type { FamilyOptions, Tensors } from './product.ts'

/** What ends of the box are within, and the least width: see assembly/box/model.ts. */
const LARGEST_WALL = 1e15
const NARROWEST = 1e-13
/** Standard deviations are between 10⁻¹⁷ and 10¹⁷. */
const LARGEST_LOG_VARIANCE = 80

/** In the order of the first fields of `Model` in assembly/box/model.ts. */
const options: readonly OptionRule[] = [
  /** M. */
  whole('experts', 16, 1, 2 ** 20),
  /** Gibbs sweeps from the data, or of a persistent chain, for one update. */
  whole('cdSteps', 1, 1, 1000),
  /** P chains that go on from update to update (Tieleman 2008); 0: chains start at the data, CD-k. */
  whole('persistentChains', 0, 0, 65536),
  /** Rows whose differences are averaged before the parameters move. */
  whole('batchSize', 1, 1, 2 ** 20),
  /** η_t = max(learningRateFloor, learningRate / √(1 + t / learningRateDecay)) after t rows; decay 0: constant. Of means. */
  real('learningRate', 0.02, 0, 10),
  /** The rates of log-variances and of gates in units of that. */
  real('logVarianceRate', 0.5, 0, 100),
  real('gateRate', 0.25, 0, 100),
  real('learningRateDecay', 0, 0, 1e12),
  real('learningRateFloor', 0, 0, 10),
  /** The mean probability of the Gaussian, given a row, that `initialise` sets the gates to. */
  real('gaussianShare', 0.5, 0.001, 0.999),
  /** Standard deviations at the start, and the least that they may become, in units of that of the first rows. */
  real('startingDeviation', 1, 0.001, 100),
  real('leastDeviation', 0.02, 0.0001, 1),
  /** Gates stay within this plus 4 nats for each visible value. */
  real('gateBound', 6, 0, 1e5),
  /** What `initialise` adds to the range of the first rows, on each side, as a share of it. */
  real('margin', 0.25, 0, 100),
  /** The walls of all values; both 0: they are found from the first rows. */
  real('low', 0, -LARGEST_WALL, LARGEST_WALL),
  real('high', 0, -LARGEST_WALL, LARGEST_WALL),
  whole('seed', 1, 0, 2 ** 32 - 1),
]

const tensors: readonly TensorRule[] = [
  { name: 'experts.mean', type: 'F32' },
  { name: 'experts.logVariance', type: 'F32' },
  { name: 'experts.loading', type: 'F32' },
  { name: 'experts.gate', type: 'F32' },
  { name: 'box', type: 'F32' },
  { name: 'chains', type: 'F32' },
  { name: 'sum.mean', type: 'F32' },
  { name: 'sum.logVariance', type: 'F32' },
  { name: 'sum.loading', type: 'F32' },
  { name: 'sum.gate', type: 'F32' },
  { name: 'random', type: 'U32' },
  { name: 'counters', type: 'F64' },
]

/** Walls that are given have to have room between them; 0 and 0 are none. */
function checkOptions({ low, high }: Readonly<FamilyOptions>): void {
  if (low === 0 && high === 0) return
  if (high !== 0 && Number(high) - Number(low) >= 1e-12) return
  throw new RangeError(
    `Expected option low below option high and option high other than 0, or both 0 for a box that is found from the first rows, got ${low} and ${high}.`,
  )
}

/** What addresses memory, what would give infinite energies, walls that enclose nothing: a damaged file is refused here. */
function checkTensors(
  { box, counters, random }: Tensors,
  { batchSize, persistentChains }: Readonly<FamilyOptions>,
  magnitudes: Magnitudes,
): void {
  for (const name of ['experts.mean', 'experts.loading', 'box', 'chains']) {
    if (name in magnitudes) checkWithin(name, magnitudes[name], 2 * LARGEST_WALL)
  }
  checkWithin('experts.logVariance', magnitudes['experts.logVariance'], LARGEST_LOG_VARIANCE)
  checkWithin('experts.gate', magnitudes['experts.gate'], LARGEST_PARAMETER)
  const width = box.shape[1]
  for (let i = 0; i < width; i++) {
    const [low, high, unit] = [box.data[i], box.data[width + i], box.data[2 * width + i]]
    if (high - low >= NARROWEST && unit > 0) continue
    throw new RangeError(
      `Expected a box with a lower wall, a higher one and a unit above 0, got ${low}, ${high} and ${unit} of value ${i}.`,
    )
  }
  const [learned, initial, pending, cursor] = counters.data
  const counted = [learned, initial, pending, cursor].every(isRowCount)
  if (!counted || pending >= Number(batchSize) || cursor >= Math.max(1, Number(persistentChains))) {
    throw new RangeError(
      `Expected counters of rows, up to ${batchSize} of them pending, and a chain below ${persistentChains}, ` +
        `got ${counters.data}.`,
    )
  }
  checkGenerators(random)
}

/** The rules of a family of experts on a box, `own` being options of its experts' factors. */
export const onABox = (name: string, own: readonly OptionRule[] = []): KernelFamily => ({
  name,
  units: ['real'],
  options: [...options, ...own],
  tensors,
  leastValues: ({ experts, persistentChains }, visible) =>
    (2 * Number(experts) + Number(persistentChains)) * widthOf(visible),
  features: ({ experts }) => Number(experts),
  checkOptions,
  checkTensors,
})
