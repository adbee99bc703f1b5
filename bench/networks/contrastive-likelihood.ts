/**
 * The trap of the contrastive log-likelihood CLL = ⟨log Q∞⟩_0 − ⟨log Q∞⟩_1 (Hinton 2002, section 11): it lacks the entropies
 * that CD_1 = KL(Q0 ‖ Q∞) − KL(Q1 ‖ Q∞) has, and pays for models whose reconstructions are as likely as the data because
 * everything is. With W = 0 it is 0, while CD_1 is D log 2 − H(Q0).
 */
import { divergence, Network } from './network.ts'

export type Objective = 'contrastive divergence' | 'contrastive log-likelihood'

/** In nats. */
export interface Place {
  readonly contrastiveDivergence: number
  readonly contrastiveLogLikelihood: number
  /** H(Q∞); D log 2 where all vectors are equally probable. */
  readonly entropy: number
  readonly logLikelihood: number
}

/** Where a network is, for data of masses Q0. */
export function placeOf(network: Network, data: Float64Array): Place {
  const { logModel } = network
  const after = network.step(data)
  const logLikelihood = expected(data, logModel)
  return {
    contrastiveDivergence: divergence(data, logModel) - divergence(after, logModel),
    contrastiveLogLikelihood: logLikelihood - expected(after, logModel),
    entropy: -expected(logModel.map(Math.exp), logModel),
    logLikelihood,
  }
}

const expected = (masses: Float64Array, values: Float64Array) =>
  masses.reduce((total, mass, v) => total + mass * values[v], 0)

/** What improves the objective: −∂CD_1 / ∂W or ∂CLL / ∂W, (H, D) numbers. */
export function ascent(objective: Objective, network: Network, data: Float64Array): Float64Array {
  if (objective === 'contrastive divergence') return network.gradient(data)
  // log Z is the same in both means, and goes.
  const towardsData = network.reconstructionGradient(data, network.logWeights)
  return network.update(data).map((value, k) => value - towardsData[k])
}

/** The network after so many steps along the objective's whole gradient. */
export function improved(
  start: Network,
  data: Float64Array,
  objective: Objective,
  steps: number,
  rate: number,
): Network {
  let network = start
  for (let step = 0; step < steps; step++) {
    const direction = ascent(objective, network, data)
    network = new Network(
      network.size,
      network.weights.map((weight, k) => weight + rate * direction[k]),
    )
  }
  return network
}
