/** Real and counting units and replicas against the oracle, and what must be the same to the bit. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { bytesOf, without } from '../contract/subject.ts'
import {
  conditional,
  distribution,
  freeEnergy,
  gradient,
  groupsOf,
  hiddenMeans,
  load,
  logSumExp,
  logWays,
  type Machine,
  machineOf as machineOfTensors,
  oracle,
  parametersOf,
  randomMachine,
  reconstruct,
  rounded,
  sum,
  surprise,
  visibleStates,
  withParameters,
} from '../reference/rbm.ts'
import { randomRow, randomRows } from '../reference/rows.ts'

const mixture: VisibleGroup[] = [
  { kind: 'real', size: 2 },
  { kind: 'bernoulli', size: 3 },
  { kind: 'count', size: 6 },
  { kind: 'softmax', size: 3 },
  { kind: 'real', size: 1 },
  { kind: 'count', size: 1 },
  { kind: 'count', size: 40 },
]

/** A machine of all kinds whose deviations are from a half to two. */
function machineOf(hidden: number, replicas: number, scale = 0.4): Machine {
  const uniform = uniforms(hidden)
  const machine = rounded(randomMachine(mixture, hidden, scale, uniform))
  const logVariance = new Float64Array(machine.b.length)
  for (const { kind, start } of groupsOf(mixture)) {
    if (kind === 'real') logVariance[start] = Math.fround(2.7 * uniform() - 1.4)
  }
  return { ...machine, replicas, logVariance }
}

function productOf(machine: Machine, options: FamilyOptions = {}): Product {
  const product = rbm.create(machine.visible, {
    ...options,
    hidden: machine.c.length,
    replicas: machine.replicas ?? 1,
  })
  load(product, machine)
  return product
}

/** A row with numbers within some deviations. */
function rowOf(seed: number, missing = 0): Float32Array {
  const row = randomRow(mixture, uniforms(seed), missing)
  for (const { kind, start } of groupsOf(mixture)) if (kind === 'real') row[start] /= 12
  return row
}

for (const [hidden, replicas] of [
  [1, 1],
  [7, 1],
  [6, 3],
]) {
  for (const missing of [0, 0.4]) {
    test(`H = ${hidden}, K = ${replicas}, ${missing} missing: all that is asked is what the oracle says`, () => {
      const machine = machineOf(hidden, replicas)
      const product = productOf(machine)
      for (const seed of [1, 2, 3]) {
        const row = rowOf(seed, missing)
        const energy = freeEnergy(machine, row)
        // Inputs of up to 50 from 20 terms in float32, and K H softplus of them: 1e-6 each.
        const bound = 1e-5 * (1 + replicas * hidden)
        assert.ok(Math.abs(product.freeEnergy(row) - energy) < bound + 1e-6 * Math.abs(energy))
        const [found, expected] = [product.surprise(row), surprise(machine, row)]
        for (const [g, group] of groupsOf(mixture).entries()) {
          const isMissing = Number.isNaN(expected[g])
          const apart = Math.abs(found[g] - expected[g])
          assert.ok(isMissing ? Number.isNaN(found[g]) : apart < bound + 1e-5 * expected[g], `group ${g}`)
          if (group.kind !== 'real') {
            const logs = conditional(machine, row, group)
            const means = product.conditional(row, g).slice(-logs.length)
            for (const [k, mean] of logs.entries()) assert.ok(Math.abs(means[k] - mean) < bound)
          } else if (!isMissing) {
            // Near the top a density is flat: its argument is known to the root of the precision of its logarithm.
            const [value] = conditional(machine, row, group)
            assert.ok(Math.abs(product.conditional(row, g)[0] - value) < 0.01, `${group.start}`)
          }
        }
        const means = hiddenMeans(machine, row)
        for (const [j, value] of product.transformOne(row).entries())
          assert.ok(Math.abs(value - means[j]) < bound)
        const down = reconstruct(machine, row, 2)
        for (const [i, value] of product.reconstruct(row, 2).entries()) {
          assert.ok(Math.abs(value - down[i]) < 1e-5 * (1 + Math.abs(down[i])) * (1 + replicas * hidden))
        }
      }
      product.release()
    })
  }
}

test('counts up to one and single replicas are the binary machine, to the bit', () => {
  const bits: VisibleGroup[] = [{ kind: 'bernoulli', size: 11 }]
  const ones = new Array<VisibleGroup>(11).fill({ kind: 'count', size: 1 })
  const rows = randomRows(ones, 80, uniforms(3), 0.1)
  for (const options of [
    {},
    { persistentChains: 0, centering: false },
    { persistentChains: 0, cdSteps: 3, momentum: 0.5 },
    rbm.streamOptions,
  ]) {
    const [binary, counting] = [bits, ones].map(visible => {
      const product = rbm.create(visible, { ...options, hidden: 9, replicas: 1 })
      product.initialise(rows.subarray(0, 110))
      product.learnMany(rows)
      product.learnOne(rows.subarray(0, 11))
      return product
    })
    assert.equal(bytesOf(counting.tensors()), bytesOf(binary.tensors()))
    assert.equal(counting.freeEnergies(rows), binary.freeEnergies(rows))
    const row = rows.subarray(11, 22)
    assert.equal(Array.from(counting.surprise(row)), Array.from(binary.surprise(row)))
    assert.is(counting.conditional(row, 4)[1], binary.conditional(row, 4)[0])
    assert.equal(Array.from(counting.reconstruct(row, 2)), Array.from(binary.reconstruct(row, 2)))
    assert.equal(Array.from(counting.sample(20, 5)), Array.from(binary.sample(20, 5)))
    for (const product of [binary, counting]) product.release()
  }
})

test('counts to four: enumerated, p adds up and the gradient of log Z is the mean of gradients', () => {
  const visible = new Array<VisibleGroup>(3).fill({ kind: 'count', size: 4 })
  const machine = { ...randomMachine(visible, 3, 0.7, uniforms(8)), replicas: 2 }
  const states = visibleStates(visible)
  const { logP, logZ } = distribution(machine)
  const means = parametersOf(machine).map(() => 0)
  for (const [n, state] of states.entries()) {
    for (const [i, slope] of gradient(machine, state).entries()) means[i] += Math.exp(logP[n]) * slope
  }
  // Z the other way: over all settings of the hidden units, k of K each, with the counts summed out.
  const settings = Array.from({ length: 27 }, (_, code) => [
    code % 3,
    Math.floor(code / 3) % 3,
    Math.floor(code / 9),
  ])
  const other = logSumExp(
    settings.map(k => {
      const input = Array.from(machine.b, (b, i) => b + sum(machine.w.map((row, j) => row[i] * k[j])))
      const ways = sum(k.map((on, j) => on * machine.c[j] + logWays(2, on)))
      return ways + sum(input.map(x => 4 * Math.log1p(Math.exp(x))))
    }),
  )
  assert.ok(Math.abs(other - logZ) < 1e-10)
  const parameters = parametersOf(machine)
  for (const [i, mean] of means.entries()) {
    const at = (offset: number) =>
      distribution(withParameters(machine, parameters.with(i, parameters[i] + offset))).logZ
    // Richardson on central differences: of the order h⁴ = 1e-12, beside roundings of 1e-15 / h.
    const slope = (4 * (at(5e-4) - at(-5e-4))) / 3e-3 - (at(1e-3) - at(-1e-3)) / 6e-3
    assert.ok(Math.abs(slope - mean) < 1e-10, `${i}: ${slope}, ${mean}`)
  }
})

test('a count up to N is N binary units with the same weights, summed over those that have as many on', () => {
  const visible: VisibleGroup[] = [
    { kind: 'count', size: 3 },
    { kind: 'count', size: 2 },
  ]
  const machine = randomMachine(visible, 3, 0.9, uniforms(9))
  const copies = [0, 0, 0, 1, 1]
  const tied: Machine = {
    visible: [{ kind: 'bernoulli', size: 5 }],
    w: machine.w.map(row => Float64Array.from(copies, i => row[i])),
    b: Float64Array.from(copies, i => machine.b[i]),
    c: machine.c,
  }
  const found = new Map<string, number>()
  const binary = distribution(tied)
  for (const [n, state] of visibleStates(tied.visible).entries()) {
    const counted = [sum(state.slice(0, 3)), sum(state.slice(3))].join()
    found.set(counted, (found.get(counted) ?? 0) + Math.exp(binary.logP[n]))
  }
  const { logP, logZ } = distribution(machine)
  assert.ok(Math.abs(logZ - binary.logZ) < 1e-10)
  for (const [n, state] of visibleStates(visible).entries()) {
    assert.ok(Math.abs((found.get(state.join()) ?? 0) - Math.exp(logP[n])) < 1e-10)
  }
})

test('replicas are hidden units with the same weights', () => {
  const visible: VisibleGroup[] = [{ kind: 'bernoulli', size: 5 }]
  const machine = rounded(randomMachine(visible, 2, 1, uniforms(4)))
  const three = { ...machine, replicas: 3 }
  const six = {
    ...machine,
    w: [0, 0, 0, 1, 1, 1].map(j => machine.w[j]),
    c: Float64Array.from([0, 0, 0, 1, 1, 1], j => machine.c[j]),
  }
  for (const state of visibleStates(visible)) {
    assert.ok(Math.abs(freeEnergy(three, state) - freeEnergy(six, state)) < 1e-12)
  }
  const [first, second] = [productOf(three), productOf(six)]
  const row = Float32Array.of(1, 0, 1, 1, 0)
  for (const [g, value] of first.surprise(row).entries())
    assert.ok(Math.abs(value - second.surprise(row)[g]) < 1e-5)
  for (const product of [first, second]) product.release()
})

test('learnOne is learnPair with what its chain came to', () => {
  const machine = machineOf(5, 2)
  const options = { persistentChains: 1, cdSteps: 2, averaging: false }
  const [one, pair] = [productOf(machine, options), productOf(machine, options)]
  for (const seed of [5, 6, 7]) {
    const row = rowOf(seed, 0.3)
    const { logVariance = new Float64Array(0) } = machineOfTensors(one)
    one.learnOne(row)
    // A chain keeps v / σ² of real units, and the variance was another one before the update.
    const chain = one.tensors().chains.data.slice() as Float32Array
    for (const { kind, start } of groupsOf(mixture)) {
      if (kind === 'real') chain[start] *= Math.exp(logVariance[start])
    }
    pair.learnPair?.(row, chain)
    const [found, expected] = [one.tensors(), pair.tensors()]
    for (const [name, { data }] of Object.entries(found)) {
      if (/^(chains|random|counters)/.test(name)) continue
      for (const [i, value] of expected[name].data.entries()) {
        assert.ok(Math.abs(data[i] - value) < 1e-5 * (1 + Math.abs(value)), `${name}[${i}]`)
      }
    }
  }
  const { logVariance } = machineOfTensors(one)
  assert.not.equal(Array.from(logVariance ?? []), Array.from(machine.logVariance ?? []))
  for (const product of [one, pair]) product.release()
})

test('initialise: mean and deviation of what lies within the fences, bounds of the deviation, rates of counts', () => {
  const visible: VisibleGroup[] = [
    { kind: 'real', size: 3 },
    { kind: 'count', size: 5 },
  ]
  const product = rbm.create(visible, { hidden: 3, leastDeviation: 0.1 })
  const values = [1, 2, 3, 4, 5, 6, 7, 3e38]
  product.initialise(Float32Array.from(values.flatMap(x => [x, 4, Number.NaN, 2])))
  const { 'experts.b': b, 'experts.logVariance': logVariance, 'offset.visible': offset } = product.tensors()
  // Quartiles 3 and 7: the last value counts as 7 + 3 × 4 = 19.
  const kept = [1, 2, 3, 4, 5, 6, 7, 19]
  const mean = sum(kept) / 8
  const variance = sum(kept.map(x => (x - mean) ** 2)) / 8
  // A unit starts with half the deviation.
  const expected = [Math.log(variance / 4), 2 * Math.log(0.1), 0]
  for (const i of [0, 1, 2]) assert.ok(Math.abs(logVariance.data[i] - expected[i]) < 1e-6)
  assert.equal(Array.from(b.data.subarray(0, 3)), [mean, 4, 0])
  // (Σ n + 1) / (N · rows + 2) of five.
  assert.ok(Math.abs(offset.data[3] - (5 * 17) / 42) < 1e-6)
  product.release()
})

test('numbers of any size leave free energies and parameters finite', () => {
  const visible: VisibleGroup[] = [{ kind: 'real', size: 2 }]
  const product = rbm.create(visible, { hidden: 4 })
  const rows = randomRows(visible, 200, uniforms(6))
  product.initialise(rows.subarray(0, 40))
  for (let n = 0; n < 200; n += 2) {
    product.learnMany(rows.subarray(n, n + 2))
    if (n % 20 === 0) product.learnOne(Float32Array.of(3e38, -3e38))
  }
  assert.ok(Number.isFinite(product.freeEnergy(Float32Array.of(-3e38, 3e38))))
  assert.ok(product.freeEnergies(rows).every(Number.isFinite))
  for (const { data } of Object.values(product.tensors())) assert.ok(data.every(Number.isFinite))
  const [low, high] = [product.surprise(rows.subarray(0, 2)), product.surprise(Float32Array.of(3e38, 3e38))]
  assert.ok(low.every(Number.isFinite) && high.every(value => Number.isFinite(value) && value > 100))
  product.release()
})

test('gradients of free energies are those of differences', () => {
  const machine = machineOf(5, 2)
  const product = productOf(machine)
  const row = rowOf(7)
  const found = product.gradient?.(row) ?? new Float32Array(0)
  for (const { kind, start } of groupsOf(mixture)) {
    if (kind !== 'real') continue
    const at = (x: number) => freeEnergy(machine, Object.assign(Array.from(row), { [start]: x }))
    const slope = (at(row[start] + 1e-4) - at(row[start] - 1e-4)) / 2e-4
    assert.ok(Math.abs(found[start] - slope) < 1e-4 * (1 + Math.abs(slope)), `${start}`)
  }
  product.release()
})

test('layers without numbers have the tensors that they had', () => {
  const binary = Object.keys(rbm.create([{ kind: 'bernoulli', size: 2 }], { persistentChains: 4 }).tensors())
  assert.not.ok(binary.some(name => name.endsWith('logVariance')))
  const real = rbm.create([{ kind: 'real', size: 2 }], { persistentChains: 4 }).tensors()
  assert.equal(Object.keys(without(without(real, 'experts.logVariance'), 'average.logVariance')), binary)
  assert.ok(oracle([{ kind: 'real', size: 2 }], {}).parameters.includes('experts.logVariance'))
})

test('what has learned from large numbers as they are can be put back', () => {
  const uniform = uniforms(21)
  const rows = Float32Array.from({ length: 2000 }, (_, n) => 1e8 * ((n % 2) + 0.1 * uniform()))
  const visible: VisibleGroup[] = [{ kind: 'real', size: 2 }]
  const product = rbm.create(visible, { hidden: 3, momentum: 0.5 })
  product.initialise(rows.subarray(0, 200))
  product.learnMany(rows)
  const again = rbm.create(visible, product.options)
  again.restore(product.tensors())
  assert.is(again.freeEnergy(rows.subarray(0, 2)), product.freeEnergy(rows.subarray(0, 2)))
  product.release()
  again.release()
})

test('options that cannot be are refused', () => {
  const visible: VisibleGroup[] = [{ kind: 'real', size: 1 }]
  assert.throws(
    () => rbm.create(visible, { leastDeviation: 2, mostDeviation: 1 }),
    /leastDeviation .* at most/,
  )
  assert.throws(() => rbm.create(visible, { replicas: 65 }), /replicas .* 1 to 64, got 65/)
})

test.run()
