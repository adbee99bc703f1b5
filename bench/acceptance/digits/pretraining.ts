/**
 * A network of 784, 500 and 10 units with labels for 1,000 digits: backpropagation from random weights, and from those of a
 * Boltzmann machine that has seen all 60,000 digits once, without labels.
 */
import { uniforms } from '../../../fixtures/random.ts'
import { fineTune } from '../../../pipeline/compose/fine-tune.ts'
import { Network } from '../../../pipeline/compose/network.ts'
import type { Product } from '../../../pipeline/experts/product.ts'
import { type Images, imageAt, shuffled, sizeOf, split } from '../../images/images.ts'
import { allMnist } from '../../images/mnist.ts'
import type { Finding } from '../finding.ts'
import { mention, working } from '../progress.ts'
import { learned } from './machine.ts'

const [HIDDEN, LABELLED, EPOCHS] = [500, 1000, 15]
const CLASSES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
/** Of backpropagation; each way to begin has the one that does best on digits that are neither learned nor tested with. */
const RATES = [0.02, 0.05, 0.15]

type Begin = (learningRate: number, seed: number) => Network

/** Percent of the tested digits that are told wrong after backpropagation. */
function errorOf(network: Network, labelled: Images, tested: Images, seed: number): number {
  const uniform = uniforms(seed)
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const { pixels, labels } = shuffled(labelled, uniform)
    network.learnMany(pixels, Array.from(labels))
  }
  const wrong = Array.from(tested.labels.keys()).filter(
    n => network.predictOne(imageAt(tested, n)).label !== tested.labels[n],
  )
  network.release()
  return (100 * wrong.length) / tested.labels.length
}

/** The best rate for a way to begin. */
function rateOf(begin: Begin, labelled: Images, validation: Images): number {
  const errors = RATES.map(rate => errorOf(begin(rate, 0), labelled, validation, 0))
  return RATES[errors.indexOf(Math.min(...errors))]
}

/** How each of the networks begins. */
const beginnings = (machine: Product, width: number): [what: string, begin: Begin][] => [
  [
    'pretrained',
    (learningRate, seed) =>
      fineTune({ products: [machine] }, CLASSES, { learningRate, learningRateDecay: 5000, seed }),
  ],
  [
    'random',
    (learningRate, seed) =>
      new Network(width, { hidden: [HIDDEN], classes: CLASSES, learningRate, learningRateDecay: 5000, seed }),
  ],
]

/** Test errors of both, over five draws of the labelled digits. */
export function* pretraining(): Generator<Finding> {
  const { train, test } = allMnist()
  working('500 hidden units, 60,000 digits')
  const machine = learned(train, 1, { hidden: HIDDEN, chainsPerStep: 1, learningRate: 0.01, seed: 1 })
  const drawn = (seed: number) => split(shuffled(train, uniforms(1000 + seed)), LABELLED)
  const means = beginnings(machine, sizeOf(train)).map(([what, begin]) => {
    working(`${what}: rates`)
    const [labelled, others] = drawn(0)
    const rate = rateOf(begin, labelled, split(others, 2000)[0])
    const errors = [1, 2, 3, 4, 5].map(seed => {
      working(`${what}: seed ${seed}`)
      return errorOf(begin(rate, seed), drawn(seed)[0], test, seed)
    })
    mention(`${what}, rate ${rate}, errors in %: ${errors.map(error => error.toFixed(2)).join(', ')}`)
    return errors.reduce((sum, error) => sum + error, 0) / errors.length
  })
  machine.release()
  const [pretrained, random] = means
  yield {
    what: `MNIST, 1,000 labels: points of error that pretraining saves, mean of five seeds`,
    figure: random - pretrained,
    goal: 1,
  }
}
