/**
 * Sequences: products of hidden Markov models over windows of symbols, of numbers, and over sequences of any length
 * (Brown and Hinton 2001; Hinton 2002, section 9). n small models remember n things at once; one of them would need a
 * state for every combination.
 */
import kernel from '#kernels/hmm'
import { areWithin, checkWithin, isRowCount, LARGEST_ENERGY, LARGEST_SCORE } from '../bounds.ts'
import { exp } from '../elementary.ts'
import { type KernelFamily, type Magnitudes, real, whole } from '../kernel-family.ts'
import { MOST_SYMBOLS } from '../visible.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Family, FamilyOptions, Tensor, Tensors, VisibleGroup } from './product.ts'

const rules: KernelFamily = {
  name: 'hmm',
  units: ['real', 'index', 'sequence'],
  /** In the order of the first fields of `Model` in assembly/hmm/model.ts. */
  options: [
    /** M, the number of hidden Markov models. */
    whole('experts', 8, 1, 2 ** 16),
    /** K, the states of each. */
    whole('states', 4, 1, 1024),
    /** C, the numbers of a step of a window of numbers. */
    whole('channels', 1, 1, 2 ** 20),
    /** Gibbs sweeps for one reconstruction. */
    whole('cdSteps', 1, 1, 1000),
    /** Chains that go on where they stopped; 0: every chain starts at the data. */
    whole('persistentChains', 0, 0, 2 ** 16),
    /** Rows whose differences are averaged before the parameters move. */
    whole('batchSize', 1, 1, 2 ** 20),
    /** η_t = max(learningRateFloor, learningRate / √(1 + t / learningRateDecay)) after t updates; decay 0: constant. */
    real('learningRate', 0.1, 0, 10),
    real('learningRateDecay', 1000, 0, 1e12),
    real('learningRateFloor', 0.01, 0, 10),
    /** Symbols of a sequence that is drawn; 0: as many as those learned have had on average. */
    whole('length', 0, 0, MOST_SYMBOLS),
    whole('seed', 1, 0, 2 ** 32 - 1),
  ],
  tensors: [
    { name: 'experts.initial', type: 'F32' },
    { name: 'experts.transition', type: 'F32' },
    { name: 'experts.emission', type: 'F32' },
    { name: 'experts.mean', type: 'F32' },
    { name: 'experts.logVariance', type: 'F32' },
    { name: 'batch.initial', type: 'F32' },
    { name: 'batch.transition', type: 'F32' },
    { name: 'batch.emission', type: 'F32' },
    { name: 'batch.mean', type: 'F32' },
    { name: 'batch.logVariance', type: 'F32' },
    { name: 'chains', type: 'F32' },
    { name: 'present', type: 'F64' },
    { name: 'random', type: 'U32' },
    { name: 'counters', type: 'F64' },
  ],
  checkLayer,
  leastValues: ({ experts, states, channels }, visible) =>
    Number(experts) * Number(states) * shapeOf(visible, Number(channels)),
  /** W × K × M: the share of the steps that every expert of every window is in each of its states. */
  features: ({ experts, states }, visible) => windowsOf(visible).length * Number(states) * Number(experts),
  checkTensors,
}

/** A stretch of the visible layer that the same hidden Markov models go along. */
export interface HmmWindow {
  readonly kind: VisibleGroup['kind']
  /** S of symbols. */
  readonly size: number
  /** Values in a row. */
  readonly values: number
}

/**
 * The windows of a visible layer: neighbouring real groups are one, neighbouring index groups of one size are one, and every
 * sequence is one.
 */
export function windowsOf(visible: readonly VisibleGroup[]): HmmWindow[] {
  const windows: HmmWindow[] = []
  for (const { kind, size } of visible) {
    const last = windows.at(-1)
    const goesOn = last?.kind === kind && kind !== 'sequence' && (kind === 'real' || last.size === size)
    const values = kind === 'real' ? size : kind === 'sequence' ? MOST_SYMBOLS : 1
    if (last && goesOn) windows[windows.length - 1] = { ...last, values: last.values + values }
    else windows.push({ kind, size, values })
  }
  return windows
}

/** Rows of emissions, or of means. */
const shapeOf = (visible: readonly VisibleGroup[], channels: number) =>
  windowsOf(visible).reduce((sum, { kind, size }) => sum + (kind === 'real' ? channels : size), 0)

/** A window of numbers has whole steps, and chains that stay have the one length that their window has. */
function checkLayer(
  visible: readonly VisibleGroup[],
  { channels, persistentChains }: Readonly<FamilyOptions>,
): void {
  for (const { kind, values } of windowsOf(visible)) {
    if (kind === 'real' && values % Number(channels) !== 0) {
      throw new RangeError(
        `Expected windows of whole steps of ${channels} values, got one of ${values} values; set channels to a divisor.`,
      )
    }
    if (kind === 'sequence' && Number(persistentChains) > 0) {
      throw new RangeError(
        `Expected persistentChains to be 0 for sequences, whose lengths vary, got ${persistentChains}.`,
      )
    }
  }
}

/** Probabilities are rounded, and small ones are kept from falling further. */
const ROUNDING = 1e-3
/** Of means, log-variances, waiting differences: see assembly/hmm/learn.ts. */
const FARTHEST_MEAN = 1e5
const LARGEST_LOG_VARIANCE = 8

/** Refuse what is no distribution over `outcomes` that stand in rows `apart` from each other. */
function checkDistributions(name: string, { shape, data }: Tensor, outcomes: number, apart: number): void {
  const experts = shape.length > 1 ? shape[1] : data.length
  const sums = new Float64Array(data.length / outcomes)
  const block = experts * apart
  for (let i = 0; i < data.length; i++) {
    const whole = Math.floor(i / (block * outcomes))
    sums[whole * block + (i % block)] += data[i] > 1 ? Infinity : exp(data[i])
  }
  const wrong = sums.find(sum => !(Math.abs(sum - 1) <= ROUNDING))
  if (wrong === undefined) return
  throw new RangeError(`Expected probabilities that add up to 1 in tensor ${name}, got ${wrong}.`)
}

/** Recursions divide by sums of probabilities, and steps are taken along sums of differences: a damaged file is refused here. */
function checkTensors(tensors: Tensors, options: Readonly<FamilyOptions>, magnitudes: Magnitudes): void {
  const states = Number(options.states)
  checkDistributions('experts.initial', tensors['experts.initial'], states, 1)
  checkDistributions('experts.transition', tensors['experts.transition'], states, 1)
  checkEmissions(tensors['experts.emission'], options)
  for (const [name, largest] of [
    ['experts.mean', FARTHEST_MEAN],
    ['experts.logVariance', LARGEST_LOG_VARIANCE],
    ...['initial', 'transition', 'emission', 'mean', 'logVariance'].map(each => [
      `batch.${each}`,
      LARGEST_ENERGY,
    ]),
  ] as [string, number][]) {
    if (tensors[name]) checkWithin(name, magnitudes[name], largest)
  }
  checkCounters(tensors, Number(options.batchSize))
  checkGenerators(tensors.random)
}

/** Windows have different numbers of symbols, which the tensor does not tell: no probability may be above 1, at least. */
function checkEmissions(emission: Tensor | undefined, { states, experts }: Readonly<FamilyOptions>): void {
  if (!emission) return
  const sums = new Float64Array(Number(states) * Number(experts))
  for (const [i, value] of emission.data.entries()) sums[i % sums.length] += value > 1 ? Infinity : exp(value)
  // Every window adds one.
  const wrong = sums.find(sum => !(Math.abs(sum - Math.round(sum)) <= ROUNDING * sum) || sum < 0.5)
  if (wrong === undefined) return
  throw new RangeError(`Expected probabilities that add up to 1 in tensor experts.emission, got ${wrong}.`)
}

function checkCounters({ counters, present }: Tensors, batchSize: number): void {
  const [updates, waiting, rows, meanLength, meanEnergy, variance, covariance] = counters.data
  const counted = [updates, rows].every(isRowCount) && Number.isInteger(waiting) && waiting >= 0
  const sound = [meanLength, variance].every(value => value >= 0 && value <= LARGEST_ENERGY)
  const energies = areWithin([meanEnergy, covariance], LARGEST_SCORE)
  const seen = present.data.every(isRowCount)
  if (counted && waiting < batchSize && sound && energies && seen) return
  throw new RangeError(
    `Expected numbers of rows, energies up to ${LARGEST_SCORE} and fewer than ${batchSize} rows that wait, got ` +
      `${updates} updates and ${waiting} rows.`,
  )
}

export const hmm: Family = defineFamily(rules, kernel, {
  encodings: { number: 'real', boolean: 'real', text: 'words' },
  streamOptions: { learningRate: 0.2, learningRateFloor: 0.02 },
})
