/**
 * The reconstruction of the replicated softmax, a Gibbs step whose tokens are drawn by Metropolis and Hastings, against
 * enumeration: 5 tokens, 2 hidden units, texts of 2 tokens. The limit of 4 standard deviations of a count is exceeded
 * by a right sampler in one of 16,000 comparisons; seeds are fixed, so a test that passes goes on passing.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { tokens } from '../../pipeline/experts/tokens.ts'
import { MOST_TOKENS } from '../../pipeline/visible.ts'
import { distribution, load, type Machine, randomMachine, textsOf, transitions } from '../reference/tokens.ts'

const S = 5
const n = 2
// Weights of this size make a step far from a draw of the model, and most proposals uncertain.
const random = randomMachine(S, 2, 1.5, uniforms(3))
const machine: Machine = { ...random, usual: { at: 0, slope: 0, length: n } }
const texts = textsOf(S, n)
const p = distribution(machine, n)

/** Texts by what they hold, in any order. */
const nameOf = (text: readonly number[]) => text.toSorted().join(' ')
const names = [...new Set(texts.map(nameOf))]
/** From probabilities of texts to those of what they hold. */
const merged = (masses: readonly number[]) =>
  names.map(name => masses.reduce((sum, mass, i) => sum + (nameOf(texts[i]) === name ? mass : 0), 0))

/** The rate tells what a chain ended at: without offsets, d moves by so much for each token more or less. */
const RATE = 2 ** -10
const options: FamilyOptions = {
  hidden: 2,
  learningRate: RATE,
  learningRateFloor: RATE,
  learningRateDecay: 0,
  weightDecay: 0,
  centeringRate: 0,
}

function productOf(more: FamilyOptions = {}): Product {
  return tokens.create([{ kind: 'tokens', size: S }], { ...options, ...more })
}

/** What the chain of one update from `text` ends at. */
function stepFrom(product: Product, text: readonly number[]): string {
  load(product, machine)
  const still = product.tensors()
  still['offset.hidden'].data.fill(0)
  product.restore(still)
  const row = new Float32Array(MOST_TOKENS).fill(Number.NaN)
  row.set(text)
  product.learnOne(row)
  const after = product.tensors()['experts.d'].data
  const found = machine.d.flatMap((d, k) => {
    const gained = Math.round((after[k] - d) / RATE)
    return new Array<number>(text.filter(token => token === k).length - gained).fill(k)
  })
  assert.is(found.length, n)
  return nameOf(found)
}

function checkCounts(found: readonly string[], masses: readonly number[], what: string): void {
  for (const [i, mass] of masses.entries()) {
    const count = found.filter(name => name === names[i]).length
    const limit = 4 * Math.sqrt(found.length * mass * (1 - mass)) + 1
    assert.ok(
      Math.abs(count - found.length * mass) < limit,
      `${what}: ${names[i]} ${count} times for ${found.length * mass}`,
    )
  }
}

/** `count` texts drawn from the model. */
function drawTexts(count: number, uniform: () => number): number[][] {
  return Array.from({ length: count }, () => {
    let left = uniform()
    const index = p.findIndex(mass => {
      left -= mass
      return left < 0
    })
    return texts[index < 0 ? texts.length - 1 : index]
  })
}

for (const proposals of [1, 2, 5]) {
  test(`the step as it is defined leaves the model's distribution as it is, ${proposals} proposals`, () => {
    const matrix = transitions(machine, n, proposals)
    for (const row of matrix) assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-12)
    for (const [to, mass] of p.entries()) {
      const arrived = matrix.reduce((sum, row, from) => sum + p[from] * row[to], 0)
      assert.ok(Math.abs(arrived - mass) < 1e-12, `${texts[to]}: ${arrived} for ${mass}`)
    }
    // It is no draw from the model either, which would pass this test without a sampler.
    assert.ok(matrix.some((row, from) => Math.abs(row[from] - p[from]) > 0.2))
  })
}

for (const proposals of [1, 2]) {
  test(`from every text the kernel goes where the step goes, ${proposals} proposals`, () => {
    const product = productOf({ proposals, seed: 10 + proposals })
    const matrix = transitions(machine, n, proposals)
    for (const [from, text] of texts.entries()) {
      const found = Array.from({ length: 400 }, () => stepFrom(product, text))
      checkCounts(found, merged(matrix[from]), `from ${text}`)
    }
    product.release()
  })
}

for (const cdSteps of [1, 3]) {
  test(`chains that start at the model's distribution stay there, ${cdSteps} steps`, () => {
    const product = productOf({ cdSteps, seed: 20 + cdSteps })
    const found = drawTexts(10_000, uniforms(cdSteps)).map(text => stepFrom(product, text))
    checkCounts(found, merged(p), `${cdSteps} steps`)
    product.release()
  })
}

test('samples that start from the base rates come to it', () => {
  const product = productOf({ seed: 30 })
  load(product, machine)
  const count = 20_000
  const rows = product.sample(count, 100)
  const found = Array.from({ length: count }, (_, i) => {
    const [first, second, third] = rows.subarray(i * MOST_TOKENS, (i + 1) * MOST_TOKENS)
    assert.ok(Number.isNaN(third))
    return nameOf([first, second])
  })
  checkCounts(found, merged(p), '100 sweeps')
  product.release()
})

test.run()
