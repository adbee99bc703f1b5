/** MNIST at a threshold of one half, 16 hidden units, the default recipe, one example at a time, exact test likelihood. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { uniforms } from '../../fixtures/random.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { exactLogLikelihood } from '../../test/reference/likelihood.ts'
import type { Finding } from './finding.ts'

export const PIXELS = 784
/** Rows that the starting point is taken from. */
export const FIRST = 1000

/** The images of an IDX file (16 bytes of header), black and white. */
export function images(file: string): Float32Array {
  return Float32Array.from(readFileSync(file).subarray(16), grey => (grey >= 128 ? 1 : 0))
}

/** The rows in another order (Fisher and Yates). */
function shuffled(rows: Float32Array, uniform: () => number): Float32Array {
  const order = Array.from({ length: rows.length / PIXELS }, (_, i) => i)
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  const out = new Float32Array(rows.length)
  for (const [to, from] of order.entries())
    out.set(rows.subarray(from * PIXELS, (from + 1) * PIXELS), to * PIXELS)
  return out
}

export function* likelihood(folder: string): Generator<Finding> {
  const train = images(join(folder, 'train-images-idx3-ubyte'))
  const test = images(join(folder, 't10k-images-idx3-ubyte'))
  for (const seed of [1, 2, 3]) {
    const uniform = uniforms(seed)
    const machine = rbm.create([{ kind: 'bernoulli', size: PIXELS }], { hidden: 16, seed })
    for (const pass of [1, 2]) {
      const rows = shuffled(train, uniform)
      if (pass === 1) machine.initialise(rows.subarray(0, FIRST * PIXELS))
      machine.learnMany(rows)
      const figure = exactLogLikelihood(machine, test, 'average')
      // Mini-batches of 100, persistent chains, centred, 50 passes: −142.56 (PyDeep's documentation, RBM_MNIST_small).
      yield { what: `seed ${seed}, after pass ${pass}, test nats`, figure, goal: -141 }
    }
    machine.release()
  }
}
