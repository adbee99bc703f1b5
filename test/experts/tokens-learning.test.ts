/** How the replicated softmax learns: what one update moves, and what many of them bring about. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { tokens } from '../../pipeline/experts/tokens.ts'
import { MOST_TOKENS } from '../../pipeline/visible.ts'
import { countsOf, hiddenMeans, load, type Machine, machineOf, treeOf } from '../reference/tokens.ts'

/** A row of one group. */
const rowOf = (text: readonly number[]) => {
  const row = new Float32Array(MOST_TOKENS).fill(Number.NaN)
  row.set(text)
  return row
}

function near(got: number, expected: number, limit: number, what: string) {
  assert.ok(Math.abs(got - expected) <= limit, `${what}: ${got} for ${expected}, limit ${limit}`)
}

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
  const product = tokens.create([{ kind: 'tokens', size: 2 }], {
    hidden: 2,
    centeringRate: 0.25,
    weightDecay: 0.5,
    learningRate: 0.1,
  })
  load(product, machine)
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
  const before = machineOf(product)
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

test.run()
