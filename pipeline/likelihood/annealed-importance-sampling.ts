/** log Z by annealed importance sampling (Neal 2001; Salakhutdinov and Murray, ICML 2008). */
import { DivergedError, show } from '../errors.ts'
import type { AnnealedChains, Product, Rows } from '../experts/product.ts'
import { misplaced } from '../visible.ts'
import { chainsOf, drawnFromBase, lead } from './annealed-chains.ts'
import { checkedTemperatures, evenTemperatures } from './annealing-schedule.ts'
import { baseLogPartition, baseRates } from './base-model.ts'
import { type LogPartition, weighed } from './log-partition.ts'
import { unitsOf } from './machine.ts'

/** Of one run, whichever way it goes. */
export interface RunOptions {
  /** R, independent chains; at least 2, default 100. */
  readonly chains?: number
  /**
   * K even steps from the base model to the product, or the temperatures themselves, rising from 0 to 1. Default 1000; the
   * paper's figures are from 14,500 uneven ones, `paperTemperatures()`.
   */
  readonly temperatures?: number | ArrayLike<number>
  /** Of all random numbers; a whole number from 0 to 2³² − 1, default 1. */
  readonly seed?: number
  /**
   * The biases of the visible units of the base model, the mean of real ones, D numbers; default: as often on as the product
   * has seen them.
   */
  readonly base?: Float32Array
  /** Aborted: the promise is rejected with the signal's reason, within a tenth of a second or one temperature. */
  readonly signal?: AbortSignal
  /** Called as the run proceeds with the share that is done, up to 1. */
  readonly onProgress?: (share: number) => void
}

export interface AnnealingOptions extends RunOptions {
  /**
   * `forward`, the default: from the base model to the product. Too few temperatures give too small a log Z.
   * `reverse`: from `starts` to the base model, which gives too large a log Z where they are samples of the product.
   */
  readonly direction?: 'forward' | 'reverse'
  /** Samples of the product, or what comes near them, for `reverse`: B × D numbers; chain r starts at row r mod B. */
  readonly starts?: Rows
}

/** Of the base model: a unit with this bias is once in 10²¹ draws what it is not usually, and nobody waits so long. */
const MOST_BIAS = 50

function checkedStarts(product: Product, starts: Rows | undefined): Rows {
  if (!(starts instanceof Float32Array)) {
    throw new TypeError(
      `Expected starts of the reverse direction as a Float32Array, samples of the product, got ${show(starts)}; ` +
        'product.sample(100, 1000) draws some.',
    )
  }
  if (starts.length === 0 || starts.length % product.width !== 0 || starts.some(Number.isNaN)) {
    throw new RangeError(
      `Expected whole rows of ${product.width} values without missing ones as starts, got ${starts.length} values.`,
    )
  }
  for (let at = 0; at < starts.length; at += product.width) {
    const row = starts.subarray(at, at + product.width)
    const wrong = misplaced(product.visible, row)
    if (wrong) {
      throw new RangeError(
        `Expected starts as samples of the product, ${wrong.expected}, got ${row[wrong.at]} in row ${at / product.width}.`,
      )
    }
  }
  return starts
}

function checkedBase(product: Product, base: Float32Array): Float32Array {
  if (!(base instanceof Float32Array)) {
    throw new TypeError(`Expected base as a Float32Array, biases of the visible units, got ${show(base)}.`)
  }
  const binary = unitsOf(product.visible).filter(({ gaussian }) => !gaussian)
  const turns = binary.every(({ start, size }) =>
    base.subarray(start, start + size).every(bias => Math.abs(bias) <= MOST_BIAS),
  )
  if (base.length !== product.width || !turns || !base.every(Number.isFinite)) {
    throw new RangeError(
      `Expected base as ${product.width} numbers from −${MOST_BIAS} to ${MOST_BIAS}, got ${base.length} up to ` +
        `${base.reduce((most, bias) => Math.max(most, Math.abs(bias)), 0)}: beyond that a unit never turns.`,
    )
  }
  return base
}

export function checkedWhole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`Expected ${name} as a whole number from ${least} to ${most}, got ${show(value)}.`)
}

/** What all runs need, checked. */
export function checkedAnnealing(product: Product, options: RunOptions) {
  if (typeof product?.anneal !== 'function') {
    throw new TypeError(
      `Expected a product that can be annealed, of the family rbm, got ${product?.family ? `'${product.family}'` : show(product)}.`,
    )
  }
  const { temperatures = 1000 } = options
  return {
    count: checkedWhole('chains', options.chains ?? 100, 2, 2 ** 20),
    seed: checkedWhole('seed', options.seed ?? 1, 0, 2 ** 32 - 1),
    base: checkedBase(product, options.base ?? baseRates(product)),
    rising:
      typeof temperatures === 'number' ? evenTemperatures(temperatures) : checkedTemperatures(temperatures),
  }
}

/** Throws where a machine has diverged. */
export function checkWeights({ logWeights }: AnnealedChains): void {
  if (logWeights.every(Number.isFinite)) return
  throw new DivergedError(
    'Expected finite weights, got NaN: the parameters have grown beyond all bounds. ' +
      'Lower the learning rate or load an earlier model.',
  )
}

/**
 * Estimates log Z of a product, in nats, so that log p(x) = −freeEnergy(x) − logPartition. Of the families, `rbm` can be
 * annealed. The product must not change before the promise is settled; the same seed gives the same estimate.
 *
 * Cost: chains × temperatures sweeps of Gibbs sampling, less than half an update each.
 *
 * Throws a TypeError for a family that cannot be annealed and a RangeError for options that are out of range.
 */
export async function estimateLogPartition(
  product: Product,
  options: AnnealingOptions = {},
): Promise<LogPartition> {
  const { count, seed, base, rising } = checkedAnnealing(product, options)
  const { direction = 'forward', signal, onProgress } = options
  if (direction !== 'forward' && direction !== 'reverse') {
    throw new RangeError(`Expected direction as 'forward' or 'reverse', got ${show(direction)}.`)
  }
  const forward = direction === 'forward'
  const chains = forward
    ? drawnFromBase(product, count, base, seed)
    : startedAt(checkedStarts(product, options.starts), chainsOf(product, count, base, seed))
  await lead(product, chains, forward ? rising : rising.toReversed(), signal, share => onProgress?.(share))
  checkWeights(chains)
  return weighed(chains, baseLogPartition(product, base), direction)
}

/** The chains, at these rows in turn. */
function startedAt(starts: Rows, chains: AnnealedChains): AnnealedChains {
  for (let at = 0; at < chains.states.length; at++) chains.states[at] = starts[at % starts.length]
  return chains
}
