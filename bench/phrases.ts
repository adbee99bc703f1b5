/** A product of two hidden Markov models that has learned what "shut" calls for: see fixtures/phrases.ts. */
import { LENGTH, phrases, WORDS } from '../fixtures/phrases.ts'
import { uniforms } from '../fixtures/random.ts'
import { hmm } from '../pipeline/experts/hmm.ts'
import type { FamilyOptions, Product } from '../pipeline/experts/product.ts'

const visible = Array.from({ length: LENGTH }, () => ({ kind: 'index' as const, size: WORDS.length }))

/** Rows and options of the two parts of learning: coarse and noisy, then fine. */
const PARTS: readonly [number, FamilyOptions][] = [
  [600_000, { learningRate: 0.3, cdSteps: 1 }],
  [120_000, { learningRate: 0.05, cdSteps: 3 }],
]
/** Rows that are made at a time. */
const BLOCK = 20_000

export function learnPhrases(seed = 2): Product {
  const common = { experts: 2, states: 4, batchSize: 32, learningRateDecay: 0, seed }
  const uniform = uniforms(seed + 100)
  let product: Product | undefined
  for (const [rows, options] of PARTS) {
    const next = hmm.create(visible, { ...common, ...options })
    if (product) next.restore(product.tensors())
    else next.initialise(phrases(500, uniforms(5)))
    product?.release()
    for (let row = 0; row < rows; row += BLOCK) next.learnMany(phrases(BLOCK, uniform))
    product = next
  }
  return product as Product
}
