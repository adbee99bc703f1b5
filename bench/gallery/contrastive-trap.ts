/**
 * Climbing the contrastive log-likelihood, beside descending the contrastive divergence, along the whole gradients (Hinton
 * 2002, section 11): without entropies, models are content to make everything equally probable.
 */
import { ascent, type Objective, placeOf } from '../networks/contrastive-likelihood.ts'
import { Network } from '../networks/network.ts'
import { randomNetworks, small } from '../networks/simulation.ts'
import type { Figure } from './figure.ts'

const objectives: readonly Objective[] = ['contrastive log-likelihood', 'contrastive divergence']
const RATE = 0.1
const STEPS = 3000
/** Points of a curve, at equal distances of the logarithm. */
const places = new Set(Array.from({ length: 60 }, (_, k) => Math.round(STEPS ** (k / 59))))

/** H(Q∞) and both objectives on the way of one of them. */
function way(start: Network, data: Float64Array, objective: Objective) {
  let network = start
  const curve = []
  for (let step = 1; step <= STEPS; step++) {
    const direction = ascent(objective, network, data)
    network = new Network(
      network.size,
      network.weights.map((weight, k) => weight + RATE * direction[k]),
    )
    if (places.has(step)) curve.push({ objective, step, ...placeOf(network, data) })
  }
  return curve
}

const colour = {
  field: 'objective',
  scale: { domain: [...objectives], range: ['#e45756', '#4c78a8'] },
  legend: { title: 'what is improved', orient: 'bottom' as const },
}

/** A curve for each objective, and a dashed line at a value with a name. */
const panel = (
  title: string,
  values: ReturnType<typeof way>,
  field: string,
  domain: number[],
  marks: Mark[],
) => ({
  title,
  width: 230,
  height: 200,
  layer: [
    {
      data: { values },
      mark: { type: 'line' as const, strokeWidth: 2 },
      encoding: {
        x: {
          field: 'step',
          type: 'quantitative' as const,
          scale: { type: 'log' as const, domain: [1, STEPS] },
          axis: { title: 'steps', grid: false, values: [1, 10, 100, 1000] },
        },
        y: { field, type: 'quantitative' as const, axis: { title: 'nats', grid: false }, scale: { domain } },
        color: colour,
      },
    },
    {
      data: { values: marks },
      mark: { type: 'rule' as const, strokeDash: [4, 4], color: '#888' },
      encoding: { y: { field: 'at', type: 'quantitative' as const } },
    },
    {
      data: { values: marks },
      mark: { type: 'text' as const, align: 'left' as const, x: 6, dy: -7, color: '#666' },
      encoding: { y: { field: 'at', type: 'quantitative' as const }, text: { field: 'name' } },
    },
  ],
})

interface Mark {
  readonly at: number
  readonly name: string
}

export const figure: Figure = {
  name: 'contrastive-trap',
  title: 'The contrastive log-likelihood is content with models that the divergence is not',
  async draw() {
    const [{ network, data }] = randomNetworks({
      ...small,
      visible: 6,
      hidden: 2,
      deviation: 0.1,
      data: 4,
      networks: 1,
      seed: 4,
    })
    const values = objectives.flatMap(objective => way(network, data, objective))
    const entropies = [
      { at: 6 * Math.LN2, name: 'all 64 vectors equally probable' },
      { at: Math.log(4), name: 'the four vectors of the data' },
    ]
    return {
      config: { aria: false, view: { stroke: null } },
      hconcat: [
        panel('Entropy of the model', values, 'entropy', [0, 5], entropies),
        panel(
          'Contrastive log-likelihood',
          values,
          'contrastiveLogLikelihood',
          [-0.2, 1],
          [{ at: 0, name: 'where all are equally probable' }],
        ),
        panel(
          'Contrastive divergence',
          values,
          'contrastiveDivergence',
          [0, 3.2],
          [{ at: Math.log(16), name: 'where all are equally probable' }],
        ),
      ],
    }
  },
}
