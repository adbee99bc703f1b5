/**
 * Bars and stripes on 4 × 4 pixels with 16 hidden units, one presentation at a time, exact likelihoods: the mean over the 32
 * presentations, −3.379 nats at best. That CD-1 rises and then falls was shown by Fischer and Igel (2010).
 */
import type { FamilyOptions } from '../../../pipeline/experts/product.ts'
import { plain } from '../../../test/reference/bars-and-stripes.ts'
import { learnBars, learnBarsInBatches, PRESENTATIONS } from '../../bars-learning.ts'
import type { Finding } from '../finding.ts'
import type { Part } from '../part.ts'
import { mention, working } from '../progress.ts'

const SEEDS = [1, 2, 3, 4, 5]
const EPOCHS = 800
/** Of CD-1 in batches, with the best of which it is compared: after so few updates the highest ones. */
const BATCH_RATES = [0.1, 0.2, 0.4, 0.8]

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** The median over five seeds after so many passes. */
const reached = (options: FamilyOptions) =>
  median(
    SEEDS.map(seed => learnBars({ ...plain, ...options, seed }, [EPOCHS * PRESENTATIONS], 'passes')[0].mean),
  )

function* besideBatches(quick: boolean): Generator<Finding> {
  const online = reached({ learningRate: 0.01 })
  yield { what: 'CD-1 online, rate .01, 800 epochs, median of 5, nats', figure: online, goal: -5.4 }
  working('CD-1 in batches at four rates')
  const seeds = quick ? [1] : SEEDS
  const rates = quick ? BATCH_RATES.slice(2) : BATCH_RATES
  const batches = rates.map(rate =>
    median(seeds.map(seed => learnBarsInBatches(rate, seed, [EPOCHS * PRESENTATIONS])[0].mean)),
  )
  const best = Math.max(...batches)
  mention(
    `CD-1 in batches of 32, as many presentations, rates ${rates.join(', ')}: ${batches.map(nats => nats.toFixed(2)).join(', ')}`,
  )
  yield { what: 'CD-1 online less batches of 32 at their best rate, nats', figure: online - best, goal: -0.3 }
  yield {
    what: 'CD-10 online, rate .05, 800 epochs, median of 5, nats',
    figure: reached({ learningRate: 0.05, cdSteps: 10 }),
    goal: -4.7,
  }
}

/** A CD-1 that does not turn down has a broken sampler. */
function* longRun(): Generator<Finding> {
  const after = Array.from({ length: 8 }, (_, k) => (k + 1) * 1000 * PRESENTATIONS)
  const curve = learnBars({ ...plain, learningRate: 0.01 }, after, 'passes').map(({ mean }) => mean)
  yield {
    what: 'CD-1 online, rate .01, 8,000 epochs: falls from its best by, nats (Fischer and Igel 2010: it does)',
    figure: Math.max(...curve) - curve[7],
    goal: 0.3,
  }
}

/** In random order, as in a stream. */
function* recipe(quick: boolean): Generator<Finding> {
  const after = quick ? [100_000] : [100_000, 1_000_000]
  const runs = SEEDS.map(seed => learnBars({ seed }, after))
  for (const [k, goal] of [-3.6, -3.7].slice(0, after.length).entries()) {
    yield {
      what: `the default recipe, ${after[k].toLocaleString('en')} presentations, median of 5, nats (numpy ${[-3.56, -3.67][k]}, best −3.379)`,
      figure: median(runs.map(fits => fits[k].mean)),
      goal,
    }
  }
  yield {
    what: 'the default recipe: false drift resets in all of these',
    figure: runs.reduce((total, fits) => total + fits[after.length - 1].resets, 0),
    goal: 0,
    bound: 'most',
  }
}

export const bars: Part = {
  name: 'bars',
  *measure({ quick }) {
    yield* besideBatches(quick)
    yield* longRun()
    yield* recipe(quick)
  },
}
