/**
 * Experts on a box in float64 and by definition: g(v) = π N(v; μ, Σ) + (1 − π) / V, each relative to 1 / V. Values beyond the
 * walls count as those at the wall, and cost every expert log(1 + excess) more.
 */
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import type { Oracle, Parameters } from './oracle.ts'

/** The walls and the unit of deviations of one value. */
interface Wall {
  readonly low: number
  readonly high: number
  readonly unit: number
}

/** An expert; a unigauss expert has loadings of 0. */
export interface Expert {
  readonly mean: readonly number[]
  readonly logVariance: readonly number[]
  readonly loading: readonly number[]
  readonly gate: number
}

/** log N(v; μ, λλᵀ + diag e^ξ) over the values at `places`. */
export type LogNormal = (expert: Expert, values: readonly number[], places: readonly number[]) => number

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
export const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
export const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))

export function wallsOf({ box }: Parameters): Wall[] {
  const width = box.length / 3
  return Array.from({ length: width }, (_, i) => ({
    low: box[i],
    high: box[width + i],
    unit: box[2 * width + i],
  }))
}

export function expertsOf(parameters: Parameters): Expert[] {
  const width = parameters.box.length / 3
  const row = (name: string, m: number) =>
    parameters[name]
      ? Array.from(parameters[name].subarray(m * width, (m + 1) * width))
      : new Array<number>(width).fill(0)
  return Array.from(parameters['experts.gate'], (gate, m) => ({
    mean: row('experts.mean', m),
    logVariance: row('experts.logVariance', m),
    loading: row('experts.loading', m),
    gate,
  }))
}

/** A row within the walls, the places of what it has, and how far each value was beyond. */
function look(parameters: Parameters, row: ArrayLike<number>) {
  const walls = wallsOf(parameters)
  const values = walls.map(({ low, high }, i) => clamp(row[i], low, high))
  const places = [...walls.keys()].filter(i => !Number.isNaN(row[i]))
  const beyond = values.map((value, i) => Math.abs(row[i] - value))
  return { walls, values, places, beyond }
}

/** a = η + log N + log V, the log-odds of the Gaussian. */
export function activation(
  parameters: Parameters,
  expert: Expert,
  row: ArrayLike<number>,
  logNormal: LogNormal,
) {
  const { walls, values, places } = look(parameters, row)
  const logVolume = sum(places.map(i => Math.log(walls[i].high - walls[i].low)))
  return expert.gate + logNormal(expert, values, places) + logVolume
}

/** Σ_m log(V g_m(v)). */
export function logDensity(parameters: Parameters, row: ArrayLike<number>, logNormal: LogNormal): number {
  const { walls, places, beyond } = look(parameters, row)
  const toll = sum(places.map(i => Math.log1p(beyond[i] / walls[i].unit)))
  // log(π N V + 1 − π), π = σ(η).
  return sum(
    expertsOf(parameters).map(
      expert => softplus(activation(parameters, expert, row, logNormal)) - softplus(expert.gate) - toll,
    ),
  )
}

/** Mean and variance of an expert's factor, given that it is a Gaussian: N(t / s, 1 / s). */
export function factorOf(expert: Expert, values: readonly number[], places: readonly number[]) {
  const weighed = (i: number) => expert.loading[i] / Math.exp(expert.logVariance[i])
  const s = 1 + sum(places.map(i => expert.loading[i] * weighed(i)))
  const t = sum(places.map(i => (values[i] - expert.mean[i]) * weighed(i)))
  return { mean: t / s, variance: 1 / s }
}

/** ∂/∂θ of `logDensity`, the box included. */
function gradient(parameters: Parameters, row: ArrayLike<number>, logNormal: LogNormal) {
  const { walls, values, places, beyond } = look(parameters, row)
  const width = walls.length
  const slopes = Object.fromEntries(
    Object.entries(parameters).map(([name, { length }]) => [name, new Float64Array(length)]),
  )
  for (const [m, expert] of expertsOf(parameters).entries()) {
    const share = sigmoid(activation(parameters, expert, row, logNormal))
    const factor = factorOf(expert, values, places)
    const square = factor.mean ** 2 + factor.variance
    slopes['experts.gate'][m] = share - sigmoid(expert.gate)
    for (const i of places) {
      const [y, loading, precision] = [
        values[i] - expert.mean[i],
        expert.loading[i],
        Math.exp(-expert.logVariance[i]),
      ]
      const at = m * width + i
      const pull = share * precision * (y - loading * factor.mean)
      slopes['experts.mean'][at] = pull
      slopes['experts.logVariance'][at] =
        0.5 * share * (precision * (y * y - 2 * y * loading * factor.mean + loading ** 2 * square) - 1)
      if (slopes['experts.loading'])
        slopes['experts.loading'][at] = share * precision * (y * factor.mean - loading * square)
      const { low, high, unit } = walls[i]
      const below = row[i] < low
      const above = row[i] > high
      const toll = 1 / (unit + beyond[i])
      slopes.box[i] += -share / (high - low) - (below ? pull + toll : 0)
      slopes.box[width + i] += share / (high - low) - (above ? pull - toll : 0)
      slopes.box[2 * width + i] += (beyond[i] / unit) * toll
    }
  }
  return slopes
}

/** One update: gradients of means and loadings count σ² times; everything stays within its bounds. */
function step(parameters: Parameters, difference: Parameters, options: FamilyOptions) {
  const walls = wallsOf(parameters)
  const width = walls.length
  const rate = Math.max(Number(options.learningRate), 0)
  const variances = parameters['experts.logVariance'].map(Math.exp)
  const moved = (name: string, own: number, each: (step: number, at: number) => number) =>
    parameters[name].map((value, at) => each(value + own * difference[name][at], at))
  const wall = (at: number) => walls[at % width]
  const preconditioned = (name: string, own: number, most: (at: number) => readonly [number, number]) =>
    parameters[name].map((value, at) =>
      clamp(value + own * variances[at] * difference[name][at], ...most(at)),
    )
  const bound = Number(options.gateBound) + 4 * width
  const next: Record<string, Float64Array> = {
    'experts.mean': preconditioned('experts.mean', rate, at => [wall(at).low, wall(at).high]),
    'experts.logVariance': moved(
      'experts.logVariance',
      rate * Number(options.logVarianceRate),
      (value, at) => {
        const range = wall(at).high - wall(at).low
        const least = Math.max(Number(options.leastDeviation) * wall(at).unit, 1e-5 * range)
        return clamp(value, 2 * Math.log(least), 2 * Math.log(100 * range))
      },
    ),
    // The shares π cancel between the phases.
    'experts.gate': moved('experts.gate', rate * Number(options.gateRate), value =>
      clamp(value, -bound, bound),
    ),
    box: Float64Array.from(parameters.box),
  }
  if (parameters['experts.loading'])
    next['experts.loading'] = preconditioned('experts.loading', rate * Number(options.loadingRate), at => [
      wall(at).low - wall(at).high,
      wall(at).high - wall(at).low,
    ])
  return next
}

export const oracleOf = (logNormal: LogNormal, own: readonly string[] = []): Oracle => ({
  parameters: ['experts.mean', 'experts.logVariance', 'experts.gate', 'box', ...own],
  logDensity: (parameters, row) => logDensity(parameters, row, logNormal),
  gradient: (parameters, row) => gradient(parameters, row, logNormal),
  step,
})
