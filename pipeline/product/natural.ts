/**
 * Visible values drawn from summed natural parameters: what the latent variables of all members say about them, multiplied.
 * Binary units and states of a group by their log-odds; real ones from N(Λ⁻¹ l, Λ⁻¹), within bounds.
 */
import { exp, log } from '../elementary.ts'
import type { NaturalParameters } from '../experts/product.ts'
import type { Random } from '../random.ts'
import { type Group, setState } from '../transitions/groups.ts'
import { fillNormals, normalBetween } from '../transitions/normal.ts'
import { stateAt } from '../transitions/states.ts'
import { factorise, solveLower, solveUpper } from './cholesky.ts'

/** Natural parameters of n values that say nothing yet. */
export function nothing(n: number, couples: boolean): NaturalParameters {
  return {
    linear: new Float64Array(n),
    precision: new Float64Array(couples ? n * n : n),
    lower: new Float64Array(n).fill(Number.NEGATIVE_INFINITY),
    upper: new Float64Array(n).fill(Number.POSITIVE_INFINITY),
  }
}

/** Add what is said about some values, `places` being theirs among all. */
export function add(into: NaturalParameters, from: NaturalParameters, places: ArrayLike<number>): void {
  const n = into.linear.length
  const m = from.linear.length
  const [isFull, wasFull] = [into.precision.length > n, from.precision.length > m]
  for (let i = 0; i < m; i++) {
    const at = places[i]
    into.linear[at] += from.linear[i]
    into.lower[at] = Math.max(into.lower[at], from.lower[i])
    into.upper[at] = Math.min(into.upper[at], from.upper[i])
    if (!wasFull) into.precision[isFull ? at * n + at : at] += from.precision[i]
    else for (let j = 0; j < m; j++) into.precision[at * n + places[j]] += from.precision[i * m + j]
  }
}

/** Draw all values, into the state; `groups` by their places among the parameters. */
export function drawVisible(
  natural: NaturalParameters,
  groups: readonly Group[],
  state: Float64Array,
  random: Random,
): void {
  const reals: number[] = []
  for (const group of groups) {
    if (group.kind === 'real') reals.push(group.start)
    else drawGroup(natural.linear, group, state, random)
  }
  if (natural.precision.length === natural.linear.length) {
    for (const at of reals)
      state[at] = drawAlone(natural, at, natural.linear[at], natural.precision[at], state[at], random)
  } else if (reals.length > 0) drawTogether(natural, reals, state, random)
}

const sigmoid = (x: number) => (x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)))

function drawGroup(linear: Float64Array, group: Group, state: Float64Array, random: Random): void {
  const { kind, start, size } = group
  if (kind === 'bernoulli') state[start] = Number(random.uniform() < sigmoid(linear[start]))
  else if (kind === 'count') {
    const share = sigmoid(linear[start])
    state[start] = 0
    for (let n = 0; n < size; n++) state[start] += Number(random.uniform() < share)
  } else {
    const odds = linear.slice(start, start + group.values)
    const most = odds.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    const masses = odds.map(value => exp(value - most))
    const total = masses.reduce((sum, mass) => sum + mass, 0)
    setState(state, group, stateAt(masses, total * random.uniform()))
  }
}

/** One value alone; where nothing is said about it, not even bounds, it stays. */
function drawAlone(
  { lower, upper }: NaturalParameters,
  at: number,
  linear: number,
  precision: number,
  now: number,
  random: Random,
): number {
  const [low, high] = [lower[at], upper[at]]
  if (precision > 0) {
    const [mean, scale] = [linear / precision, 1 / Math.sqrt(precision)]
    const value = mean + scale * normalBetween(random, (low - mean) / scale, (high - mean) / scale)
    return Math.min(high, Math.max(low, value))
  }
  return Number.isFinite(high - low) ? drawFlat(low, high, linear, random) : now
}

/** Density ∝ e^(slope x) between bounds, by its inverse. */
function drawFlat(low: number, high: number, slope: number, random: Random): number {
  const uniform = random.uniform()
  const rise = slope * (high - low)
  if (Math.abs(rise) < 1e-9) return low + (high - low) * uniform
  // From the end where the density is high, so that nothing overflows.
  const share = -log(1 - uniform * (1 - exp(-Math.abs(rise)))) / Math.abs(rise)
  return rise > 0 ? high - share * (high - low) : low + share * (high - low)
}

/** Values that are coupled: by Cholesky's factor all at once, within bounds one after the other given the others. */
function drawTogether(
  natural: NaturalParameters,
  reals: number[],
  state: Float64Array,
  random: Random,
): void {
  const { linear, precision, lower, upper } = natural
  const n = linear.length
  const isBounded = reals.some(at => Number.isFinite(lower[at]) || Number.isFinite(upper[at]))
  const size = reals.length
  const matrix = new Float64Array(size * size)
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) matrix[i * size + j] = precision[reals[i] * n + reals[j]]
  if (isBounded || !factorise(matrix, size)) {
    drawInTurn(natural, reals, state, random)
    return
  }
  const mean = Float64Array.from(reals, at => linear[at])
  solveLower(matrix, size, mean)
  solveUpper(matrix, size, mean)
  const deviates = new Float64Array(size)
  fillNormals(random, deviates, size)
  solveUpper(matrix, size, deviates)
  for (let i = 0; i < size; i++) state[reals[i]] = mean[i] + deviates[i]
}

function drawInTurn(natural: NaturalParameters, reals: number[], state: Float64Array, random: Random): void {
  const { linear, precision } = natural
  const n = linear.length
  for (const at of reals) {
    let pull = linear[at]
    for (const other of reals) if (other !== at) pull -= precision[at * n + other] * state[other]
    state[at] = drawAlone(natural, at, pull, precision[at * n + at], state[at], random)
  }
}
