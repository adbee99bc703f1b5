/** Revival of saturated hidden units: what is drawn anew, what the biases take over, and what stays. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, Tensors, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { hiddenMeans, machineOf } from '../reference/rbm.ts'
import { randomRow, randomRows } from '../reference/rows.ts'

const layers: [string, VisibleGroup[]][] = [
  ['bits', [{ kind: 'bernoulli', size: 9 }]],
  [
    'states between bits',
    [
      { kind: 'bernoulli', size: 2 },
      { kind: 'softmax', size: 5 },
      { kind: 'bernoulli', size: 1 },
    ],
  ],
  [
    'counts',
    [
      { kind: 'count', size: 6 },
      { kind: 'count', size: 3 },
    ],
  ],
  [
    'numbers and states',
    [
      { kind: 'real', size: 3 },
      { kind: 'softmax', size: 3 },
    ],
  ],
]
const HIDDEN = 5
/** Always on, never on. */
const ON = 1
const OFF = 3

/**
 * Nothing learns, and nothing but the visible offsets moves: what changes is what is drawn anew. Units 1 and 3 are as good as
 * always and never on, and their means say so; the average has other weights than what learns.
 */
function saturated(visible: readonly VisibleGroup[], options: FamilyOptions): Product {
  const product = rbm.create(visible, {
    hidden: HIDDEN,
    persistentChains: 4,
    learningRate: 0,
    learningRateFloor: 0,
    centeringRate: 0,
    weightScale: 0.2,
    revivalInterval: 10,
    averagingInterval: 1_000_000,
    deviationRate: 0,
    driftReset: false,
    ...options,
  })
  const uniform = uniforms(3)
  product.initialise(randomRows(visible, 50, uniform))
  const tensors = product.tensors()
  const copies = Number(product.options.replicas)
  for (const [unit, on] of [
    [ON, 1],
    [OFF, 0],
  ]) {
    // The statistics of numbers here are below 200, weights below one: σ(±1e4) is 0 or 1.
    tensors['experts.c'].data[unit] = on ? 1e4 : -1e4
    tensors['offset.hidden'].data[unit] = copies * on
  }
  if (tensors['average.w']) {
    for (const [n, w] of tensors['experts.w'].data.entries())
      tensors['average.w'].data[n] = w + 0.1 * uniform()
    tensors['average.c'].data.set(tensors['experts.c'].data)
    tensors.counters.data[0] = 2_000_005
    tensors.clock.data[0] = 3005
  }
  product.restore(tensors)
  return product
}

/** As many rows as there are until units are looked at. */
function goOn(product: Product, visible: readonly VisibleGroup[]): Tensors {
  const left = 10 - (product.tensors().counters.data[0] % 10)
  product.learnMany(randomRows(visible, left, uniforms(8)))
  return product.tensors()
}

const rowOf = (tensors: Tensors, name: string, unit: number) => {
  const { shape, data } = tensors[name]
  return Array.from(data.subarray(unit * shape[1], (unit + 1) * shape[1]))
}

for (const [title, visible] of layers) {
  for (const options of [{}, { replicas: 3 }, { momentum: 0.5 }] as FamilyOptions[]) {
    const copies = Number(options.replicas ?? 1)
    test(`${title}, ${JSON.stringify(options)}: biases take over what is always on, the others stay`, () => {
      const product = saturated(visible, options)
      const before = product.tensors()
      const after = goOn(product, visible)
      for (const prefix of ['experts', 'average']) {
        const [b, taken] = [before[`${prefix}.b`].data, rowOf(before, `${prefix}.w`, ON)]
        // A product and a sum, each rounded to 2^-24 of itself; the sum is below 200.
        for (const [i, bias] of after[`${prefix}.b`].data.entries())
          assert.ok(Math.abs(bias - b[i] - copies * taken[i]) < 2e-5, `${prefix}.b ${i}`)
        for (const unit of [0, 2, 4]) {
          assert.equal(rowOf(after, `${prefix}.w`, unit), rowOf(before, `${prefix}.w`, unit))
          assert.is(after[`${prefix}.c`].data[unit], before[`${prefix}.c`].data[unit])
        }
      }
      for (const unit of [ON, OFF]) {
        assert.not.equal(rowOf(after, 'experts.w', unit), rowOf(before, 'experts.w', unit))
        assert.equal(rowOf(after, 'average.w', unit), rowOf(after, 'experts.w', unit))
        assert.is(after['average.c'].data[unit], after['experts.c'].data[unit])
        assert.is(after['offset.hidden'].data[unit], copies / 2)
        if (after['velocity.w']) assert.ok(rowOf(after, 'velocity.w', unit).every(v => v === 0))
      }
      // Two of five units have just begun: of the 2010 rows that the clock is ahead of row 1000 it goes back 804.
      assert.equal(Array.from(after.clock.data), [3010 - 804, 0, 2])
      product.release()
    })

    test(`${title}, ${JSON.stringify(options)}: a new unit is in the middle for a row of means, and chains know it`, () => {
      const product = saturated(visible, options)
      const after = goOn(product, visible)
      const machine = machineOf(product)
      const middle = hiddenMeans(machine, after['offset.visible'].data)
      // Some ten products below 10, each rounded to 2^-24 of it.
      for (const unit of [ON, OFF]) assert.ok(Math.abs(middle[unit] - 0.5) < 1e-5, `${middle[unit]}`)
      for (let p = 0; p < 4; p++) {
        // Chains hold statistics: the input is c + W x of them.
        const x = rowOf(after, 'chains', p)
        const inputs = machine.w.map(
          (w, j) => machine.c[j] + x.reduce((sum, value, i) => sum + w[i] * value, 0),
        )
        for (const [j, kept] of rowOf(after, 'chains.hidden', p).entries())
          assert.ok(Math.abs(kept - 1 / (1 + Math.exp(-inputs[j]))) < 1e-5, `chain ${p}, unit ${j}`)
      }
      product.release()
    })

    test(`${title}, ${JSON.stringify(options)}: without new weights free energies stay what they were, but for a constant`, () => {
      const product = saturated(visible, { ...options, weightScale: 0 })
      const tensors = product.tensors()
      const uniform = uniforms(4)
      for (const name of ['experts.w', 'average.w'])
        for (let n = 0; n < tensors[name].data.length; n++) tensors[name].data[n] = uniform() - 0.5
      product.restore(tensors)
      const rows = Array.from({ length: 6 }, () => randomRow(visible, uniform))
      const energies = () => rows.map(row => product.freeEnergy(row))
      const before = energies()
      goOn(product, visible)
      const moved = energies().map((energy, n) => energy - before[n])
      // The unit that was always on added 1e4 a copy, and what is added to that is rounded to 2^-11 of a nat and more.
      for (const change of moved) assert.ok(Math.abs(change - moved[0]) < 0.02, moved.join())
      product.release()
    })
  }
}

test('new weights are as large as those at the start, in the units of measurement of their columns', () => {
  const size = 600
  const visible: VisibleGroup[] = [
    { kind: 'real', size },
    { kind: 'bernoulli', size },
    ...Array.from({ length: size }, (): VisibleGroup => ({ kind: 'count', size: 5 })),
  ]
  const product = saturated(visible, {})
  const scales = product.tensors()['experts.logVariance'].data.map(log => Math.exp(log / 2))
  const weights = rowOf(goOn(product, visible), 'experts.w', OFF)
  const deviation = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, w) => sum + w * w, 0) / values.length)
  const standard = weights.map((w, i) => (i < size ? w / scales[i] : i < 2 * size ? w : 5 * w))
  // The standard error of a deviation from 600 draws is 3 % of it.
  for (const first of [0, size, 2 * size]) {
    const found = deviation(standard.slice(first, first + size))
    assert.ok(Math.abs(found / 0.2 - 1) < 0.12, `${found} from ${first} on`)
  }
  product.release()
})

test('units are left alone between times, within the bounds, without centring, and when revival is off', () => {
  const visible = layers[0][1]
  const kept = (options: FamilyOptions, rows: number) => {
    const product = saturated(visible, options)
    const before = product.tensors()['experts.w'].data
    product.learnMany(randomRows(visible, rows, uniforms(8)))
    const { 'experts.w': w, clock } = product.tensors()
    product.release()
    assert.equal(w.data, before)
    assert.is(clock?.data[2] ?? 0, 0)
  }
  kept({}, 4)
  kept({ revivalThreshold: 0 }, 40)
  kept({ revival: false, driftReset: true }, 40)
  kept({ centering: false, averaging: false }, 40)
})

test.run()
