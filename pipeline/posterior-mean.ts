/**
 * What a product expects in the place of values that are missing, or uncertain: the mean of p(v | what is known), by Gibbs
 * sampling with the known values held (Geman and Geman 1984). Latent variables are drawn given the values, and the values
 * that are not known given these, in turn.
 */
import { exp, log } from './elementary.ts'
import { show } from './errors.ts'
import type { NaturalParameters, Product, Row } from './experts/product.ts'
import { drawVisible, nothing } from './product/natural.ts'
import { Random } from './random.ts'
import { checkCount, checkRow } from './rows.ts'
import { type Group, groupsOf, isMissing } from './transitions/groups.ts'

export interface PosteriorOptions {
  /** Sweeps whose means are averaged; default 200. */
  readonly sweeps?: number
  /** Sweeps before them, which forget where the chain began; default 50. */
  readonly burnIn?: number
  /**
   * ε, the chance that a binary unit is not what it was, and a category any of the others; default 0: known values are held.
   * Below one half. Numbers and counts are held in any case.
   */
  readonly noise?: number
  /** Of all random numbers; a whole number from 0 to 2³² − 1, default 1. */
  readonly seed?: number
}

const WORDS = 16
const HAVE_MEANS = ['bernoulli', 'softmax', 'count']

/** A group of the row that is drawn, and what it seems to be: nothing where it is missing. */
interface Drawn extends Group {
  readonly seen: Float64Array | undefined
}

const sigmoid = (x: number) => (x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)))

function checked(product: Product, row: Row, noise: number, seed: number): void {
  if (typeof product?.addConditional !== 'function') {
    throw new TypeError(
      'Expected a product whose latent variables can be drawn, of rbm, gaussian, mixture, student, unigauss or unifac, got ' +
        `${product?.family ? `'${product.family}'` : show(product)}.`,
    )
  }
  const other = product.visible.find(({ kind }) => kind !== 'real' && !HAVE_MEANS.includes(kind))
  if (other) throw new TypeError(`Expected values that have a mean, got a group of the kind '${other.kind}'.`)
  if (!(noise >= 0 && noise < 0.5))
    throw new RangeError(`Expected noise as a number from 0 to below 0.5, got ${show(noise)}.`)
  if (!(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32))
    throw new RangeError(`Expected seed as a whole number from 0 to ${2 ** 32 - 1}, got ${show(seed)}.`)
  checkRow(row, product.width, product.visible)
}

/** What is to be drawn. */
function drawnOf(product: Product, row: Row, noise: number): Drawn[] {
  return groupsOf(product.visible).flatMap((group): Drawn[] => {
    if (isMissing(row, group)) return [{ ...group, seen: undefined }]
    const isHeld = noise === 0 || (group.kind !== 'bernoulli' && group.kind !== 'softmax')
    const seen = Float64Array.from(row.subarray(group.start, group.start + group.values))
    return isHeld ? [] : [{ ...group, seen }]
  })
}

/** The row, with what it lacks as one look at the rest suggests. */
function beginning(product: Product, row: Row, drawn: readonly Drawn[]): Float64Array {
  const state = Float64Array.from(row)
  const suggested = product.reconstruct(row)
  for (const { kind, start, values } of drawn)
    for (let i = start; i < start + values; i++)
      if (Number.isNaN(state[i])) state[i] = kind === 'count' ? Math.round(suggested[i]) : suggested[i]
  return state
}

/**
 * The mean of one missing group, from what all its states are given the others; null where there are more of them, or none
 * with exact probabilities.
 */
function exactMean(product: Product, row: Row, drawn: readonly Drawn[]): Row | null {
  const [only] = drawn
  if (drawn.length > 1 || only.seen || only.kind === 'real') return null
  const index = groupsOf(product.visible).findIndex(({ start }) => start === only.start)
  const states = product.conditional(row, index)
  const out = row.slice()
  if (only.kind === 'count') out[only.start] = states.reduce((sum, share, n) => sum + n * share, 0)
  else out.set(states, only.start)
  return out
}

/** Natural parameters that say nothing again. */
function forget({ linear, precision, lower, upper }: NaturalParameters): void {
  linear.fill(0)
  precision.fill(0)
  lower.fill(Number.NEGATIVE_INFINITY)
  upper.fill(Number.POSITIVE_INFINITY)
}

/**
 * What the values that were seen say about those that they may have been: log((1 − ε)(K − 1) / ε) in favour of the state
 * of K that was seen.
 */
function addSeen(natural: NaturalParameters, drawn: readonly Drawn[], noise: number): void {
  for (const { kind, start, values, seen } of drawn) {
    if (!seen) continue
    const weight = log(((1 - noise) * Math.max(1, values - 1)) / noise)
    for (let k = 0; k < values; k++)
      natural.linear[start + k] += weight * (kind === 'softmax' ? seen[k] : 2 * seen[k] - 1)
  }
}

/** Values that are held take their share of what is said about those that they are coupled with. */
function addHeld(natural: NaturalParameters, held: readonly number[], state: Float64Array): void {
  const n = natural.linear.length
  if (natural.precision.length === n) return
  for (let i = 0; i < n; i++)
    for (const j of held) if (j !== i) natural.linear[i] -= natural.precision[i * n + j] * state[j]
}

/** The mean of a group given the latent variables, or the number that was drawn, into `out`. */
function addMean(natural: NaturalParameters, group: Group, state: Float64Array, out: Float64Array): void {
  const { kind, start, size, values } = group
  if (kind === 'real') out[start] += state[start]
  else if (kind !== 'softmax') out[start] += (kind === 'count' ? size : 1) * sigmoid(natural.linear[start])
  else {
    const odds = natural.linear.subarray(start, start + values)
    const most = odds.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    const total = odds.reduce((sum, value) => sum + exp(value - most), 0)
    for (let k = 0; k < values; k++) out[start + k] += exp(odds[k] - most) / total
  }
}

/**
 * E[v | row], D values: known values as they are, and in the place of missing ones the mean of what they may have been, given all
 * others together. With `noise` every binary unit and category is uncertain, and the mean is that of what it was before
 * the noise. Means of binary units, categories and counts are averaged given the latent variables, numbers as they are drawn.
 *
 * One missing binary unit, category or count is answered exactly, without sampling. The chain for several begins at what one
 * `reconstruct` suggests and stays near it where other possibilities are far apart, as the halves of a row may be that
 * are missing together: then the mean is that of the ones it has visited.
 *
 * Cost: a Gibbs sweep of the product for each of `sweeps` and `burnIn`. Pure; the same seed gives the same values.
 *
 * Throws a TypeError for families without latent variables to draw and for groups without a mean (indices, tokens,
 * sequences), and a RangeError for rows that the product would refuse and for options out of range.
 */
export function posteriorMean(product: Product, row: Row, options: PosteriorOptions = {}): Row {
  const { sweeps = 200, burnIn = 50, noise = 0, seed = 1 } = options
  checked(product, row, noise, seed)
  checkCount('sweeps', sweeps, 1)
  checkCount('burnIn', burnIn, 0)
  const drawn = drawnOf(product, row, noise)
  if (drawn.length === 0) return row.slice()
  const exact = exactMean(product, row, drawn)
  if (exact) return exact
  const isDrawn = new Set(drawn.map(({ start }) => start))
  const held = groupsOf(product.visible).flatMap(({ start, kind }) =>
    kind === 'real' && !isDrawn.has(start) ? [start] : [],
  )
  const random = new Random(seed)
  const words = Uint32Array.from({ length: WORDS }, () => random.next())
  const state = beginning(product, row, drawn)
  const sums = new Float64Array(product.width)
  const natural = nothing(product.width, product.width > 1 && product.couples === true)
  for (let sweep = 0; sweep < burnIn + sweeps; sweep++) {
    forget(natural)
    product.addConditional?.(Float32Array.from(state), natural, words)
    addSeen(natural, drawn, noise)
    addHeld(natural, held, state)
    drawVisible(natural, drawn, state, random)
    if (sweep >= burnIn) for (const group of drawn) addMean(natural, group, state, sums)
  }
  const out = row.slice()
  for (const { start, values } of drawn)
    for (let i = start; i < start + values; i++) out[i] = sums[i] / sweeps
  return out
}
