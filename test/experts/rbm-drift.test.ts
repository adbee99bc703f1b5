/** Drift resets of the Boltzmann machine, against the rule in float64. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { bytesOf } from '../contract/subject.ts'
import { DriftOracle } from '../reference/drift.ts'
import { freeEnergy, machineOf } from '../reference/rbm.ts'

const bits = (size: number): VisibleGroup[] => [{ kind: 'bernoulli', size }]
const mixed: VisibleGroup[] = [
  { kind: 'softmax', size: 4 },
  { kind: 'real', size: 2 },
  { kind: 'count', size: 5 },
  { kind: 'bernoulli', size: 3 },
]

/** A row of the first stream, or of the second, in which what was rare is frequent. */
function rowOf(visible: readonly VisibleGroup[], second: boolean, uniform: () => number): Float32Array {
  const share = second ? 0.8 : 0.2
  const values = visible.flatMap(({ kind, size }) => {
    if (kind === 'softmax') {
      const state = uniform() < share ? 0 : 1 + Math.floor(uniform() * (size - 1))
      return Array.from({ length: size }, (_, k) => Number(k === state))
    }
    if (kind === 'count') return [Array.from({ length: size }, uniform).filter(u => u < share).length]
    if (kind === 'real') return Array.from({ length: size }, () => 4 * share + uniform() + uniform())
    return Array.from({ length: size }, () => Number(uniform() < share))
  })
  return Float32Array.from(values)
}

/** `first` rows and then as many of the second stream as there are left; `missing`: the share of rows with a gap. */
function stream(visible: readonly VisibleGroup[], count: number, first: number, missing = 0) {
  const uniform = uniforms(5)
  return Array.from({ length: count }, (_, n) => {
    const row = rowOf(visible, n >= first, uniform)
    if (uniform() < missing) row[row.length - 1] = Number.NaN
    return row
  })
}

const flat = (rows: readonly Float32Array[]) => Float32Array.from(rows.flatMap(row => [...row]))
const numbers = (product: Product, name: string) => Array.from(product.tensors()[name].data)

const rule = { threshold: 8, interval: 3, sample: 8, reservoir: 12 }
const driftOptions = (options: FamilyOptions = {}): FamilyOptions => ({
  hidden: 3,
  driftThreshold: rule.threshold,
  driftInterval: rule.interval,
  driftSample: rule.sample,
  driftReservoir: rule.reservoir,
  revival: false,
  averagingInterval: 5,
  resetAge: 50,
  ...options,
})

const cases: [string, VisibleGroup[], FamilyOptions][] = [
  ['bits', bits(7), {}],
  ['bits without averages', bits(7), { averaging: false }],
  ['replicas, contrastive divergence', bits(7), { replicas: 3, persistentChains: 0 }],
  ['states, numbers, counts and bits', mixed, { persistentChains: 0 }],
]

for (const [title, visible, options] of cases) {
  test(`${title}: sums, rows and the clock are those of the rule`, () => {
    const product = rbm.create(visible, driftOptions(options))
    const oracle = new DriftOracle(rule)
    const rows = stream(visible, 1200, 700, 0.2)
    product.initialise(flat(rows.slice(0, 30)))
    let age = 0
    let resets = 0
    for (const [n, row] of rows.entries()) {
      product.learnOne(row)
      age++
      const machine = () => machineOf(product, options.averaging === false ? 'experts' : 'average')
      if (oracle.notice(row, other => freeEnergy(machine(), other))) {
        resets++
        age = Math.min(age, 50)
      }
      assert.equal(numbers(product, 'clock'), [age, resets, 0], `row ${n}`)
      const sums = numbers(product, 'drift.sums')
      // Free energies of some tens of nats in float32, 1e-5, over errors of .1 and more, summed up over a hundred of them.
      for (const [k, exact] of oracle.sums.entries())
        assert.ok(
          Math.abs(sums[k] - exact) < 1e-3 * (1 + Math.abs(exact)),
          `sum ${k} of row ${n}: ${sums[k]}, ${exact}`,
        )
    }
    const kept = product.tensors()['drift.rows']
    assert.equal(kept.shape, [rule.reservoir + rule.sample, product.width])
    const held = oracle.sums[7]
    const older = oracle.rows.slice(0, held)
    assert.equal(kept.data.slice(0, held * product.width), flat(older))
    assert.is(resets, 1)
    product.release()
  })
}

test('many rows at once are rows in turn, bit for bit, refused ones among them', () => {
  for (const layer of [bits(7), mixed]) {
    const rows = stream(layer, 600, 350, 0.1)
    const options = driftOptions({
      revival: true,
      revivalInterval: 50,
      revivalThreshold: 0.49,
      weightScale: 1,
      centeringRate: 0.05,
    })
    const [many, one] = [rbm.create(layer, options), rbm.create(layer, options)]
    for (const row of rows) one.learnOne(row)
    const wrong = rows[0].slice().fill(Number.POSITIVE_INFINITY)
    assert.throws(() => many.learnMany(flat([...rows.slice(0, 101), wrong, ...rows.slice(101)])), RangeError)
    for (let at = 101; at < rows.length; at += 83) many.learnMany(flat(rows.slice(at, at + 83)))
    assert.equal(bytesOf(many.tensors()), bytesOf(one.tensors()))
    const [, resets, revived] = numbers(one, 'clock')
    assert.ok(revived > 0 && (layer === mixed || resets > 0))
    many.release()
    one.release()
  }
})

test('a product that was restored between two comparisons goes on as if it had not stopped', () => {
  const rows = stream(bits(7), 900, 400)
  const [whole, resumed] = [
    rbm.create(bits(7), driftOptions()),
    rbm.create(bits(7), driftOptions({ seed: 9 })),
  ]
  whole.learnMany(flat(rows.slice(0, 410)))
  resumed.restore(whole.tensors())
  for (const product of [whole, resumed]) product.learnMany(flat(rows.slice(410)))
  assert.is(numbers(whole, 'clock')[1], 1)
  assert.equal({ ...bytesOf(resumed.tensors()) }, bytesOf(whole.tensors()))
  whole.release()
  resumed.release()
})

test('as long as nothing drifts, watching changes nothing, and without it nothing is kept', () => {
  const rows = flat(stream(bits(7), 400, 400))
  const [on, off] = [true, false].map(driftReset => rbm.create(bits(7), driftOptions({ driftReset })))
  for (const product of [on, off]) product.learnMany(rows)
  const { clock, 'drift.sums': sums, 'drift.rows': kept, ...others } = on.tensors()
  assert.ok(clock && sums && kept)
  assert.equal(bytesOf(off.tensors()), bytesOf(others))
  on.release()
  off.release()
})

test('learning rate and averages go by the clock, everything else by the number of rows', () => {
  const options = driftOptions({
    learningRateDecay: 10,
    learningRateFloor: 0,
    weightDecay: 0,
    averagingInterval: 1,
  })
  const product = rbm.create(bits(7), options)
  product.learnMany(flat(stream(bits(7), 990, 990)))
  const before = product.tensors()
  const learnAt = (age: number) => {
    before.clock.data[0] = age
    product.restore(before)
    product.learnOne(Float32Array.of(1, 0, 1, 0, 1, 0, 1))
    const {
      'experts.c': { data: c },
      'average.c': { data: mean },
      counters,
    } = product.tensors()
    return { moved: c[0] - before['experts.c'].data[0], c: c[0], mean: mean[0], learned: counters.data[0] }
  }
  const [early, late] = [learnAt(90), learnAt(990)]
  // η ~ 1 / √(1 + t / 10): √(100 / 10). A change of 1e-3 in a bias near one has 13 bits in float32.
  assert.ok(Math.abs(early.moved / late.moved - Math.sqrt(10)) < 2e-3, `${early.moved / late.moved}`)
  assert.equal([early.learned, late.learned], [991, 991])
  // The average moves by 4 / (n + 3) at the n-th interval, the 91st here.
  const share = (early.mean - before['average.c'].data[0]) / (early.c - before['average.c'].data[0])
  assert.ok(Math.abs(share - 4 / 94) < 1e-3, `${share}`)
  product.release()
})

test('rows that all lack something are not compared, and a few that are far out are no drift', () => {
  const rows = stream(bits(7), 900, 450, 1)
  const product = rbm.create(bits(7), driftOptions())
  product.learnMany(flat(rows))
  assert.equal(numbers(product, 'drift.sums').slice(6), [0, 0])
  product.release()
  const real: VisibleGroup[] = [{ kind: 'real', size: 3 }]
  const outliers = rbm.create(real, driftOptions({ persistentChains: 0 }))
  const others = stream(real, 900, 900)
  for (const n of [300, 303, 601]) others[n].fill(1e4)
  outliers.learnMany(flat(others))
  assert.is(numbers(outliers, 'clock')[1], 0)
  outliers.release()
})

test('what was usual is forgotten when learning starts from data again', () => {
  const rows = flat(stream(bits(7), 300, 300))
  const product = rbm.create(bits(7), driftOptions())
  product.learnMany(rows)
  product.initialise(rows)
  assert.equal(numbers(product, 'drift.sums'), [0, 0, 0, 0, 0, 0, 0, 0])
  product.release()
})

test('counters that would address rows that are not there are refused', () => {
  const product = rbm.create(bits(7), driftOptions())
  const wrong: [string, number, number][] = [
    ['drift.sums', 6, rule.sample],
    ['drift.sums', 7, rule.reservoir + 1],
    ['drift.sums', 0, -1],
    ['drift.sums', 5, 0.5],
    ['drift.sums', 2, -1],
    ['drift.sums', 3, Number.NaN],
    ['clock', 0, -1],
    ['clock', 1, 1.5],
  ]
  for (const [name, index, value] of wrong) {
    const tensors = product.tensors()
    tensors[name].data[index] = value
    assert.throws(() => product.restore(tensors), RangeError, `${name} ${index}`)
  }
  product.release()
})

test.run()
