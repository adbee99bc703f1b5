/**
 * Hidden units beside centroids: how local their weights are, and what a classifier with few labels makes of them on digits
 * that neither has seen.
 */
import { uniforms } from '../../../fixtures/random.ts'
import { SoftmaxRegression } from '../../../pipeline/compose/softmax-regression.ts'
import type { FamilyOptions, Product } from '../../../pipeline/experts/product.ts'
import { blackAndWhite, type Images, imageAt, ofClasses, shuffledOrder, split } from '../../images/images.ts'
import { codesOf, kMeans } from '../../images/k-means.ts'
import { allMnist, someMnist } from '../../images/mnist.ts'
import { usps } from '../../images/scanned.ts'
import type { Finding } from '../finding.ts'
import type { Part, Source } from '../part.ts'
import { mention, working } from '../progress.ts'
import { learned } from './machine.ts'

const [SEEN, UNSEEN] = [
  [0, 1, 2, 3, 4],
  [5, 6, 7, 8, 9],
]
const LABELS_A_CLASS = 20

/** What makes filters local: contrastive divergence on probabilities, weights that decay fast, and a rate that does not. */
export const localFilters: FamilyOptions = {
  persistentChains: 0,
  sampleVisible: false,
  centering: false,
  learningRate: 0.05,
  learningRateFloor: 0.05,
  weightDecay: 0.002,
}

/** The weights of every hidden unit. */
export function filtersOf(machine: Product): Float32Array[] {
  const tensors = machine.tensors()
  const { shape, data } = tensors['average.w'] ?? tensors['experts.w']
  const [hidden, width] = shape
  return Array.from({ length: hidden }, (_, j) =>
    Float32Array.from(data.subarray(j * width, (j + 1) * width)),
  )
}

/** (Σ w²)² / (D Σ w⁴): the share of the pixels that take part, 1 where all weigh the same. */
function participation(filter: Float32Array): number {
  let [squares, fourth] = [0, 0]
  for (const weight of filter) {
    squares += weight ** 2
    fourth += weight ** 4
  }
  return squares ** 2 / (filter.length * fourth)
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** Medians of both, which are what the promise is about. */
export const localityOf = (filters: readonly Float32Array[]) => median(filters.map(participation))

type Encode = (image: Float32Array) => ArrayLike<number>

/** Images as a classifier sees them. */
interface Encoded {
  readonly rows: readonly ArrayLike<number>[]
  readonly labels: Uint8Array
}

const encoded = (images: Images, encode: Encode): Encoded => ({
  rows: Array.from(images.labels.keys(), n => encode(imageAt(images, n))),
  labels: images.labels,
})

/** Share of the images beyond the labelled ones that are told right, the mean over draws of labels. */
function accuracy({ rows, labels }: Encoded, penalty: number, draws: number): number {
  let right = 0
  let asked = 0
  for (let draw = 0; draw < draws; draw++) {
    const order = shuffledOrder(rows.length, uniforms(100 + draw))
    const labelled = UNSEEN.flatMap(digit => order.filter(n => labels[n] === digit).slice(0, LABELS_A_CLASS))
    const regression = new SoftmaxRegression(rows[0].length, UNSEEN.length, { penalty })
    regression.fit(
      labelled.map(n => rows[n]),
      labelled.map(n => labels[n] - UNSEEN[0]),
    )
    const known = new Set(labelled)
    for (const n of order.filter(n => !known.has(n))) {
      const logits = regression.logits(rows[n])
      right += Number(logits.indexOf(Math.max(...logits)) === labels[n] - UNSEEN[0])
      asked++
    }
  }
  return right / asked
}

/** The same with the penalty that does best on digits that are not tested with. */
function transfer(
  [validation, test]: readonly Images[],
  encode: Encode,
  penalties: readonly number[],
  draws: number,
) {
  const chosenOn = encoded(validation, encode)
  const found = penalties.map(penalty => (penalties.length > 1 ? accuracy(chosenOn, penalty, 3) : 1))
  return accuracy(encoded(test, encode), penalties[found.indexOf(Math.max(...found))], draws)
}

interface Size {
  /** H = K. */
  readonly hidden: number
  readonly passes: number
  /** Where they differ from those of `localFilters`. */
  readonly options: FamilyOptions
  readonly rounds: number
  /** Of the classifier; where there are several, the one that does best on the validation set. */
  readonly penalties: readonly number[]
  /** Draws of labels. */
  readonly draws: number
  /** Goals: of the share of pixels, and of the points above triangles. */
  readonly locality: number
  readonly gain: number
}

const FULL: Size = {
  hidden: 200,
  passes: 10,
  options: { averaging: false, weightDecay: 0.003 },
  rounds: 20,
  penalties: [1, 10, 100],
  draws: 10,
  locality: 0.5,
  gain: 2,
}
/** Units that have seen little are not local yet, and not much better than triangles. */
const QUICK: Size = {
  ...FULL,
  hidden: 50,
  passes: 10,
  rounds: 4,
  penalties: [10],
  draws: 4,
  locality: 1.2,
  gain: -5,
}

/** A machine and centroids of the same images. */
function both(
  images: Images,
  { hidden, passes, options, rounds }: Size,
): [machine: Product, centroids: Float32Array[]] {
  working(`${hidden} hidden units, ${passes} passes over ${images.labels.length} images`)
  const machine = learned(images, passes, { ...localFilters, ...options, hidden, seed: 1 })
  working(`${hidden} centroids`)
  return [machine, kMeans(images, hidden, rounds, uniforms(1))]
}

function* locality(
  what: string,
  machine: Product,
  centroids: readonly Float32Array[],
  goal: number,
): Generator<Finding> {
  const [filters, means] = [localityOf(filtersOf(machine)), localityOf(centroids)]
  mention(`${what}: a filter has ${filters.toFixed(3)} of the pixels, a centroid ${means.toFixed(3)}`)
  yield {
    what: `${what}: pixels that take part in a filter, beside a centroid`,
    figure: filters / means,
    goal,
    bound: 'most',
  }
}

function* digits([learn, ...others]: readonly Images[], size: Size): Generator<Finding> {
  const [machine, centroids] = both(learn, size)
  yield* locality('MNIST, 0 to 4', machine, centroids, size.locality)
  working('few labels')
  const found = (encode: Encode) => 100 * transfer(others, encode, size.penalties, size.draws)
  const units = found(image => machine.transformOne(image))
  const hard = found(image => codesOf(centroids, image).hard)
  const triangle = found(image => codesOf(centroids, image).triangle)
  machine.release()
  const listed = [units, hard, triangle].map(percent => percent.toFixed(1))
  mention(`right on 5 to 9, %: units ${listed[0]}, centroids ${listed[1]} (hard), ${listed[2]} (triangle)`)
  const what = `transfer to 5 to 9, ${LABELS_A_CLASS} labels a class: points above k-means`
  yield { what: `${what}, hard`, figure: units - hard, goal: 2 }
  yield { what: `${what}, triangle`, figure: units - triangle, goal: size.gain }
}

function some(): Images[] {
  const all = blackAndWhite(someMnist())
  const [learn] = split(ofClasses(all, SEEN), 2000)
  const [validation, others] = split(ofClasses(all, UNSEEN), 400)
  return [learn, validation, split(others, 400)[0]]
}

function all(): Images[] {
  const { train, test } = allMnist()
  const bits = blackAndWhite(train)
  const [validation] = split(ofClasses(bits, UNSEEN), 3000)
  return [ofClasses(bits, SEEN), validation, ofClasses(blackAndWhite(test), UNSEEN)]
}

function* measure({ folder, quick }: Source): Generator<Finding> {
  if (quick) return yield* digits(some(), QUICK)
  yield* digits(all(), FULL)
  if (folder === undefined) return
  const { train } = usps(folder)
  const [machine, centroids] = both(train, { ...FULL, hidden: 100, passes: 30, options: {} })
  yield* locality('USPS', machine, centroids, FULL.locality)
  machine.release()
}

/** Filters and features beside k-means; quick: 50 of them from 2,000 digits. */
export const filters: Part = { name: 'filters', measure }
