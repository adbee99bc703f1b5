/** The kernel of prototypes against its oracle: what it says about rows. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import { kernelsFor, targets } from '../assembly/compile.ts'
import * as oracle from '../reference/prototype.ts'

/** Unit roundoff of float32. */
const U = 2 ** -24
const D = 9

/** Fields of many scales: far from zero, constant, constant until row 150, few values, never seen, normal ones. */
function streamRow(uniform: () => number, t: number, missing: number): number[] {
  const bell = () => uniform() + uniform() + uniform() + uniform() - 2
  const shared = bell()
  const values = [
    1e6 + 100 * (shared + 0.1 * bell()),
    shared + 0.3 * bell(),
    -1e-3 * bell(),
    7,
    t < 150 ? 0 : Number(uniform() < 0.3),
    Math.floor(4 * uniform()),
    1e20 * bell() ** 3,
    Number.NaN,
    bell(),
  ]
  return values.map(value => Math.fround(uniform() < missing ? Number.NaN : value))
}

function stream(seed: number, count: number, missing: number): number[][] {
  const uniform = uniforms(seed)
  return Array.from({ length: count }, (_, t) => streamRow(uniform, t, missing))
}

const learn = (product: Product, rows: readonly (readonly number[])[]) =>
  product.learnMany(Float32Array.from(rows.flat()))

/** Rows like the learned ones, some with holes, and nothing at all. */
const questions = () => [...stream(5, 12, 0), ...stream(6, 12, 0.4), new Array<number>(D).fill(Number.NaN)]

/**
 * Rows far from everything, or with a new value of the constant field: which centre is the nearest is lost in the
 * roundings of the distance to them all.
 */
const farRows = () => [
  ...stream(7, 4, 0).map((row, n) => row.map((x, f) => (f === 2 * n ? x + 1e3 : 1e3 * x))),
  ...stream(9, 4, 0).map((row, n) => row.map((x, f) => (f === 3 ? 8 - n / 2 : x))),
]

const isSame = (got: ArrayLike<number>, expected: readonly number[]) =>
  assert.equal(Array.from(got, String), expected.map(Math.fround).map(String))

const settings: [string, FamilyOptions, number][] = [
  ['as by default', {}, 400],
  ['centres that fill no vector', { experts: 7, centres: 5 }, 400],
  ['one centre', { experts: 3, centres: 1 }, 400],
  ['more centres than a block', { experts: 5, centres: 39 }, 400],
  ['centres that are not all there', { experts: 8, centres: 16 }, 11],
  ['half of the fields', { fieldShare: 0.5 }, 400],
  ['one field an expert', { fieldShare: 0, experts: 6 }, 400],
  ['no rows', {}, 0],
]

function checkScores(product: Product, model: oracle.Prototypes, x: readonly number[]): void {
  const row = Float32Array.from(x)
  // A share of a distance: 7 roundings, with that of 1 / s; their sum and ε: K + 1. ½ log makes half of that an absolute error. A logarithm
  // of at most 2 · 46 = 2 log(4e19 · D) in size: 3 roundings.
  const energy = oracle.freeEnergy(model, x)
  assert.ok(Math.abs(product.freeEnergy(row) - energy) <= U * (D / 2 + 4 + 138), `${energy}`)
  const surprise = product.surprise(row)
  for (const [field, expected] of oracle.surprise(model, x).entries()) {
    // Two such logarithms, and a sum over the experts in float32.
    const bound = U * (D + 8 + 276 + Number(product.options.experts) * expected)
    if (Number.isNaN(expected)) assert.ok(Number.isNaN(surprise[field]))
    else assert.ok(Math.abs(surprise[field] - expected) <= bound, `${field}: ${expected}`)
    assert.not.ok(surprise[field] < 0)
  }
}

/** Values of centres, or means, as they are. */
function checkWinners(product: Product, model: oracle.Prototypes, x: readonly number[]): void {
  const row = Float32Array.from(x)
  for (const field of x.keys()) isSame(product.conditional(row, field), [oracle.conditional(model, x, field)])
  for (const steps of [1, 3]) isSame(product.reconstruct(row, steps), oracle.reconstruct(model, x, steps))
  isSame(product.transformOne(row), oracle.features(model, x, Number(product.options.centres)))
}

for (const target of targets()) {
  for (const [name, options, count] of settings) {
    const title = `${name}, ${target}`

    test(`${title}: free energy, surprise, suggestions, reconstruction and features are those of the oracle`, () => {
      const product = prototype.create([{ kind: 'real', size: D }], options, kernelsFor(target))
      learn(product, stream(1, count, 0.1))
      const model = oracle.prototypesOf(product.tensors(), product.options)
      for (const x of [...questions(), ...farRows()]) checkScores(product, model, x)
      for (const x of questions()) checkWinners(product, model, x)
      product.release()
    })
  }
}

test('nothing known: the free energy is 0 and nothing is suggested', () => {
  const product = prototype.create([{ kind: 'real', size: 2 }])
  const row = Float32Array.of(3, Number.NaN)
  assert.is(product.freeEnergy(row), 0)
  isSame(product.surprise(row), [0, Number.NaN])
  isSame(product.conditional(row, 0), [0])
  product.release()
})

/** Rows of any finite bits: subnormal and the largest numbers, both zeros; a tenth of the values missing. */
function anyRows(uniform: () => number, count: number, width: number): Float32Array {
  const bits = Uint32Array.from({ length: count * width }, () => Math.floor(2 ** 32 * uniform()))
  return new Float32Array(bits.buffer).map(x =>
    uniform() < 0.1 ? Number.NaN : x === x / 2 && x !== 0 ? 3.4e38 : x,
  )
}

test('rows of any finite values have finite answers', () => {
  for (const [name, options] of settings) {
    const uniform = uniforms(12)
    for (const learningRate of [0, 1]) {
      const product = prototype.create([{ kind: 'real', size: 4 }], { ...options, learningRate })
      product.initialise(anyRows(uniform, 5, 4))
      for (let part = 0; part < 30; part++) {
        product.learnMany(anyRows(uniform, 8, 4))
        const row = anyRows(uniform, 1, 4)
        const told = [product.freeEnergy(row), ...product.reconstruct(row, 2), ...product.sample(2, 2)]
        assert.ok(told.every(Number.isFinite), `${name}: ${told}`)
        const surprise = product.surprise(row)
        for (const [field, value] of row.entries()) {
          assert.ok(Number.isNaN(value) ? Number.isNaN(surprise[field]) : surprise[field] >= 0)
          assert.ok(surprise[field] !== Infinity && Number.isFinite(product.conditional(row, field)[0]))
        }
      }
      for (const [tensor, { data }] of Object.entries(product.tensors()))
        assert.ok(data.every(Number.isFinite), tensor)
      product.release()
    }
  }
})

test('two values at the ends of the range are as far apart as their scale says', () => {
  const product = prototype.create([{ kind: 'real', size: 1 }], { experts: 2 })
  for (let t = 0; t < 16; t++) product.learnOne(Float32Array.of(t % 2 ? 3.4e38 : -3.4e38))
  // ±2^126 in equal parts: standard deviation √(16/15) 2^126, and mean difference half of 2^127.
  const row = Float32Array.of(0)
  const expected = [15 / 16, (1.128 / 1) ** 2].map(square => 0.5 * Math.log(1e-6 + square))
  assert.ok(Math.abs(product.freeEnergy(row) - (expected[0] + expected[1]) / 2) < 1e-6)
  product.release()
})

test('outliers score higher than inliers, and the shifted field is the most surprising one', () => {
  const uniform = uniforms(8)
  const bell = () => uniform() + uniform() + uniform() + uniform() - 2
  const row = () => Array.from({ length: 6 }, bell)
  const product = prototype.create([{ kind: 'real', size: 6 }])
  learn(product, Array.from({ length: 1000 }, row))
  const normal = Float32Array.from({ length: 200 }, () => product.freeEnergy(Float32Array.from(row()))).sort()
  for (let n = 0; n < 100; n++) {
    const x = Float32Array.from(row())
    // 6 standard deviations of a sum of four uniform numbers.
    x[n % 6] += 6 * Math.sqrt(4 / 12)
    assert.ok(product.freeEnergy(x) > normal[190])
    const surprise = product.surprise(x)
    assert.is(surprise.indexOf(Math.max(...surprise)), n % 6)
  }
  product.release()
})

test('powers of two change no bit, an order of the fields nothing but rounding', () => {
  const rows = stream(2, 300, 0.1)
  const order = [4, 0, 8, 2, 6, 1, 3, 7, 5]
  const scaled = (row: readonly number[]) => row.map((x, f) => x * 2 ** (20 * (f % 3) - 20))
  const moved = (row: readonly number[]) => order.map(f => row[f])
  const [plain, large, mixed] = [rows, rows.map(scaled), rows.map(moved)].map(each => {
    const product = prototype.create([{ kind: 'real', size: D }])
    learn(product, each)
    return product
  })
  for (const x of stream(3, 30, 0.2)) {
    const energy = plain.freeEnergy(Float32Array.from(x))
    assert.is(large.freeEnergy(Float32Array.from(scaled(x))), energy)
    isSame(large.surprise(Float32Array.from(scaled(x))), [...plain.surprise(Float32Array.from(x))])
    assert.ok(Math.abs(mixed.freeEnergy(Float32Array.from(moved(x))) - energy) <= 2 * U * (D / 2 + 142))
  }
  for (const product of [plain, large, mixed]) product.release()
})

test.run()
