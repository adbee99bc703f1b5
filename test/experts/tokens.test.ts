/** What the kernel of the replicated softmax says about rows, against the float64 oracle. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { tokens } from '../../pipeline/experts/tokens.ts'
import { MOST_TOKENS } from '../../pipeline/visible.ts'
import { kernelsFor, type Target, targets } from '../assembly/compile.ts'
import {
  baseRates,
  conditional,
  freeEnergy,
  hiddenMeans,
  load,
  type Machine,
  randomMachine,
  surprise,
  tokenMeans,
} from '../reference/tokens.ts'

/** A row of one group. */
const rowOf = (text: readonly number[]) => {
  const row = new Float32Array(MOST_TOKENS).fill(Number.NaN)
  row.set(text)
  return row
}
const textOf = (row: Float32Array) => [...row].filter(token => !Number.isNaN(token))

const texts = (S: number, uniform: () => number) =>
  [1, 2, 5, 64].map(n => Array.from({ length: n }, () => Math.floor(uniform() * S)))

/**
 * An input is a sum of n + 1 products of order 1, so it is off by (n + 1)² 2^-24 or less; F adds up H of them and of n
 * logarithms, with 65 roundings for each nat of softplus (assembly/logsum.ts). 64 tokens, 40 units: inputs up to 100.
 */
const bound = (n: number, H: number) => 2 ** -24 * (H * (n + 1) ** 2 + 65 * H * (n + 1))

function near(got: number, expected: number, limit: number, what: string) {
  assert.ok(Math.abs(got - expected) <= limit, `${what}: ${got} for ${expected}, limit ${limit}`)
}

function productOf(machine: Machine, target: Target = 'plain'): Product {
  const hidden = machine.c.length
  const product = tokens.create([{ kind: 'tokens', size: machine.d.length }], { hidden }, kernelsFor(target))
  load(product, machine)
  return product
}

for (const target of targets()) {
  for (const [S, H] of [
    [2, 1],
    [37, 8],
    [1000, 40],
    [50, 300],
  ]) {
    test(`${target} SIMD, S = ${S}, H = ${H}: all answers are those of the oracle`, () => {
      const uniform = uniforms(S)
      const machine = randomMachine(S, H, 0.5, uniform)
      const product = productOf(machine, target)
      for (const text of texts(S, uniform)) {
        const row = rowOf(text)
        const limit = bound(text.length, H)
        near(product.freeEnergy(row), freeEnergy(machine, text), limit, 'F')
        const means = hiddenMeans(machine, text)
        for (const [j, value] of product.transformOne(row).entries()) near(value, means[j], limit, `h ${j}`)
        const next = conditional(machine, text)
        const got = product.conditional(row, 0)
        near(
          got.reduce((a, b) => a + b, 0),
          1,
          1e-5,
          'sum of p',
        )
        for (const [k, p] of got.entries()) near(Math.log(p), Math.log(next[k]), 2 * limit + 1e-5, `p(${k})`)
        if (S * text.length < 10_000)
          near(product.surprise(row)[0], surprise(machine, text), 2 * limit + 1e-5, 'surprise')
      }
      product.release()
    })
  }
}

test('a reconstruction holds as many different tokens as the text, those likeliest given its features', () => {
  const machine = randomMachine(30, 6, 1, uniforms(1))
  const product = productOf(machine)
  const text = [3, 7, 7, 20]
  const means = tokenMeans(machine, hiddenMeans(machine, text))
  const ranked = means.map((_, k) => k).sort((a, b) => means[b] - means[a])
  assert.equal(textOf(product.reconstruct(rowOf(text))), ranked.slice(0, 4))
  // Without any token: as many as texts usually have.
  const alone = tokenMeans(
    machine,
    machine.c.map(() => 0.5),
  )
  const likeliest = alone.map((_, k) => k).sort((a, b) => alone[b] - alone[a])
  assert.equal(textOf(product.reconstruct(rowOf([]))), likeliest.slice(0, machine.usual.length))
  product.release()
})

test('groups share the hidden units, each with base rates and tokens of its own', () => {
  const sizes = [3, 9]
  const product = tokens.create(
    sizes.map(size => ({ kind: 'tokens', size })),
    { hidden: 5, weightScale: 1 },
  )
  const { data } = product.tensors()['experts.w']
  const row = new Float32Array(2 * MOST_TOKENS).fill(Number.NaN)
  row.set([2, 0])
  row.set([8], MOST_TOKENS)
  // Nothing was learned: no biases, even base rates. Token k of the second group is unit 3 + k.
  const inputs = Array.from({ length: 5 }, (_, j) => data[2 * 5 + j] + data[j] + data[(3 + 8) * 5 + j])
  const softplus = inputs.reduce((sum, input) => sum + Math.log1p(Math.exp(input)), 0)
  near(product.freeEnergy(row), 2 * Math.log(3) + Math.log(9) - softplus, bound(3, 5), 'F')
  assert.equal(
    [0, 1].map(group => product.conditional(row, group).length),
    sizes,
  )
  const [first, second] = product.surprise(row.fill(Number.NaN, 0, MOST_TOKENS))
  assert.ok(Number.isNaN(first) && second > 0)
  product.release()
})

test('base rates are Krichevsky and Trofimov’s, and samples without sweeps are drawn from them', () => {
  const machine = randomMachine(7, 2, 0, uniforms(8))
  const product = productOf({ ...machine, usual: { at: 0, slope: 0, length: 4 } })
  const count = 20_000
  const drawn = product.sample(count, 0)
  const rates = baseRates(machine)
  for (let k = 0; k < 7; k++) {
    const found = drawn.filter(token => token === k).length
    // Four standard deviations of 4 × 20,000 independent draws.
    const limit = 4 * Math.sqrt(4 * count * rates[k] * (1 - rates[k]))
    near(found, 4 * count * rates[k], limit, `token ${k}`)
  }
  product.release()
})

test('counts that cannot be are refused', () => {
  const product = tokens.create([{ kind: 'tokens', size: 5 }])
  for (const [name, at, value] of [
    ['base.tree', 2, -1],
    ['base.lengths', 0, -1],
    ['counters', 0, 0.5],
    ['counters', 1, 0],
    ['counters', 1, 2],
    ['counters', 4, -1],
  ] as [string, number, number][]) {
    const tensors = product.tensors()
    tensors[name].data[at] = value
    assert.throws(
      () => product.restore(tensors),
      /Expected counts and lengths of at least 0/,
      `${name} ${at}`,
    )
  }
  product.release()
})

test.run()
