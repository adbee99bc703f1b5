/**
 * How the exact likelihood of bars and stripes rises and falls with long training by contrastive divergence (Fischer and
 * Igel 2010), and how it does not by the default recipe; one presentation at a time.
 */
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import { plain } from '../../test/reference/bars-and-stripes.ts'
import { type Fit, learnBars, learnBarsInBatches } from '../bars-learning.ts'
import type { Figure } from './figure.ts'

const SEEDS = [1, 2, 3]
const LEAST = 4000
const MOST = 1_024_000
const LEARNING_RATE = 0.01
/** Σ of the 30 log-probabilities where the mean over the 32 presentations is best. */
const BEST = -102.59
/** Persistent chains at a constant rate leave the picture. */
const LOW = -260

/** Presentations after which it is looked, at equal distances of the logarithm and after whole passes. */
const after = Array.from({ length: 33 }, (_, k) => 32 * Math.round((LEAST * (MOST / LEAST) ** (k / 32)) / 32))

const constant = (options: FamilyOptions): FamilyOptions => ({
  ...plain,
  learningRate: LEARNING_RATE,
  ...options,
})
const learners: Readonly<Record<string, (seed: number) => Fit[]>> = {
  'the default recipe': seed => learnBars({ seed }, after),
  'CD-10': seed => learnBars(constant({ cdSteps: 10, seed }), after),
  'CD-2': seed => learnBars(constant({ cdSteps: 2, seed }), after),
  'CD-1': seed => learnBars(constant({ seed }), after),
  'CD-1, batches of 32': seed => learnBarsInBatches(0.1, seed, after),
  'one persistent chain': seed => learnBars(constant({ persistentChains: 1, seed }), after),
}

/** The median, the least and the most of all seeds at each place. */
const curve = (learner: string, runs: readonly Fit[][]) =>
  after.map((presentations, k) => {
    const sums = runs.map(fits => fits[k].sum).sort((a, b) => a - b)
    return {
      learner,
      presentations,
      low: sums[0],
      sum: sums[sums.length >> 1],
      high: sums[sums.length - 1],
    }
  })

const x = {
  field: 'presentations',
  type: 'quantitative' as const,
  scale: { type: 'log' as const, domain: [LEAST, MOST] },
  axis: { title: 'presentations', grid: false, values: [10_000, 100_000, 1_000_000], format: ',d' },
}
const y = {
  field: 'sum',
  type: 'quantitative' as const,
  scale: { domain: [LOW, -90] },
  axis: { title: 'Σ log p over the 30 patterns, nats', grid: false },
}
const color = {
  field: 'learner',
  type: 'nominal' as const,
  scale: {
    domain: Object.keys(learners),
    range: ['#4c78a8', '#54a24b', '#eeca3b', '#e45756', '#b279a2', '#9d755d'],
  },
  legend: { title: null, symbolStrokeWidth: 3, symbolOpacity: 1 },
}

export const figure: Figure = {
  name: 'bars-and-stripes',
  title: 'Bars and stripes: contrastive divergence learns them, and unlearns them',
  seconds: 50,
  async draw() {
    const values = Object.entries(learners).flatMap(([name, learn]) => curve(name, SEEDS.map(learn)))
    const best = [{ sum: BEST, name: `best possible: ${String(BEST).replace('-', '−')}` }]
    return {
      config: { aria: false, view: { stroke: null } },
      width: 520,
      height: 340,
      layer: [
        {
          data: { values },
          mark: { type: 'area', clip: true, opacity: 0.15 },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
        },
        {
          data: { values },
          mark: { type: 'line', clip: true, strokeWidth: 2 },
          encoding: { x, y, color },
        },
        {
          data: { values: best },
          mark: { type: 'rule', strokeDash: [4, 4], color: '#666' },
          encoding: { y },
        },
        {
          data: { values: best },
          mark: { type: 'text', align: 'left', x: 6, dy: -7, color: '#666' },
          encoding: { y, text: { field: 'name' } },
        },
      ],
    }
  },
}
