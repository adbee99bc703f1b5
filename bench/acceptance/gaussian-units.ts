/** Real units: a Gaussian–Bernoulli machine learns known mixtures online, its exact density beside the true entropy. */
import { uniforms } from '../../fixtures/random.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import type { Finding } from './finding.ts'
import { unitsInRecords } from './units-in-records.ts'

const DEVIATION = 0.3
const ROWS = 60_000
const SEEDS = [1, 2, 3, 4, 5]

/** Where values lie: in the corners of a rectangle, which two hidden units make, and of a triangle, which takes more. */
const mixtures: Readonly<Record<string, readonly (readonly number[])[]>> = {
  'four Gaussians': [
    [-1.5, -1],
    [1.5, -1],
    [-1.5, 1],
    [1.5, 1],
  ],
  'three Gaussians': [
    [0, 1.5],
    [-1.3, -0.8],
    [1.3, -0.8],
  ],
}

function draw(centres: readonly (readonly number[])[], count: number, seed: number): Float32Array {
  const uniform = uniforms(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const rows = new Float32Array(2 * count)
  for (let at = 0; at < rows.length; at += 2) {
    const [x, y] = centres[Math.floor(uniform() * centres.length)]
    rows.set([x + DEVIATION * normal(), y + DEVIATION * normal()], at)
  }
  return rows
}

/** Mean of log p of the rows under the mixture: minus its entropy, as these rows have it. */
function trueLogDensity(centres: readonly (readonly number[])[], rows: Float32Array): number {
  let total = 0
  for (let at = 0; at < rows.length; at += 2) {
    const densities = centres.map(([x, y]) =>
      Math.exp(-((rows[at] - x) ** 2 + (rows[at + 1] - y) ** 2) / (2 * DEVIATION ** 2)),
    )
    const mean = densities.reduce((sum, density) => sum + density, 0) / centres.length
    total += Math.log(mean / (2 * Math.PI * DEVIATION ** 2))
  }
  return total / (rows.length / 2)
}

function logDensity(product: Product, rows: Float32Array): number {
  const logZ = exactLogPartition(product)
  const energies = product.freeEnergies(rows)
  return energies.reduce((sum, energy) => sum - energy - logZ, 0) / energies.length
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** Nats lost to the truth, and the deviations found, after one pass over the rows. */
function learned(centres: readonly (readonly number[])[], seed: number) {
  const product = rbm.create([{ kind: 'real', size: 2 }], {
    hidden: 8,
    persistentChains: 0,
    weightScale: 0.3,
    seed,
  })
  const rows = draw(centres, ROWS, 100 + seed)
  product.initialise(rows.subarray(0, 800))
  product.learnMany(rows)
  const test = draw(centres, 5000, 200 + seed)
  const gap = trueLogDensity(centres, test) - logDensity(product, test)
  const deviations = Array.from(product.tensors()['experts.logVariance'].data, x => Math.exp(x / 2))
  product.release()
  return { gap, error: Math.max(...deviations.map(found => Math.abs(found - DEVIATION))) }
}

export function* gaussianUnits(): Generator<Finding> {
  for (const [name, centres] of Object.entries(mixtures)) {
    const found = SEEDS.map(seed => learned(centres, seed))
    const what = `real units, ${name}, CD-1 online, ${ROWS} rows, the middle of ${SEEDS.length} seeds`
    yield {
      what: `${what}: nats lost to the truth (a single Gaussian loses 1.5)`,
      figure: median(found.map(({ gap }) => gap)),
      goal: 0.2,
      bound: 'most',
    }
    yield {
      what: `${what}: error of the deviation, 0.3`,
      figure: median(found.map(({ error }) => error)),
      goal: 0.03,
      bound: 'most',
    }
  }
  yield* unitsInRecords()
}
