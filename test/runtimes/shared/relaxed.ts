/**
 * Kernels in relaxed SIMD beside plain ones, with the same parameters, and how far apart they may be.
 *
 * Both round a sum of n products to float32, one after each product and each sum, the other once for both where the
 * processor fuses them, and neither is further from the sum than n u Σ|terms| with u = 2⁻²⁴ (Higham 2002, section 3.1, up to
 * terms in u²). An energy is a sum over H units of functions of sums over D values, none of them steeper than 1, which
 * themselves are good to a few u: allow 32. Two energies are then at most 2 (D + H + 32) u A apart, where A adds up the
 * absolute values of all terms.
 */
import { Detector, type Family, families, type Kernels, type Product } from 'veto'
import { layersOf, rowsOf } from './products.ts'
import { mixedRecords } from './records.ts'

export interface Comparison {
  readonly plain: number[]
  readonly relaxed: number[]
  /** How far they may be apart. */
  readonly bounds: number[]
}

const UNIT_ROUNDOFF = 2 ** -24
const FUNCTIONS = 32

/** A of one row. The energies of other families than the machine have no large terms that cancel: |F|, and 1 for each unit. */
function sizeOfTerms(product: Product, row: Float32Array, energy: number): number {
  const units = product.transformOne(row).length
  if (product.family !== 'rbm') return Math.abs(energy) + units
  const { 'experts.w': w, 'experts.b': b, 'experts.c': c } = product.tensors()
  let sum = 0
  const add = (weight: number, i: number) => {
    if (!Number.isNaN(row[i])) sum += Math.abs(weight * row[i])
  }
  for (const [i, bias] of b.data.entries()) add(bias, i)
  for (const [k, weight] of w.data.entries()) add(weight, k % row.length)
  for (const bias of c.data) sum += Math.abs(bias)
  return sum + units
}

function compareProducts(family: Family, kernels: Kernels): Comparison {
  const [visible] = layersOf(family)
  const options = { ...family.streamOptions, seed: 5 }
  const plain = family.create(visible, options)
  const relaxed = family.create(visible, options, kernels)
  plain.initialise(rowsOf(family, visible, 60, 1, 1000))
  plain.learnMany(rowsOf(family, visible, 500, 2, 20))
  relaxed.restore(plain.tensors())
  const rows = rowsOf(family, visible, 100, 3, 20)
  const energies = plain.freeEnergies(rows)
  const bounds = Array.from(energies, (energy, n) => {
    const row = rows.subarray(n * plain.width, (n + 1) * plain.width)
    const units = plain.transformOne(row).length
    return 2 * (plain.width + units + FUNCTIONS) * UNIT_ROUNDOFF * sizeOfTerms(plain, row, energy)
  })
  const comparison = { plain: [...energies], relaxed: [...relaxed.freeEnergies(rows)], bounds }
  plain.release()
  relaxed.release()
  return comparison
}

/** D and H of a few hundred, and terms that add up to a few hundred nats: 2 · 1000 u · 500. */
const SCORE_BOUND = 0.06

function compareDetectors(kernels: Kernels): Comparison {
  const plain = new Detector()
  for (const record of mixedRecords(1000, 51)) plain.observe(record)
  const relaxed = Detector.load(plain.save(), { kernels })
  const scores = (detector: Detector) =>
    [...mixedRecords(200, 52)].map(record => detector.scoreOne(record).score ?? 0)
  const comparison = { plain: scores(plain), relaxed: scores(relaxed) }
  plain.release()
  relaxed.release()
  return { ...comparison, bounds: comparison.plain.map(() => SCORE_BOUND) }
}

export function comparisons(kernels: Kernels): Record<string, Comparison> {
  const products = families.map(family => [family.name, compareProducts(family, kernels)])
  return { ...Object.fromEntries(products), detector: compareDetectors(kernels) }
}
