/** log Z followed through learning, pseudo-likelihood beside enumeration, and the free-energy gap where nothing is overfitted. */
import { uniforms } from '../../../fixtures/random.ts'
import { rbm } from '../../../pipeline/experts/rbm.ts'
import {
  exactLogPartition,
  LogPartitionTrack,
  OverfittingWatch,
  pseudoLikelihood,
} from '../../../pipeline/index.ts'
import { freeEnergy, load, randomMachine, rounded, softplus } from '../../../test/reference/rbm.ts'
import { blackAndWhite } from '../../images/images.ts'
import { someMnist } from '../../images/mnist.ts'
import type { Finding } from '../finding.ts'
import { working } from '../progress.ts'

const PIXELS = 784
/** Rows that the starting point is taken from. */
const FIRST = 1000
/** Updates from one look of the track to the next. */
const EVERY = 20

/** 16 hidden units that learn digits from scratch, beside exact values on the way. */
export function* learningMachine(updates: number, seeds: readonly number[]): Generator<Finding> {
  const { pixels } = blackAndWhite(someMnist())
  for (const seed of seeds) {
    working(`log Z through ${updates} updates, seed ${seed}`)
    const product = rbm.create([{ kind: 'bernoulli', size: PIXELS }], { hidden: 16, seed })
    product.initialise(pixels.subarray(0, FIRST * PIXELS))
    const track = new LogPartitionTrack(product, exactLogPartition(product), { seed })
    for (let n = 0; n < updates; n += EVERY) {
      product.learnMany(pixels.subarray(n * PIXELS, (n + EVERY) * PIXELS))
      track.update()
    }
    const error = Math.abs(track.logPartition - exactLogPartition(product))
    const what = `log Z followed through ${updates} updates, seed ${seed}: error`
    yield { what: `${what}, nats`, figure: error, goal: 0.5, bound: 'most' }
    // Of eight groups: a t distribution with seven degrees of freedom is beyond 5 once in 600 times.
    yield { what: `${what} in standard errors`, figure: error / track.standardError, goal: 5, bound: 'most' }
    product.release()
  }
}

const turned = (row: readonly number[], i: number) => row.map((value, at) => (at === i ? 1 - value : value))

/** All sites of 12 × 8, by turning each of them in float64. */
export function* sites(): Generator<Finding> {
  const machine = rounded(randomMachine([{ kind: 'bernoulli', size: 12 }], 8, 1.5, uniforms(5)))
  const product = rbm.create(machine.visible, { hidden: 8 })
  load(product, machine)
  const uniform = uniforms(6)
  const rows = Array.from({ length: 500 }, () => Array.from({ length: 12 }, () => Number(uniform() < 0.5)))
  const expected = Array.from({ length: 12 }, (_, i) => {
    const logs = rows.map(row => -softplus(freeEnergy(machine, row) - freeEnergy(machine, turned(row, i))))
    return logs.reduce((sum, log) => sum + log, 0) / rows.length
  })
  const { perGroup } = pseudoLikelihood(product, Float32Array.from(rows.flat()))
  product.release()
  const figure = Math.max(...expected.map((value, i) => Math.abs(value - perGroup[i])))
  yield { what: 'log pseudo-likelihood of 12 sites: largest error, nats', figure, goal: 1e-5, bound: 'most' }
}

/** Rows that never come again: nothing is learned by heart, and nothing must be said. */
export function* nothingOverfitted(count: number): Generator<Finding> {
  const uniform = uniforms(8)
  const product = rbm.create([{ kind: 'bernoulli', size: 16 }], { hidden: 32, learningRateDecay: 0 })
  const watch = new OverfittingWatch<Float32Array>(product, { pairs: 64 })
  let notices = 0
  for (let n = 0; n < count; n++) {
    const [left, right] = [uniform() < 0.5, uniform() < 0.3]
    watch.learnOne(
      Float32Array.from({ length: 16 }, (_, i) => Number(uniform() < ((i < 8 ? left : right) ? 0.8 : 0.2))),
    )
    if (n % 640 === 639 && watch.look?.overfitting) notices++
  }
  product.release()
  const what = `free-energy gap over ${count} rows that never come again: false notices`
  yield { what, figure: notices, goal: 0, bound: 'most' }
}
