/** log Z of a product that goes on learning (after Desjardins, Courville and Bengio, NIPS 2011), by chains that go along. */
import { exp, log } from '../elementary.ts'
import { show } from '../errors.ts'
import type { Product, Row, Rows } from '../experts/product.ts'
import { Random } from '../random.ts'
import { checkComplete } from '../rows.ts'
import { checkedWhole } from './annealed-importance-sampling.ts'
import { effectiveSampleSize, type LogPartition } from './log-partition.ts'
import { meanOf } from './mean.ts'
import { follow, systematic } from './population.ts'

export interface TrackOptions {
  /** R, at least twice as many as groups; default 512. */
  readonly chains?: number
  /** Groups of chains that know nothing of each other, whose spread is the error; from 4, default 8. */
  readonly groups?: number
  /** Full sweeps of every chain at each update; default 1. */
  readonly sweeps?: number
  /** Full sweeps before chains are trusted as samples, at each anchor; default 200. */
  readonly burnIn?: number
  /** Of the chains; a whole number from 0 to 2³² − 1, default 1. */
  readonly seed?: number
}

/** What log Z was found to be: a number that is exact, or an estimate with its error and its samples. */
export type Anchor = number | LogPartition

/** Shares of chains that say something, below which the track has lost its way: now, and after a single update. */
const LEAST_SHARE = 1 / 4
const LEAST_OF_UPDATE = 1 / 16

/**
 * Follows log Z through learning. Chains are samples of the product; when its parameters have moved, log Z has changed by
 * log ⟨exp(F_before(x) − F_now(x))⟩, and a sweep makes samples of the new product out of the old ones. Those weights are
 * kept until a group of chains has become uneven and is resampled by them, so that groups that mix slowly are no less
 * right, on average, but more uncertain: annealed importance sampling along the path of learning. The error comes from the
 * spread between the groups.
 *
 * Needs a product that can `walk`: gaussian, mixture, rbm, student, hmm over windows of a fixed length, products of these
 * and custom energies. It follows the parameters that score. Every update costs two free energies and `sweeps` sweeps a
 * chain; how often there is one does not matter as long as the parameters move little meanwhile.
 */
export class LogPartitionTrack {
  readonly #product: Product
  readonly #random: Uint32Array
  readonly #resampling: Random
  readonly #sweeps: number
  readonly #burnIn: number
  readonly #states: Rows
  /** R numbers each: F of the chains, and what has been collected since their group was resampled. */
  #energies: Float32Array
  readonly #logWeights: Float64Array
  /** What each group had collected by then. */
  readonly #collected: Float64Array
  #anchored = { logPartition: 0, standardError: 0 }
  /** What was found at the last update. */
  #found = this.#anchored
  #updates = 0
  #fewest = 0

  /**
   * @param anchor log Z of the product as it is now
   * @throws TypeError for a product whose chains cannot walk, or whose rows vary in length, and RangeError for options
   */
  constructor(product: Product, anchor: Anchor, options: TrackOptions = {}) {
    checkFollowed(product)
    const groups = checkedWhole('groups', options.groups ?? 8, 4, 2 ** 12)
    const chains = checkedWhole('chains', options.chains ?? 512, 2 * groups, 2 ** 20)
    if (chains % groups !== 0)
      throw new RangeError(`Expected chains as a multiple of ${groups} groups, got ${chains}.`)
    const random = new Random(checkedWhole('seed', options.seed ?? 1, 0, 2 ** 32 - 1))
    this.#product = product
    this.#random = Uint32Array.from({ length: 16 }, () => random.next())
    this.#resampling = random
    this.#sweeps = checkedWhole('sweeps', options.sweeps ?? 1, 1, 2 ** 24)
    this.#burnIn = checkedWhole('burnIn', options.burnIn ?? 200, 0, 2 ** 24)
    this.#logWeights = new Float64Array(chains)
    this.#collected = new Float64Array(groups)
    this.#states = product.sample(chains, 0)
    this.#energies = new Float32Array(chains)
    this.anchor(anchor)
  }

  /** Begin anew from what log Z is now: `exactLogPartition`, or what `estimateLogPartition` gives, samples and all. */
  anchor(anchor: Anchor): void {
    this.#anchored = anchorOf(anchor)
    if (typeof anchor === 'number') this.#resampleAll()
    else this.#standWhere(anchor)
    this.#logWeights.fill(0)
    this.#collected.fill(0)
    this.#product.walk?.(this.#states, this.#burnIn, this.#random)
    this.#energies = this.#product.freeEnergies(this.#states)
    this.#found = this.#anchored
    this.#updates = 0
    this.#fewest = this.#logWeights.length
  }

  /** Follow the product to where it is now. */
  update(): void {
    const energies = this.#product.freeEnergies(this.#states)
    for (let r = 0; r < energies.length; r++) this.#logWeights[r] += this.#energies[r] - energies[r]
    this.#fewest = Math.min(this.#fewest, this.effectiveSampleSize)
    for (let group = 0; group < this.#collected.length; group++) this.#even(group)
    this.#product.walk?.(this.#states, this.#sweeps, this.#random)
    this.#energies = this.#product.freeEnergies(this.#states)
    this.#found = this.#sumUp()
    this.#updates++
  }

  /** log Z of the product as it was at the last update, in nats. */
  get logPartition(): number {
    return this.#found.logPartition
  }

  /**
   * Of `logPartition`, in nats: that of the anchor, and that of the mean over groups. It knows nothing of what no chain has
   * found.
   */
  get standardError(): number {
    return this.#found.standardError
  }

  /** As many chains with equal weights would say as much about log Z; 1 to R. */
  get effectiveSampleSize(): number {
    return effectiveSampleSize(this.#weights())
  }

  /**
   * Have so few chains something to say, or had after one of the updates, that log Z should be found anew, and `anchor` be
   * called? Then learning has gone too far for them, and the error may be larger than it looks.
   */
  get needsAnchor(): boolean {
    const chains = this.#logWeights.length
    return this.effectiveSampleSize < LEAST_SHARE * chains || this.#fewest < LEAST_OF_UPDATE * chains
  }

  /** Updates since the last anchor. */
  get updates(): number {
    return this.#updates
  }

  /**
   * log p(row) in nats under the parameters that score, log Z being that of the last update; a density where values are real.
   * Throws a TypeError or RangeError for rows that the product refuses, and those that lack values, whose free energy is
   * none of a whole row.
   */
  logLikelihood(row: Row): number {
    const energy = this.#product.freeEnergy(row)
    checkComplete(row)
    return -energy - this.logPartition
  }

  #sumUp(): { logPartition: number; standardError: number } {
    const changes = this.#changes()
    const most = mostOf(changes)
    const { mean, standardError } = meanOf(changes.map(change => exp(change - most)))
    return {
      logPartition: this.#anchored.logPartition + logMean(changes),
      standardError: Math.sqrt(this.#anchored.standardError ** 2 + (standardError / mean) ** 2),
    }
  }

  /** By how much log Z has changed since the anchor, as each group sees it. */
  #changes(): Float64Array {
    const perGroup = this.#logWeights.length / this.#collected.length
    return this.#collected.map(
      (collected, group) =>
        collected + logMean(this.#logWeights.subarray(group * perGroup, (group + 1) * perGroup)),
    )
  }

  /** What every chain has collected since the anchor. */
  #weights(): Float64Array {
    const perGroup = this.#logWeights.length / this.#collected.length
    return this.#logWeights.map((weight, r) => weight + this.#collected[Math.floor(r / perGroup)])
  }

  /** Resample a group whose weights have become uneven. */
  #even(group: number): void {
    const perGroup = this.#logWeights.length / this.#collected.length
    const weights = this.#logWeights.subarray(group * perGroup, (group + 1) * perGroup)
    if (effectiveSampleSize(weights) >= perGroup / 2) return
    this.#collected[group] += logMean(weights)
    const { width } = this.#product
    const states = this.#states.subarray(group * perGroup * width, (group + 1) * perGroup * width)
    follow(states, states.slice(), systematic(weights, this.#resampling.uniform()))
    weights.fill(0)
  }

  /** Every chain is as probable as its weight says among all. */
  #resampleAll(): void {
    follow(this.#states, this.#states.slice(), systematic(this.#weights(), this.#resampling.uniform()))
  }

  /** Stand where annealed chains have ended. */
  #standWhere({ states, logWeights }: LogPartition): void {
    const { width } = this.#product
    if (states.length !== logWeights.length * width) {
      throw new RangeError(
        `Expected an estimate of a product of ${width} values, got one of ${states.length / logWeights.length}.`,
      )
    }
    const count = this.#logWeights.length
    follow(this.#states, states, systematic(logWeights, this.#resampling.uniform(), count))
  }
}

function checkFollowed(product: Product): void {
  if (typeof product?.walk !== 'function') {
    throw new TypeError(
      'Expected a product whose chains can be moved, as of the families gaussian, hmm, mixture, rbm and student, got ' +
        `${product?.family ? `'${product.family}'` : show(product)}.`,
    )
  }
  const loose = product.visible.find(({ kind }) => kind === 'sequence' || kind === 'tokens')
  if (loose)
    throw new TypeError(`Expected rows of one length, each of which has one log Z, got ${loose.kind}.`)
}

function anchorOf(anchor: Anchor): { logPartition: number; standardError: number } {
  if (typeof anchor === 'number' && Number.isFinite(anchor)) return { logPartition: anchor, standardError: 0 }
  const { logPartition, low, high, states, logWeights } = Object(anchor) as LogPartition
  if (!Number.isFinite(logPartition) || !states || !logWeights) {
    throw new TypeError(
      `Expected log Z as a finite number or as estimateLogPartition gives it, got ${show(anchor)}.`,
    )
  }
  // An interval without a lower end is as wide as its upper half says, twice.
  const width = Number.isFinite(high - low) ? high - low : 2 * Math.max(high - logPartition, 1)
  return { logPartition, standardError: width / 6 }
}

const mostOf = (values: Float64Array) =>
  values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)

/** log of the mean of e^values. */
function logMean(values: Float64Array): number {
  const most = mostOf(values)
  return most + log(values.reduce((sum, value) => sum + exp(value - most), 0) / values.length)
}
