/**
 * Products of Student-t experts: g_j(v) = (1 + ½ (J_j·(v − c))²)^(−a_j) (Welling, Hinton and Osindero 2003, "Learning sparse
 * topographic representations with products of Student-t distributions"). Every expert is a constraint, a direction in
 * which numbers hardly vary, but for a few times when they do. With a = 1 it is 1 / (α + (w·v)²) of w = J/|J|, α = 2/|J|².
 */
import kernel from '#kernels/student'
import { checkWithin, isRowCount, LARGEST_PARAMETER } from '../bounds.ts'
import { flag, type KernelFamily, type Magnitudes, type OptionRule, real, whole } from '../kernel-family.ts'
import { widthOf } from '../visible.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Family, FamilyOptions, Tensors, VisibleGroup } from './product.ts'

/** In the order of the first fields of `Model` in assembly/student/model.ts. */
const options: readonly OptionRule[] = [
  /** M; 0: as many as there are values, up to 256. */
  whole('experts', 0, 0, 2 ** 20),
  /** a at the start: 2a − 1 degrees of freedom. */
  real('exponent', 1.5, 0.51, 100),
  /**
   * Precision of the vague Gaussian expert around the location, in units of the data: 1e-4 is a standard deviation of a
   * hundred times theirs. With fewer experts than values it is 1e-4 at least, without which there is no density.
   */
  real('vague', 1e-4, 0, 1e6),
  /** Sweeps from the data, or of a persistent chain, for one update. */
  whole('cdSteps', 1, 1, 1000),
  /** P chains that go on from update to update, one of them an update; 0: chains start at the data. */
  whole('persistentChains', 0, 0, 65536),
  /** Up to this many values a sweep draws precisions and then all values (Gibbs); beyond it is a Hamiltonian proposal. */
  whole('gibbsWidth', 48, 0, 1024),
  /** Leapfrog steps of a Hamiltonian proposal. */
  whole('leapfrogSteps', 20, 1, 1000),
  /** Rows whose differences are averaged before the parameters move. */
  whole('batchSize', 1, 1, 2 ** 20),
  /** η_t = max(learningRateFloor, learningRate / √(1 + t / learningRateDecay)) after t rows; decay 0: constant. */
  real('learningRate', 0.01, 0, 1),
  real('learningRateDecay', 300, 0, 1e12),
  real('learningRateFloor', 1e-4, 0, 1),
  /** Rates of a and of the location c, relative to that of the filters; 0: as they started. */
  real('exponentRate', 1, 0, 10),
  real('locationRate', 1, 0, 10),
  /** Steps that are the same whatever units the data is in (Amari 1998). */
  flag('naturalGradient', true),
  /**
   * Standard deviation of the noise that learned rows get, in units of the data's: what repeats exactly, as true and false
   * do, would make experts infinitely sharp. Units are known with the vague expert only.
   */
  real('blur', 0, 0, 1),
  whole('seed', 1, 0, 2 ** 32 - 1),
]

const expertsOf = ({ experts }: Readonly<FamilyOptions>, visible: readonly VisibleGroup[]) =>
  Number(experts) === 0 ? Math.min(widthOf(visible), 256) : Number(experts)

const rules: KernelFamily = {
  name: 'student',
  units: ['real'],
  options,
  tensors: [
    { name: 'experts.j', type: 'F32' },
    { name: 'experts.logExponent', type: 'F32' },
    { name: 'location', type: 'F32' },
    { name: 'precision', type: 'F32' },
    { name: 'chains', type: 'F32' },
    { name: 'sums.j', type: 'F32' },
    { name: 'sums.logExponent', type: 'F32' },
    { name: 'sums.location', type: 'F32' },
    { name: 'random', type: 'U32' },
    { name: 'counters', type: 'F64' },
  ],
  leastValues: (options, visible) =>
    (expertsOf(options, visible) + Number(options.persistentChains)) * widthOf(visible),
  features: expertsOf,
  checkTensors,
}

/** See assembly/student/model.ts: values beyond count as it. */
const LARGEST_VALUE = 2 ** 61
/** Of log a: ln .51 and ln 100, rounded up. */
const LARGEST_LOG_EXPONENT = 4.6052
const LEAST_LOG_EXPONENT = -0.6734
/** Of the vague expert: its option over the square of the least scale. */
const LARGEST_PRECISION = 1e17
/** Of sums over a batch, whose summands are bounded. */
const LARGEST_SUM = 1e30

/** What addresses memory or would overflow, a step of no length, generators that stand still: a damaged file is refused. */
function checkTensors(
  tensors: Tensors,
  { persistentChains, batchSize }: Readonly<FamilyOptions>,
  magnitudes: Magnitudes,
): void {
  checkWithin('experts.j', magnitudes['experts.j'], LARGEST_PARAMETER)
  checkWithin('experts.logExponent', magnitudes['experts.logExponent'], LARGEST_LOG_EXPONENT)
  checkWithin('precision', magnitudes.precision, LARGEST_PRECISION)
  for (const name of ['location', 'chains'])
    if (name in magnitudes) checkWithin(name, magnitudes[name], LARGEST_VALUE)
  for (const [name, magnitude] of Object.entries(magnitudes))
    if (name.startsWith('sums.')) checkWithin(name, magnitude, LARGEST_SUM)
  if (tensors['experts.logExponent'].data.some(value => value < LEAST_LOG_EXPONENT)) {
    throw new RangeError(`Expected values of at least ${LEAST_LOG_EXPONENT} in tensor experts.logExponent.`)
  }
  if (tensors.precision.data.some(value => value < 0)) {
    throw new RangeError('Expected values of at least 0 in tensor precision, got others.')
  }
  checkCounters(tensors.counters.data, Number(persistentChains), Number(batchSize))
  checkGenerators(tensors.random)
}

function checkCounters(counters: ArrayLike<number>, chains: number, batch: number): void {
  const [learned, initial, cursor, pending, step] = Array.from(counters)
  const counts = [learned, initial, cursor, pending].every(isRowCount)
  if (counts && cursor < Math.max(1, chains) && pending < batch && step >= 1e-6 && step <= 2) return
  throw new RangeError(
    `Expected counters of rows, a chain below ${chains}, a row below ${batch} and a step from 1e-6 to 2, ` +
      `got ${Array.from(counters)}.`,
  )
}

export const student: Family = defineFamily(rules, kernel, {
  encodings: { number: 'real', boolean: 'real' },
  // What is a thousand times as far away as usual is judged by the tails of the experts, not by the vague one.
  streamOptions: { vague: 1e-8, blur: 0.05, learningRateDecay: 1000, learningRateFloor: 0.001 },
})
