/** What the kernel of the replicated softmax says about rows, and how it learns, against the float64 oracle. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { tokens } from '../../pipeline/experts/tokens.ts'
import { MOST_TOKENS } from '../../pipeline/visible.ts'
import { targets } from '../assembly/compile.ts'
import {
  baseRates,
  conditional,
  countsOf,
  freeEnergy,
  hiddenMeans,
  load,
  type Machine,
  machineOf,
  randomMachine,
  surprise,
  tokenMeans,
  treeOf,
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

function productOf(machine: Machine, relaxed = false, options = {}): Product {
  const hidden = machine.c.length
  const product = tokens.create(
    [{ kind: 'tokens', size: machine.d.length }],
    { hidden, ...options },
    { relaxed },
  )
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
      const product = productOf(machine, target === 'relaxed')
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

test('the tree of counts holds what was learned', () => {
  const product = tokens.create([{ kind: 'tokens', size: 13 }])
  const uniform = uniforms(2)
  const counts = new Array<number>(13).fill(0)
  for (let t = 0; t < 200; t++) {
    const text = Array.from({ length: 5 }, () => Math.floor(13 * uniform() * uniform()))
    for (const token of text) counts[token]++
    product.learnOne(rowOf(text))
  }
  const { data } = product.tensors()['base.tree']
  assert.equal(countsOf(data), counts)
  assert.equal(Array.from(data), treeOf(counts))
  product.release()
})

test('one update of a text that the chain cannot leave moves nothing but counts, offsets and the scale', () => {
  // One token that is ever proposed but for priors: its mass is 10⁹ times that of the other.
  const machine: Machine = {
    w: [
      [0.5, -1],
      [0.25, 2],
    ],
    d: [0.1, -0.2],
    c: [0.3, 0],
    counts: [1e9, 0],
    usual: { at: 0, slope: 0, length: 1 },
  }
  const product = productOf(machine, false, { centeringRate: 0.25, weightDecay: 0.5, learningRate: 0.1 })
  product.learnOne(rowOf([0, 0]))
  const tensors = product.tensors()
  const means = hiddenMeans(machine, [0, 0])
  // float32 throughout, on numbers up to 2.
  const limit = 8 * 2 ** -24
  const scale = 1 - 0.1 * 0.5
  near(tensors.counters.data[1], scale, limit, 'scale')
  for (const [i, w] of machine.w.flat().entries()) near(tensors['experts.w'].data[i], w, limit, `w ${i}`)
  for (const [k, d] of machine.d.entries()) near(tensors['experts.d'].data[k], d, limit, `d ${k}`)
  for (const [j, c] of machine.c.entries()) near(tensors['experts.c'].data[j], c, limit, `c ${j}`)
  for (const [j, mean] of means.entries())
    near(tensors['offset.hidden'].data[j], 0.5 + 0.25 * (mean - 0.5), limit, `λ ${j}`)
  assert.equal(countsOf(tensors['base.tree'].data), [1e9 + 2, 0])
  product.release()
})

test('decay that was put into the weights is decay that waits in their scale', () => {
  // At this rate the scale falls below its limit after 27 texts and is multiplied into the weights.
  const options = { hidden: 3, learningRate: 1, learningRateFloor: 1, weightDecay: 0.4, seed: 5 }
  const product = tokens.create([{ kind: 'tokens', size: 6 }], options)
  const [before] = [machineOf(product)]
  const nothing = { ...options, learningRate: 0, learningRateFloor: 0 }
  const still = tokens.create([{ kind: 'tokens', size: 6 }], nothing)
  let last = 1
  let rescaled = 0
  for (let t = 0; t < 40; t++) {
    product.learnOne(rowOf([0]))
    still.learnOne(rowOf([0]))
    const scale = product.tensors().counters.data[1]
    if (scale > last) rescaled++
    last = scale
    assert.ok(scale > 1e-6 && scale <= 1)
  }
  assert.is(rescaled, 1)
  assert.equal(machineOf(still).w, before.w)
  // Token 5 was in no text, and hardly ever in a chain: what is left of its weights is the decay alone, .6⁴⁰.
  for (const [j, w] of machineOf(product).w[5].entries())
    assert.ok(Math.abs(w) < 1e-3 * Math.abs(before.w[5][j]) + 1e-3, `${w}`)
  product.release()
  still.release()
})

test('words that belong together are told from words that do not', () => {
  // Two kinds of texts with four words each and four that both have: base rates say nothing about a mixture.
  const product = tokens.create([{ kind: 'tokens', size: 64 }], { seed: 3 })
  const uniform = uniforms(4)
  const draw = (kinds: readonly number[]) => {
    const words = kinds.map(kind => 10 + 10 * kind + Math.floor(8 * uniform()))
    return [...new Set([...words, 40 + Math.floor(4 * uniform())])]
  }
  for (let t = 0; t < 4000; t++) {
    const kind = Number(uniform() < 0.5)
    product.learnOne(rowOf(draw([kind, kind, kind, kind])))
  }
  const pairs = Array.from({ length: 300 }, (_, i) => {
    const kind = i % 2
    return [draw([kind, kind, kind, kind]), draw([kind, kind, 1 - kind, 1 - kind])].map(rowOf)
  })
  const right = pairs.filter(([usual, mixed]) => product.freeEnergy(usual) < product.freeEnergy(mixed)).length
  assert.ok(right > 0.95 * pairs.length, `${right} of ${pairs.length} by free energy`)
  const odd = [11, 12, 13, 25].map((token, t, text) => {
    const others = text.filter((_, other) => other !== t)
    return -Math.log(product.conditional(rowOf(others), 0)[token])
  })
  assert.is(odd.indexOf(Math.max(...odd)), 3, `surprises ${odd}`)
  product.release()
})

test('free energies of texts of different lengths can be compared', () => {
  const product = tokens.create([{ kind: 'tokens', size: 200 }])
  const uniform = uniforms(6)
  const draw = (n: number) => rowOf(Array.from({ length: n }, () => Math.floor(200 * uniform() * uniform())))
  for (let t = 0; t < 3000; t++) product.learnOne(draw(3 + Math.floor(20 * uniform())))
  const mean = (n: number) =>
    Array.from({ length: 200 }, () => product.freeEnergy(draw(n))).reduce((a, b) => a + b) / 200
  const [short, long] = [mean(4), mean(22)]
  // What the line leaves is log Z_n's curve: a small part of what 18 tokens more add to a free energy.
  const line = 18 * machineOf(product).usual.slope
  assert.ok(line > 50, `${line}`)
  assert.ok(Math.abs(long - short) < 0.1 * line, `${short} and ${long}, line ${line}`)
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
