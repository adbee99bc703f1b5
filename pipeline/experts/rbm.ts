/**
 * Restricted Boltzmann machine: g_j(v) = 1 + exp(c_j + W_j·v) for every hidden unit, and one expert exp(b·v) for the
 * biases (Hinton 2002, section 4). Visible units of any mix: binary ones and probabilities, categories, real numbers
 * (Gaussian units, whose deviations are learned), counts (binomial units); all posteriors are exact.
 */
import kernel from '#kernels/rbm'
import { checkWithin, isRowCount, LARGEST_PARAMETER } from '../bounds.ts'
import { flag, type KernelFamily, type Magnitudes, type OptionRule, real, whole } from '../kernel-family.ts'
import { widthOf } from '../visible.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Family, FamilyOptions, Tensors, VisibleGroup } from './product.ts'

/**
 * In the order of the first fields of `Model` in assembly/rbm/model.ts. The defaults learn densities: persistent chains,
 * centring and averaged parameters, for data of which there will be tens of thousands of rows.
 */
const options: readonly OptionRule[] = [
  /** H, the number of experts. */
  whole('hidden', 16, 1, 2 ** 20),
  /** Gibbs steps from the data, or of a persistent chain, for one update. */
  whole('cdSteps', 1, 1, 1000),
  /** P chains that go on from update to update (Tieleman 2008); 0, as with real units: chains start at the data, CD-k. */
  whole('persistentChains', 4, 0, 65536),
  /** How many of them each update steps, in turn; 0: all. */
  whole('chainsPerStep', 0, 0, 65536),
  /** Are the visible units of a chain drawn, or kept as probabilities? Real ones are always drawn. */
  flag('sampleVisible', true),
  /** η_t = max(learningRateFloor, learningRate / √(1 + t / learningRateDecay)) after t rows; decay 0: constant. */
  real('learningRate', 0.02, 0, 10),
  real('learningRateDecay', 10_000, 0, 1e12),
  real('learningRateFloor', 0.002, 0, 10),
  real('weightDecay', 1e-4, 0, 1),
  real('momentum', 0, 0, 0.9999),
  /** Offsets μ, λ: running means of visible and hidden units with this rate (Melchior, Fischer and Wiskott 2016). */
  flag('centering', true),
  real('centeringRate', 0.001, 0, 1),
  /** Score with the average of the parameters over the last 1/averagingWindow of all rows (Polyak and Juditsky 1992). */
  flag('averaging', true),
  /** Rows from one averaging to the next. */
  whole('averagingInterval', 20, 1),
  real('averagingWindow', 4, 1, 1000),
  /** Least share of the newest parameters, which caps the window at averagingInterval / averagingFloor rows. */
  real('averagingFloor', 4e-4, 0, 1),
  /**
   * When the stream changes, go back to the rate and the average of row `resetAge`. The free energies of `driftSample` new
   * rows, of which every `driftInterval`-th is looked at, are compared with those of `driftReservoir` older ones, with which
   * log Z cancels; cumulative sums of the differences beyond `driftThreshold` standard errors are a change.
   */
  flag('driftReset', true),
  real('driftThreshold', 8, 0.1, 1e6),
  whole('driftInterval', 6, 1),
  whole('driftSample', 32, 2, 4096),
  whole('driftReservoir', 64, 2, 4096),
  /** Draw hidden units anew whose mean is below revivalThreshold or above 1 less that; of centring, which knows the means. */
  flag('revival', true),
  /** Rows from one look at the means to the next. */
  whole('revivalInterval', 1000, 1),
  real('revivalThreshold', 0.01, 0, 0.5),
  whole('resetAge', 1000, 0),
  /** Standard deviation of the weights at the start. */
  real('weightScale', 0.01, 0, 100),
  /** K: each hidden unit is the sum of so many binary ones with the same weights (Teh and Hinton 2001). */
  whole('replicas', 1, 1, 64),
  /** Share of the learning rate that real units move with, their weights by shares of values. */
  real('realRate', 0.3, 0, 10),
  /** Share of the learning rate that the logarithms of their variances move with. */
  real('deviationRate', 0.1, 0, 10),
  /** Bounds of the deviations of real units given the hidden ones. */
  real('leastDeviation', 0.05, 1e-3, 1e6),
  real('mostDeviation', 1e6, 1e-3, 1e6),
  whole('seed', 1, 0, 2 ** 32 - 1),
]

const rules: KernelFamily = {
  name: 'rbm',
  units: ['bernoulli', 'softmax', 'real', 'count'],
  options,
  tensors: [
    { name: 'experts.w', type: 'F32' },
    { name: 'experts.b', type: 'F32' },
    { name: 'experts.c', type: 'F32' },
    { name: 'average.w', type: 'F32' },
    { name: 'average.b', type: 'F32' },
    { name: 'average.c', type: 'F32' },
    { name: 'offset.visible', type: 'F32' },
    { name: 'offset.hidden', type: 'F32' },
    { name: 'chains', type: 'F32' },
    { name: 'chains.hidden', type: 'F32' },
    { name: 'velocity.w', type: 'F32' },
    { name: 'velocity.b', type: 'F32' },
    { name: 'velocity.c', type: 'F32' },
    { name: 'random', type: 'U32' },
    { name: 'counters', type: 'F64' },
    { name: 'experts.logVariance', type: 'F32' },
    { name: 'average.logVariance', type: 'F32' },
    { name: 'clock', type: 'F64' },
    { name: 'drift.sums', type: 'F64' },
    { name: 'drift.rows', type: 'F32' },
  ],
  leastValues: ({ hidden, persistentChains, driftReset, driftSample, driftReservoir }, visible) => {
    const kept = driftReset ? Number(driftSample) + Number(driftReservoir) : 0
    return (Number(hidden) + Number(persistentChains) + kept) * widthOf(visible)
  },
  features: ({ hidden }) => Number(hidden),
  // A persistent chain does not find from one narrow mode to the next, and learning that waits for it diverges.
  defaultsFor: (visible): FamilyOptions =>
    visible.some(({ kind }) => kind === 'real') ? { persistentChains: 0 } : {},
  checkOptions,
  checkTensors,
}

/** What an update moves parameters by: with the highest rates less than a hundred. */
const LARGEST_VELOCITY = 1e4
/** Shares of one, and running means of them, may come out above it by a few roundings. */
const LARGEST_SHARE = 1.001
/** The logarithm of the largest variance that the options allow. */
const LARGEST_LOG_VARIANCE = 28
/** Of real units: statistics v / σ² with v some deviations from a bias of at most 10⁶. */
const LARGEST_STATISTIC = 1e15

/** Values of real units, of which biases and weights of theirs are some. */
const LARGEST_VALUE = 1e12

/** What the values of a chain, running means of values, parameters and their velocities are at most. */
function largestValues(visible: readonly VisibleGroup[]): Readonly<Record<string, number>> {
  const counts = visible.map(({ kind, size }) => (kind === 'count' ? size : 1))
  if (visible.some(({ kind }) => kind === 'real')) {
    const [mean, parameter, velocity] = [LARGEST_VALUE, LARGEST_VALUE, LARGEST_VALUE]
    return { chain: LARGEST_STATISTIC, mean, parameter, velocity }
  }
  const most = LARGEST_SHARE * counts.reduce((most, count) => Math.max(most, count))
  return { chain: most, mean: most, parameter: LARGEST_PARAMETER, velocity: LARGEST_VELOCITY }
}

/** What addresses memory, what would give infinite energies, generators that stand still: a damaged file is refused here. */
function checkTensors(
  tensors: Tensors,
  options: Readonly<FamilyOptions>,
  magnitudes: Magnitudes,
  visible: readonly VisibleGroup[],
): void {
  const { persistentChains, replicas } = options
  const { chain, mean, parameter, velocity } = largestValues(visible)
  for (const [name, magnitude] of Object.entries(magnitudes)) {
    if (name.endsWith('.logVariance')) checkWithin(name, magnitude, LARGEST_LOG_VARIANCE)
    else if (/^(experts|average)\./.test(name)) checkWithin(name, magnitude, parameter)
    if (name.startsWith('velocity.')) checkWithin(name, magnitude, velocity)
    if (name === 'chains') checkWithin(name, magnitude, chain)
    if (name === 'chains.hidden') checkWithin(name, magnitude, LARGEST_SHARE)
    if (name === 'offset.visible') checkWithin(name, magnitude, mean)
    if (name === 'offset.hidden') checkWithin(name, magnitude, LARGEST_SHARE * Number(replicas))
  }
  const { counters, random } = tensors
  const [learned, initial, cursor] = counters.data
  const sound = [learned, initial, cursor].every(isRowCount)
  if (!sound || cursor >= Math.max(1, Number(persistentChains))) {
    throw new RangeError(
      `Expected counters of rows and a chain below ${persistentChains}, got ${counters.data}.`,
    )
  }
  checkUpkeep(tensors, options)
  checkGenerators(random)
}

/** The counters of what is done between rows: those of rows kept address memory. */
function checkUpkeep(tensors: Tensors, { driftSample, driftReservoir }: Readonly<FamilyOptions>): void {
  const clock = tensors.clock?.data ?? []
  if (!Array.from(clock).every(isRowCount)) {
    throw new RangeError(`Expected a clock of rows, resets and units, got ${clock}.`)
  }
  if (!tensors['drift.sums']) return
  const [comparisons, , variance, rising, falling, waiting, fresh, held] = tensors['drift.sums'].data
  const counts = [comparisons, waiting, fresh, held].every(isRowCount)
  const sums = [variance, rising, falling].every(sum => sum >= 0)
  if (!counts || !sums || fresh >= Number(driftSample) || held > Number(driftReservoir)) {
    throw new RangeError(
      `Expected sums of drift with at most ${driftReservoir} older rows and fewer than ${driftSample} new ones, got ` +
        `${tensors['drift.sums'].data}.`,
    )
  }
}

function checkOptions(options: Readonly<FamilyOptions>): void {
  const { persistentChains, chainsPerStep, leastDeviation, mostDeviation } = options
  if (Number(leastDeviation) > Number(mostDeviation)) {
    throw new RangeError(
      `Expected option leastDeviation to be at most mostDeviation, ${mostDeviation}, got ${leastDeviation}.`,
    )
  }
  if (Number(persistentChains) > 0 && Number(chainsPerStep) > Number(persistentChains)) {
    throw new RangeError(
      `Expected option chainsPerStep to be at most persistentChains, ${persistentChains}, got ${chainsPerStep}.`,
    )
  }
}

/**
 * Options of `rbm` for learning a density at the cost of contrastive divergence, two fifths of what the default takes: of 16
 * persistent chains one moves with a row, in turn. What that costs in nats is in docs/learning.md. `rbm.create(visible, { ...thrifty, hidden: 64 })`.
 */
export const thrifty: Readonly<FamilyOptions> = {
  persistentChains: 16,
  chainsPerStep: 1,
  learningRate: 0.01,
}

/**
 * Options of `rbm` that learn a density better at 1.7 times the cost of the default: two Gibbs steps a row and a rate that falls
 * later. Worth a nat of 137 on MNIST with 16 hidden units (docs/learning.md).
 */
export const thorough: Readonly<FamilyOptions> = { cdSteps: 2, learningRateDecay: 30_000 }

export const rbm: Family = defineFamily(rules, kernel, {
  encodings: {
    number: 'bins',
    category: 'one-hot',
    boolean: 'bit',
    timestamp: 'one-hot',
    text: 'one-hot',
  },
  alternatives: { number: ['bins', 'real', 'count'] },
  streamOptions: {
    hidden: 16,
    persistentChains: 0,
    sampleVisible: false,
    learningRate: 0.1,
    learningRateDecay: 64,
    learningRateFloor: 0.02,
    weightDecay: 0.001,
    averaging: false,
    driftReset: false,
    revival: false,
    weightScale: 0.3,
  },
})
