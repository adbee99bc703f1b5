/** Bars and stripes, learned one presentation at a time; best possible −3.379 nats. */
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { barsAndStripes, pixels, plain } from '../../test/reference/bars-and-stripes.ts'
import { exactLogLikelihood } from '../../test/reference/likelihood.ts'
import type { Finding } from './finding.ts'

function epochs(product: Product, count: number): number {
  for (let epoch = 0; epoch < count; epoch++) product.learnMany(barsAndStripes)
  return exactLogLikelihood(product, barsAndStripes)
}

function median(options: FamilyOptions, count: number): number {
  const reached = [1, 2, 3, 4, 5].map(seed =>
    epochs(rbm.create(pixels, { ...plain, ...options, seed }), count),
  )
  return reached.sort((a, b) => a - b)[2]
}

export function* learning(): Generator<Finding> {
  yield {
    what: 'CD-1 online, rate .01, 800 epochs, median of 5, nats',
    figure: median({ learningRate: 0.01 }, 800),
    goal: -5.4,
  }
  const ten = { learningRate: 0.05, cdSteps: 10 }
  yield {
    what: 'CD-10 online, rate .05, 800 epochs, median of 5, nats',
    figure: median(ten, 800),
    goal: -4.7,
  }
  const product = rbm.create(pixels, { ...plain, learningRate: 0.01 })
  const curve = Array.from({ length: 8 }, () => epochs(product, 1000))
  yield {
    what: 'long CD-1 falls from its best, in nats, by',
    figure: Math.max(...curve) - curve[7],
    goal: 0.3,
  }
}
