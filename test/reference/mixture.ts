/**
 * Products of mixtures in float64, by definition, and their expansion: Π_m Σ_k = Σ over all choices of a component of
 * each expert, K^M normal distributions with diagonal covariances.
 */
import type { Tensors } from '../../pipeline/experts/product.ts'
import type { Oracle, Parameters } from './oracle.ts'

/** One component: its weight α, and mean and root 1/σ of each field. */
interface Component {
  readonly weight: number
  readonly mean: number[]
  readonly root: number[]
}

/** Experts of components. */
export type Mixtures = readonly (readonly Component[])[]

const range = (count: number) => Array.from({ length: count }, (_, index) => index)
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

export function logSumExp(values: readonly number[]): number {
  const most = Math.max(...values)
  return most + Math.log(sum(values.map(value => Math.exp(value - most))))
}

const oracleParameters = ['experts.logits', 'experts.means', 'experts.roots']

export const parametersOf = (tensors: Tensors): Parameters =>
  Object.fromEntries(oracleParameters.map(name => [name, Float64Array.from(tensors[name].data)]))

/** `components`: K. */
export function mixturesOf(parameters: Parameters, components: number): Mixtures {
  const logits = parameters['experts.logits']
  const width = parameters['experts.means'].length / logits.length
  const lineOf = (name: string, c: number) => Array.from(parameters[name].slice(c * width, (c + 1) * width))
  return range(logits.length / components).map(m => {
    const own = Array.from(logits.slice(m * components, (m + 1) * components))
    return own.map((logit, k) => ({
      weight: Math.exp(logit - logSumExp(own)),
      mean: lineOf('experts.means', m * components + k),
      root: lineOf('experts.roots', m * components + k),
    }))
  })
}

/** log α N(v) over the fields that the row has. */
function logTerm({ weight, mean, root }: Component, row: ArrayLike<number>): number {
  const terms = mean.map((mu, i) =>
    Number.isNaN(row[i])
      ? 0
      : Math.log(root[i]) - 0.5 * Math.log(2 * Math.PI) - 0.5 * (root[i] * (row[i] - mu)) ** 2,
  )
  return Math.log(weight) + sum(terms)
}

const logTerms = (expert: readonly Component[], row: ArrayLike<number>) =>
  expert.map(component => logTerm(component, row))

/** −Σ_m log g_m. */
export const energy = (experts: Mixtures, row: ArrayLike<number>): number =>
  -sum(experts.map(expert => logSumExp(logTerms(expert, row))))

/** r_mk. */
export const posterior = (experts: Mixtures, row: ArrayLike<number>): number[][] =>
  experts.map(expert => {
    const terms = logTerms(expert, row)
    return terms.map(term => Math.exp(term - logSumExp(terms)))
  })

/** One normal distribution of the expansion: log of its mass before normalisation, its means and precisions. */
export interface Mode {
  readonly logMass: number
  readonly mean: number[]
  readonly precision: number[]
}

/** ∫ of a product of normal densities of one field, and the density that it is proportional to. */
function multiply(parts: readonly { mean: number; precision: number }[]) {
  const precision = sum(parts.map(part => part.precision))
  const mean = sum(parts.map(part => part.precision * part.mean)) / precision
  const heights = parts.map(part => 0.5 * Math.log(part.precision / (2 * Math.PI)))
  const distances = parts.map(part => 0.5 * part.precision * (mean - part.mean) ** 2)
  const log = sum(heights) - sum(distances) + 0.5 * Math.log((2 * Math.PI) / precision)
  return { log, mean, precision }
}

/** All K^M choices. */
function choices(experts: Mixtures): Component[][] {
  return experts.reduce<Component[][]>(
    (all, expert) => all.flatMap(chosen => expert.map(component => [...chosen, component])),
    [[]],
  )
}

/** Π_m g_m as a sum of K^M normal densities. */
export function expansion(experts: Mixtures): Mode[] {
  return choices(experts).map(chosen => {
    const fields = chosen[0].mean.map((_, i) =>
      multiply(chosen.map(({ mean, root }) => ({ mean: mean[i], precision: root[i] ** 2 }))),
    )
    return {
      logMass: sum(chosen.map(({ weight }) => Math.log(weight))) + sum(fields.map(({ log }) => log)),
      mean: fields.map(({ mean }) => mean),
      precision: fields.map(({ precision }) => precision),
    }
  })
}

/** log Z = log ∫ Π_m g_m. */
export const logPartition = (experts: Mixtures): number =>
  logSumExp(expansion(experts).map(({ logMass }) => logMass))

/** log of the sum of the expansion at a complete row: Σ_m log g_m, by the other road. */
export function logExpanded(modes: readonly Mode[], row: ArrayLike<number>): number {
  const terms = modes.map(({ logMass, mean, precision }) => {
    const heights = precision.map(
      (own, i) => 0.5 * Math.log(own / (2 * Math.PI)) - 0.5 * own * (row[i] - mean[i]) ** 2,
    )
    return logMass + sum(heights)
  })
  return logSumExp(terms)
}

/** Exact draws from the product. */
export function draw(modes: readonly Mode[], count: number, uniform: () => number): number[][] {
  const total = logSumExp(modes.map(({ logMass }) => logMass))
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return range(count).map(() => {
    let left = uniform()
    const found = modes.findIndex(({ logMass }) => {
      left -= Math.exp(logMass - total)
      return left < 0
    })
    const { mean, precision } = modes[found < 0 ? modes.length - 1 : found]
    return mean.map((mu, i) => mu + normal() / Math.sqrt(precision[i]))
  })
}

/** The likeliest value of a field given the others: the best of a grid over all means, refined by halving. */
export function likeliest(experts: Mixtures, row: ArrayLike<number>, field: number): number {
  const at = (value: number) =>
    -energy(
      experts,
      Array.from(row, (own, i) => (i === field ? value : own)),
    )
  const parts = experts.flat()
  const low = Math.min(...parts.map(({ mean, root }) => mean[field] - 1 / root[field]))
  const high = Math.max(...parts.map(({ mean, root }) => mean[field] + 1 / root[field]))
  let width = (high - low) / 300
  let best = range(301).reduce((found, n) => (at(low + n * width) > at(found) ? low + n * width : found), low)
  for (; width > 1e-6 * (high - low); width /= 2) {
    for (const next of [best - width / 2, best + width / 2]) if (at(next) > at(best)) best = next
  }
  return best
}

/** −log p(v_i | v_−i) / max p of the first fields. */
export function surprise(experts: Mixtures, row: ArrayLike<number>, fields = row.length): number[] {
  return Array.from(row)
    .slice(0, fields)
    .map((value, field) => {
      if (Number.isNaN(value)) return Number.NaN
      const best = Array.from(row)
      best[field] = likeliest(experts, row, field)
      return Math.max(0, energy(experts, row) - energy(experts, best))
    })
}

/** v_i ← Σ r ρ² μ / Σ r ρ², `steps` times. */
export function reconstruct(experts: Mixtures, row: ArrayLike<number>, steps: number): number[] {
  let v = Array.from(row)
  for (let step = 0; step < steps; step++) {
    const r = posterior(experts, v)
    v = v.map((_, i) => {
      const parts = experts.flatMap((expert, m) =>
        expert.map(({ mean, root }, k) => ({ own: r[m][k] * root[i] ** 2, mean: mean[i] })),
      )
      return sum(parts.map(({ own, mean }) => own * mean)) / sum(parts.map(({ own }) => own))
    })
  }
  return v
}

function gradient(parameters: Parameters, row: ArrayLike<number>, components: number) {
  const experts = mixturesOf(parameters, components)
  const r = posterior(experts, row).flat()
  const parts = experts.flat()
  const over = (of: (part: Component, i: number, d: number) => number) =>
    Float64Array.from(
      parts.flatMap((part, c) =>
        part.mean.map((mu, i) => (Number.isNaN(row[i]) ? 0 : r[c] * of(part, i, row[i] - mu))),
      ),
    )
  return {
    'experts.logits': Float64Array.from(parts, ({ weight }, c) => r[c] - weight),
    'experts.means': over(({ root }, i, d) => root[i] ** 2 * d),
    'experts.roots': over(({ root }, i, d) => 1 / root[i] - root[i] * d * d),
  }
}

const within = (x: number, most: number) => Math.max(-most, Math.min(most, x))

/** μ moves by 1/ρ² and ρ by ρ²/2; a mean by one deviation at most, ρ by a tenth of it. */
function step(parameters: Parameters, difference: Parameters, options: Readonly<Record<string, unknown>>) {
  const rate = Number(options.learningRate)
  const roots = parameters['experts.roots']
  return {
    'experts.logits': parameters['experts.logits'].map(
      (value, c) => value + within(rate * difference['experts.logits'][c], 0.5),
    ),
    'experts.means': parameters['experts.means'].map(
      (value, c) => value + within((rate * difference['experts.means'][c]) / roots[c] ** 2, 1 / roots[c]),
    ),
    'experts.roots': roots.map(
      (value, c) => value * (1 + within(0.5 * rate * value * difference['experts.roots'][c], 0.1)),
    ),
  }
}

export const oracle = (_: unknown, options: Readonly<Record<string, unknown>>): Oracle => {
  const components = Number(options.components ?? 4)
  return {
    parameters: oracleParameters,
    logDensity: (parameters, row) => -energy(mixturesOf(parameters, components), row),
    gradient: (parameters, row) => gradient(parameters, row, components),
    step,
  }
}
