/** How the machine on units that are mostly off learns: what an update moves, and what it leaves alone. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { sparse } from '../../pipeline/experts/sparse.ts'
import { kernelsFor, targets } from '../assembly/compile.ts'
import { randomRow } from '../reference/rows.ts'
import { chainEnd, denseRow, machineOf, observable, update } from '../reference/sparse.ts'

const states: VisibleGroup[] = [5, 2, 30, 3, 9].map(size => ({ kind: 'index', size }))
const mixed: VisibleGroup[] = [{ kind: 'tokens', size: 40 }, ...states, { kind: 'tokens', size: 3 }]

const lambdaOf = (product: Product) => Array.from(product.tensors()['offset.hidden'].data)

/** A product beside another one, of which it is known what its chains end at. */
function witnessOf(product: Product): Product {
  return sparse.create(product.visible, { ...product.options, ...observable })
}

/** What the next chain of the product from `row` will end at: the witness takes over parameters and random numbers. */
function nextEnd(product: Product, witness: Product, row: Float32Array): number[] {
  const tensors = product.tensors()
  // Offsets are no part of a chain, and would hide what biases tell.
  tensors['offset.hidden'].data.fill(0)
  witness.restore(tensors)
  return chainEnd(witness, row)
}

/** The largest difference between what a product has learned and what it should have. */
function difference(product: Product, expected: ReturnType<typeof update>): number {
  const { w, b, c } = machineOf(product)
  const pairs = [...w, b, c].map((values, i) => {
    const others = [...expected.machine.w, expected.machine.b, expected.machine.c][i]
    return Math.max(...Array.from(values, (value, k) => Math.abs(value - others[k])))
  })
  const offsets = lambdaOf(product).map((mean, j) => Math.abs(mean - expected.lambda[j]))
  return Math.max(...pairs, ...offsets)
}

const plain: FamilyOptions = { hidden: 7, learningRate: 0.1, learningRateDecay: 0, weightScale: 0.5, seed: 5 }
const cases: [string, FamilyOptions][] = [
  ['plain', { ...plain, weightDecay: 0, centering: false }],
  ['centred, with decay', { ...plain, weightDecay: 0.3, centeringRate: 0.05 }],
  ['3 steps', { ...plain, cdSteps: 3 }],
  ['Metropolis and Hastings', { ...plain, metropolis: true }],
  [
    'Metropolis and Hastings, 3 steps of 2 proposals',
    { ...plain, metropolis: true, cdSteps: 3, proposals: 2 },
  ],
]

for (const target of targets()) {
  for (const [name, options] of cases) {
    for (const [layer, visible] of [
      ['states', states],
      ['states and sets', mixed],
    ] as [string, VisibleGroup[]][]) {
      test(`${target} SIMD, ${layer}, ${name}: every update is the oracle's`, () => {
        const product = sparse.create(visible, options, kernelsFor(target))
        const witness = witnessOf(product)
        const uniform = uniforms(11)
        for (let t = 0; t < 24; t++) {
          const row = randomRow(visible, uniform, 0.2)
          if (row.every(Number.isNaN)) continue
          const end = nextEnd(product, witness, row)
          const expected = update(
            machineOf(product),
            lambdaOf(product),
            denseRow(visible, row),
            end,
            product.options,
          )
          product.learnOne(row)
          // Numbers below 8 are rounded a few times, 2^-22 each; posteriors, of inputs of 14 numbers, err by 1e-6.
          const most = difference(product, expected)
          assert.ok(most < 3e-6, `update ${t}: ${most}`)
        }
        witness.release()
        product.release()
      })
    }
  }
}

test('decay that waits in the scale of the weights is decay of all weights with every row', () => {
  // A tenth is lost with each row: after 131 of them the scale is multiplied into the weights.
  const options = { ...plain, learningRate: 0.2, weightDecay: 0.5 }
  const product = sparse.create(mixed, options)
  const witness = witnessOf(product)
  const uniform = uniforms(12)
  let eager: ReturnType<typeof update> = { machine: machineOf(product), lambda: lambdaOf(product) }
  let rescaled = 0
  let last = 1
  const rows = 300
  for (let t = 0; t < rows; t++) {
    const row = randomRow(mixed, uniform, 0.2)
    const end = nextEnd(product, witness, row)
    eager = update(eager.machine, eager.lambda, denseRow(mixed, row), end, product.options)
    product.learnOne(row)
    const scale = product.tensors().counters.data[1]
    if (scale > last) rescaled++
    last = scale
  }
  assert.is(rescaled, 2)
  // Errors of an update, as above, add up over all rows at the worst.
  assert.ok(difference(product, eager) < rows * 3e-6, `${difference(product, eager)}`)
  witness.release()
  product.release()
})

/** Numbers of the units whose rows of weights have changed a bit. */
function changedRows(product: Product, before: Uint32Array): number[] {
  const { shape, data } = product.tensors()['experts.w']
  const after = new Uint32Array(data.buffer, data.byteOffset, data.length)
  const H = shape[1]
  return Array.from({ length: shape[0] }, (_, k) => k).filter(k => {
    for (let j = k * H; j < (k + 1) * H; j++) if (after[j] !== before[j]) return true
    return false
  })
}

const bitsOf = (product: Product) => {
  const { data } = product.tensors()['experts.w']
  return new Uint32Array(data.buffer, data.byteOffset, data.length).slice()
}

test('with Metropolis and Hastings an update touches what is on and what was proposed, and nothing else', () => {
  const visible: VisibleGroup[] = [
    { kind: 'index', size: 3000 },
    { kind: 'tokens', size: 4000 },
  ]
  const options = {
    hidden: 5,
    metropolis: true,
    proposals: 2,
    learningRate: 0.5,
    weightDecay: 1e-3,
    weightScale: 1,
  }
  const product = sparse.create(visible, options)
  const before = bitsOf(product)
  const rows = 40
  const data = Array.from({ length: rows }, (_, t) => {
    const row = new Float32Array(product.width).fill(Number.NaN)
    row.set([t % 7, 100 + (t % 5), 200, 300 + (t % 3)])
    return row
  })
  for (const row of data) product.learnOne(row)
  const changed = changedRows(product, before)
  // On in the data: 7 states, 5 + 1 + 3 units. Proposed in each step: 2 states; in 2 rounds an exchange for each of the
  // units that are on, 3 and those that have entered, and 4 changes.
  const proposed = 2 + (3 + 2 * 4) * 2 + 2 * 4
  assert.ok(changed.length <= 7 + 9 + rows * proposed, `${changed.length} rows`)
  // Each row may take in one proposal for each place at most; most of those that were refused are untouched.
  assert.ok(changed.length > 16 && changed.length < 800, `${changed.length} rows`)
  assert.ok(product.tensors().counters.data[1] < 1)
  product.release()
})

test('proposals that are never taken leave every weight as it is, to the bit', () => {
  const size = 500
  const visible: VisibleGroup[] = [
    { kind: 'index', size },
    { kind: 'index', size },
  ]
  const product = sparse.create(visible, {
    hidden: 5,
    metropolis: true,
    weightDecay: 0.01,
    centering: false,
    weightScale: 1,
  })
  const tensors = product.tensors()
  // No other state stands a chance beside the first of each group.
  tensors['experts.b'].data.set([1000], 0)
  tensors['experts.b'].data.set([1000], size)
  product.restore(tensors)
  const before = bitsOf(product)
  for (let t = 0; t < 50; t++) product.learnOne(Float32Array.of(0, 0))
  assert.equal(changedRows(product, before), [])
  product.release()
})

for (const metropolis of [true, false]) {
  test(`2²⁰ states and 2²⁰ units of a set, ${metropolis ? 'Metropolis and Hastings' : 'exact'}`, () => {
    const size = 2 ** 20
    const visible: VisibleGroup[] = [
      { kind: 'index', size },
      { kind: 'tokens', size },
    ]
    const product = sparse.create(visible, { hidden: 4, metropolis, learningRate: 0.2 })
    const row = new Float32Array(product.width).fill(Number.NaN)
    row.set([size - 1, 0, size - 1, 12_345])
    const other = new Float32Array(product.width).fill(Number.NaN)
    other.set([3, 7, 8, 9])
    const before = product.freeEnergy(row) - product.freeEnergy(other)
    for (let t = 0; t < (metropolis ? 200 : 3); t++) product.learnOne(row)
    assert.ok(product.freeEnergy(row) - product.freeEnergy(other) < before - 1)
    assert.ok(product.surprise(row).every(Number.isFinite))
    product.release()
  })
}

test('states that belong together are told from states that do not', () => {
  // Two kinds of rows: fields take one of four values of their kind, alike often, so that single values say nothing.
  for (const metropolis of [false, true]) {
    const visible: VisibleGroup[] = Array.from({ length: 6 }, () => ({ kind: 'index', size: 8 }))
    const product = sparse.create(visible, { metropolis, proposals: 4, weightScale: 0.1, seed: 3 })
    const uniform = uniforms(4)
    const draw = (kinds: readonly number[]) =>
      Float32Array.from(kinds, kind => 4 * kind + Math.floor(4 * uniform()))
    for (let t = 0; t < 6000; t++) product.learnOne(draw(new Array(6).fill(Number(uniform() < 0.5))))
    const pairs = Array.from({ length: 300 }, (_, i) => {
      const kind = i % 2
      return [draw(new Array(6).fill(kind)), draw([kind, kind, kind, kind, 1 - kind, 1 - kind])]
    })
    const right = pairs.filter(([usual, odd]) => product.freeEnergy(usual) < product.freeEnergy(odd)).length
    assert.ok(right > 0.95 * pairs.length, `${metropolis}: ${right} of ${pairs.length}`)
    product.release()
  }
})

test.run()
