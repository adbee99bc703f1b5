/** Many small random networks and one update of CD-1 on each: what becomes of divergence and likelihood (Hinton 2002, figures 10 and 11). */
import { uniforms } from '../../fixtures/random.ts'
import { divergence, Network, type Size } from './network.ts'

export interface Simulation extends Size {
  /** The standard deviation of the weights. */
  readonly deviation: number
  /** Random masses on all visible states, or as many random vectors. */
  readonly data: 'all states' | number
  /** ε of the one update W += ε (⟨vh⟩_0 − ⟨vh⟩_1). */
  readonly rate: number
  readonly networks: number
  readonly seed: number
  /** Also compare the update with the whole gradient? */
  readonly withGradient?: boolean
}

/** The networks of the paper's figure 10. */
export const small = { visible: 8, hidden: 4, deviation: 20, data: 'all states', rate: 0.01 } as const
/** Those of its figure 11. */
export const square = { visible: 10, hidden: 10, deviation: 10, data: 'all states', rate: 0.01 } as const

/** What became of one network. In nats, but for the first two. */
export interface Outcome {
  /** Between the update and −∂CD_1 / ∂W; NaN where it was not asked for. */
  readonly cosine: number
  /** The share of weights that the update moves against the gradient. */
  readonly wrongSigns: number
  /** By how much CD_1 fell. */
  readonly improvement: number
  /** By how much the mean log-likelihood of the data rose. */
  readonly likelihood: number
  /** By how much CD_1 would have fallen, had the update left the reconstructions as they were. */
  readonly modelled: number
  /** What the change of the reconstructions takes from that; the improvement is `modelled` less this. */
  readonly unmodelled: number
}

/** A source of normal numbers from one of uniform ones (Box and Muller 1958). */
const normals = (uniform: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

/** Uniform weights on all states, or on `vectors` of them that are drawn, with repetition; they sum to one. */
function randomData(states: number, data: Simulation['data'], uniform: () => number): Float64Array {
  const masses = new Float64Array(states)
  if (data === 'all states') for (let v = 0; v < states; v++) masses[v] = uniform()
  else for (let n = 0; n < data; n++) masses[Math.floor(states * uniform())]++
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return masses.map(mass => mass / total)
}

const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, k) => sum + value * y[k], 0)

/** How an update compares with the gradient. */
function comparison(update: Float64Array, gradient: Float64Array) {
  const wrong = update.reduce((count, value, k) => count + Number(value * gradient[k] < 0), 0)
  return {
    cosine: dot(update, gradient) / Math.sqrt(dot(update, update) * dot(gradient, gradient)),
    wrongSigns: wrong / update.length,
  }
}

/** One update of one network, and what came of it. */
export function updated(network: Network, data: Float64Array, rate: number, withGradient = false): Outcome {
  const update = network.update(data)
  const next = new Network(
    network.size,
    network.weights.map((weight, k) => weight + rate * update[k]),
  )
  const [before, after] = [network.step(data), next.step(data)]
  const likelihood = divergence(data, network.logModel) - divergence(data, next.logModel)
  const stays = divergence(before, next.logModel)
  const modelled = likelihood - divergence(before, network.logModel) + stays
  const unmodelled = stays - divergence(after, next.logModel)
  return {
    ...(withGradient
      ? comparison(update, network.gradient(data))
      : { cosine: Number.NaN, wrongSigns: Number.NaN }),
    improvement: modelled - unmodelled,
    likelihood,
    modelled,
    unmodelled,
  }
}

/** A network and data for it. */
export function* randomNetworks(simulation: Simulation): Generator<{ network: Network; data: Float64Array }> {
  const { visible, hidden, deviation, data, networks, seed } = simulation
  const uniform = uniforms(seed)
  const normal = normals(uniform)
  for (let n = 0; n < networks; n++) {
    const weights = Float64Array.from({ length: hidden * visible }, () => deviation * normal())
    yield {
      network: new Network({ visible, hidden }, weights),
      data: randomData(2 ** visible, data, uniform),
    }
  }
}

/** What becomes of each network by one update. */
export function* outcomes(simulation: Simulation): Generator<Outcome> {
  for (const { network, data } of randomNetworks(simulation)) {
    yield updated(network, data, simulation.rate, simulation.withGradient)
  }
}

/** The value that so large a share of the values lies below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(share * (sorted.length - 1))]
}
