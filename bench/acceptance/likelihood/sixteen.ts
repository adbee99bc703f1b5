/** MNIST at a threshold of one half, 16 hidden units, the default recipe, one example at a time, exact test likelihood. */
import { uniforms } from '../../../fixtures/random.ts'
import { rbm } from '../../../pipeline/experts/rbm.ts'
import { exactLogLikelihood } from '../../../test/reference/likelihood.ts'
import { blackAndWhite, shuffled } from '../../images/images.ts'
import { allMnist, someMnist } from '../../images/mnist.ts'
import type { Finding } from '../finding.ts'
import type { Part, Source } from '../part.ts'

const PIXELS = 784
/** Rows that the starting point is taken from. */
const FIRST = 1000

function* measure({ folder, quick }: Source): Generator<Finding> {
  // A test of what CI has: ten thousand digits.
  if (quick) return yield* afterOnePass()
  const train = blackAndWhite(allMnist(folder).train)
  const test = blackAndWhite(allMnist(folder).test)
  for (const seed of [1, 2, 3]) {
    const uniform = uniforms(seed)
    const machine = rbm.create([{ kind: 'bernoulli', size: PIXELS }], { hidden: 16, seed })
    for (const pass of [1, 2]) {
      const { pixels } = shuffled(train, uniform)
      if (pass === 1) machine.initialise(pixels.subarray(0, FIRST * PIXELS))
      machine.learnMany(pixels)
      const figure = exactLogLikelihood(machine, test.pixels, 'average')
      // Mini-batches of 100, persistent chains, centred, 50 passes: −142.56 (PyDeep's documentation, RBM_MNIST_small).
      yield { what: `seed ${seed}, after pass ${pass}, test nats`, figure, goal: -141 }
    }
    machine.release()
  }
}

function* afterOnePass(): Generator<Finding> {
  const { pixels } = blackAndWhite(someMnist())
  const held = 9000 * PIXELS
  const machine = rbm.create([{ kind: 'bernoulli', size: PIXELS }], { hidden: 16, seed: 1 })
  machine.initialise(pixels.subarray(0, FIRST * PIXELS))
  machine.learnMany(pixels.subarray(0, held))
  const figure = exactLogLikelihood(machine, pixels.subarray(held), 'average')
  machine.release()
  yield { what: '16 hidden units, 9,000 digits once, nats of 1,000 others', figure, goal: -155 }
}

export const sixteen: Part = { name: 'sixteen', measure }
