/**
 * One update of CD-1 on random networks that are small enough to sum over all their states: does what the rule leaves out
 * matter (Hinton 2002, section 11, figures 10 and 11)? The paper gives weights of "N(0, 20)"; that 20 is their deviation and
 * not their variance is told by the likelihood, which it saw fall 2 times in 1,000.
 */
import { uniforms } from '../../../fixtures/random.ts'
import { improved, type Objective, placeOf } from '../../networks/contrastive-likelihood.ts'
import { kernelDeviation } from '../../networks/kernel-update.ts'
import { Network } from '../../networks/network.ts'
import {
  type Outcome,
  outcomes,
  quantile,
  randomNetworks,
  type Simulation,
  small,
  square,
} from '../../networks/simulation.ts'
import type { Finding } from '../finding.ts'
import type { Part } from '../part.ts'
import { mention, working } from '../progress.ts'

const share = (found: readonly Outcome[], is: (outcome: Outcome) => boolean) =>
  found.filter(is).length / found.length
const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length
const inPercent = (figure: number, digits = 1) => `${(100 * figure).toFixed(digits)} %`

/** Percentiles 5, 50 and 95 of the fall of CD-1, in nats, as an implementation in numpy had them. */
const IMPROVEMENTS = [
  [0.05, 0.0059],
  [0.5, 0.0285],
  [0.95, 0.0732],
] as const

/**
 * What has to hold of figure 10's networks. The likelihood falls on 1.4 of 1,000 (28 of 20,000 elsewhere): of 20,000 on 12 to 48
 * but for one time in 4,000, of 1,000 on more than 6 as rarely. Percentiles of 1,000 are uncertain by 3 to 5 %.
 */
const scales = {
  whole: { networks: 20_000, worse: 2, falls: [12, 48], percentiles: 0.1 },
  quick: { networks: 1000, worse: 1, falls: [0, 6], percentiles: 0.2 },
} as const

function* figureTen(quick: boolean): Generator<Finding> {
  const { networks, worse, falls, percentiles } = scales[quick ? 'quick' : 'whole']
  working(`${networks} networks of 8 × 4 units, all states of both layers`)
  const found = [...outcomes({ ...small, networks, seed: 1, withGradient: true })]
  const improvements = found.map(({ improvement }) => improvement)
  const what = `8 × 4, weights of deviation 20, ${networks} networks`
  yield {
    what: `${what}: the update has a positive cosine with the gradient (all elsewhere)`,
    figure: share(found, ({ cosine }) => cosine > 0),
    goal: 1,
  }
  const wrong = mean(found.map(({ wrongSigns }) => wrongSigns))
  const moved = `${what}: weights moved the wrong way (.158 elsewhere)`
  yield { what: moved, figure: wrong, goal: 0.13 }
  yield { what: moved, figure: wrong, goal: 0.19, bound: 'most' }
  const worsened = improvements.filter(improvement => improvement <= 0).length
  yield { what: `${what}: contrastive divergence rose on`, figure: worsened, goal: worse, bound: 'most' }
  const fell = found.filter(({ likelihood }) => likelihood < 0).length
  const [least, most] = falls
  const falling = `${what}: the likelihood fell on (paper: 2 of 1,000)`
  if (least > 0) yield { what: falling, figure: fell, goal: least }
  yield { what: falling, figure: fell, goal: most, bound: 'most' }
  const quantiles = IMPROVEMENTS.map(([level]) => quantile(improvements, level))
  mention(
    `contrastive divergence falls by ${quantiles.map(value => value.toFixed(4)).join(' / ')} nats at percentiles 5 / 50 / 95`,
  )
  yield {
    what: `${what}: these beside ${IMPROVEMENTS.map(([, value]) => value).join(' / ')}, relative`,
    figure: Math.max(...IMPROVEMENTS.map(([, value], k) => Math.abs(quantiles[k] / value - 1))),
    goal: percentiles,
    bound: 'most',
  }
}

/** Other readings of the paper's words, and what was found elsewhere: reported, not promised. */
const readings: readonly [name: string, simulation: Partial<Simulation>, elsewhere: string][] = [
  ['deviation 20, 10 vectors', { data: 10 }, '100 %; 16; 9.5 %; 51; 86.4 %'],
  ['deviation √20, all states', { deviation: Math.sqrt(20) }, '100 %; 0; 12.0 %; 2; 99.8 %'],
  ['deviation √20, 10 vectors', { deviation: Math.sqrt(20), data: 10 }, '100 %; 0; 10.6 %; 3; 97.6 %'],
  ['deviation 1, all states', { deviation: 1, networks: 2000 }, '100 %; 0; 3.1 %; 0; 100 %'],
  ['deviation 20, 1 vector', { data: 1, networks: 2000 }, '98.5 %; 30; 6.5 %; 0; 55.8 %'],
]

function report(): void {
  mention(
    'cosine positive; divergence rose; weights moved the wrong way; likelihood fell; what is not modelled helps',
  )
  for (const [n, [name, simulation, elsewhere]] of readings.entries()) {
    const networks = simulation.networks ?? 20_000
    working(`${networks} networks, ${name}`)
    const found = [...outcomes({ ...small, networks, ...simulation, seed: n + 2, withGradient: true })]
    const figures = [
      inPercent(share(found, ({ cosine }) => cosine > 0)),
      found.filter(({ improvement }) => improvement <= 0).length,
      inPercent(mean(found.map(({ wrongSigns }) => wrongSigns))),
      found.filter(({ likelihood }) => likelihood < 0).length,
      inPercent(share(found, ({ unmodelled }) => unmodelled < 0)),
    ].join('; ')
    mention(`8 × 4, ${name}, ${networks} networks: ${figures} (elsewhere ${elsewhere})`)
  }
}

/** Two units a layer, where the paper says that it may go wrong; of 1,000 the share is uncertain by .5 %. */
function* exception(quick: boolean): Generator<Finding> {
  const size = { visible: 2, hidden: 2, networks: quick ? 1000 : 20_000, seed: 7 }
  const figure = share([...outcomes({ ...small, ...size, withGradient: true })], ({ cosine }) => cosine > 0)
  const [least, most] = quick ? [0.965, 0.995] : [0.975, 0.985]
  const what = '2 × 2, where the paper excepts it: cosine positive on (.979 elsewhere)'
  yield { what, figure, goal: least }
  yield { what, figure, goal: most, bound: 'most' }
}

function* figureEleven(quick: boolean): Generator<Finding> {
  const networks = quick ? 8 : 100
  working(`${networks} networks of 10 × 10 units`)
  const found = [...outcomes({ ...square, networks, seed: 8 })]
  mention(
    `10 × 10: what is not modelled helps on ${inPercent(share(found, o => o.unmodelled < 0))} (paper: almost always)`,
  )
  yield {
    what: `10 × 10, ${networks} networks: what is not modelled harms more than is gained (paper: hardly ever)`,
    figure: found.filter(({ modelled, unmodelled }) => unmodelled > modelled).length,
    goal: quick ? 0 : 1,
    bound: 'most',
  }
}

/** The rule of all the above is the one that the kernel learns by. Of 32 weights one is 4.5 standard errors off 1 time in 5,000. */
function* kernel(quick: boolean): Generator<Finding> {
  for (const deviation of [1, 4.5, 20]) {
    const [{ network, data }] = randomNetworks({ ...small, deviation, networks: 1, seed: 9 })
    const rounded = new Network(network.size, network.weights.map(Math.fround))
    yield {
      what: `the kernel's mean update beside the exact one, deviation ${deviation}, standard errors`,
      figure: kernelDeviation(rounded, data, quick ? 2000 : 20_000, uniforms(10)),
      goal: 4.5,
      bound: 'most',
    }
  }
}

const objectives: readonly Objective[] = ['contrastive log-likelihood', 'contrastive divergence']

/** Four of the 64 vectors of six bits. */
const fourVectors = (seed: number): Simulation => ({
  ...small,
  visible: 6,
  hidden: 2,
  deviation: 0.1,
  data: 4,
  networks: 1,
  seed,
})

/** Without entropies a model gains by making everything equally probable. */
function* trap(quick: boolean): Generator<Finding> {
  const data = Float64Array.from({ length: 64 }, (_, v) => ([9, 18, 36, 63].includes(v) ? 1 / 4 : 0))
  const flat = placeOf(new Network({ visible: 6, hidden: 2 }, new Float64Array(12)), data)
  yield {
    what: 'W = 0, four vectors of six bits: |contrastive log-likelihood|, nats',
    figure: Math.abs(flat.contrastiveLogLikelihood),
    goal: 1e-12,
    bound: 'most',
  }
  yield {
    what: 'W = 0: contrastive divergence beside 6 log 2 − log 4 = 2.77259, nats',
    figure: Math.abs(flat.contrastiveDivergence - Math.log(16)),
    goal: 1e-12,
    bound: 'most',
  }
  const gains = Array.from({ length: quick ? 3 : 20 }, (_, k) => {
    const [{ network, data }] = randomNetworks(fourVectors(k + 1))
    const [likelihood, divergence] = objectives.map(objective =>
      placeOf(improved(network, data, objective, 2000, 0.1), data),
    )
    return likelihood.entropy - divergence.entropy
  })
  yield {
    what: 'climbing the contrastive log-likelihood ends nearer to equiprobability than CD-1: least difference of entropies, nats',
    figure: Math.min(...gains),
    goal: 0,
  }
}

export const networks: Part = {
  name: 'networks',
  *measure({ quick }) {
    yield* figureTen(quick)
    yield* exception(quick)
    yield* figureEleven(quick)
    yield* kernel(quick)
    yield* trap(quick)
    if (!quick) report()
  },
}
