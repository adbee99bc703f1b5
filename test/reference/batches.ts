/** CD-1 with batches of all 32 presentations of bars and stripes, plain and in float64: what online learning is held to. */
import { barsAndStripes } from './bars-and-stripes.ts'
import { logLikelihood } from './likelihood.ts'
import { sigmoid } from './rbm.ts'

const D = 16
const H = 16

/** σ(bias + x W) for x of one layer, `at` giving the weight from unit i to unit j. */
function means(x: ArrayLike<number>, bias: Float64Array, at: (i: number, j: number) => number): number[] {
  return Array.from(bias, (start, j) => {
    let input = start
    for (let i = 0; i < x.length; i++) if (x[i] !== 0) input += x[i] * at(i, j)
    return sigmoid(input)
  })
}

/** The exact mean log-likelihood in nats after `epochs` updates at that rate. */
export function trainInBatches(rate: number, epochs: number, uniform: () => number): number {
  const w = Float64Array.from({ length: H * D }, () => 0.02 * (uniform() + uniform() + uniform() - 1.5))
  const b = new Float64Array(D)
  const c = new Float64Array(H)
  const draw = (probabilities: number[]) => probabilities.map(p => Number(uniform() < p))
  const up = (v: ArrayLike<number>) => means(v, c, (i, j) => w[j * D + i])
  for (let epoch = 0; epoch < epochs; epoch++) {
    const phases: { v: ArrayLike<number>; s: number[]; step: number }[] = []
    for (let n = 0; n < 32; n++) {
      const v = barsAndStripes.subarray(n * D, (n + 1) * D)
      const s = up(v)
      const end = draw(means(draw(s), b, (j, i) => w[j * D + i]))
      phases.push({ v, s, step: rate / 32 }, { v: end, s: up(end), step: -rate / 32 })
    }
    for (const { v, s, step } of phases) {
      for (let j = 0; j < H; j++) for (let i = 0; i < D; i++) w[j * D + i] += step * s[j] * v[i]
      for (let i = 0; i < D; i++) b[i] += step * v[i]
      for (let j = 0; j < H; j++) c[j] += step * s[j]
    }
  }
  return logLikelihood(barsAndStripes, w, b, c)
}
