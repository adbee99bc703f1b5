/** What the kernel of products of hidden Markov models says about rows, against the float64 oracle. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { hmm } from '../../pipeline/experts/hmm.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { MOST_SYMBOLS } from '../../pipeline/visible.ts'
import { kernelsFor, targets } from '../assembly/compile.ts'
import { HmmMachine, logSumExp, machineOf, oracle, softmax } from '../reference/hmm.ts'
import { randomRow, randomRows } from '../reference/rows.ts'

const window = (kind: VisibleGroup['kind'], size: number, count: number): VisibleGroup[] =>
  Array.from({ length: count }, () => ({ kind, size }))

const LAYERS: [string, VisibleGroup[], FamilyOptions][] = [
  ['six symbols', window('index', 5, 6), { experts: 3, states: 2 }],
  ['one step', window('index', 9, 1), { experts: 1, states: 1 }],
  ['many symbols, many experts', window('index', 70, 9), { experts: 9, states: 5 }],
  ['numbers', window('real', 1, 7), { experts: 4, states: 3 }],
  ['two channels', [{ kind: 'real', size: 8 }], { experts: 5, states: 2, channels: 2 }],
  ['a sequence', window('sequence', 11, 1), { experts: 4, states: 3 }],
  [
    'several windows',
    [...window('index', 3, 4), ...window('index', 4, 2), ...window('real', 2, 2)],
    { experts: 2, states: 3 },
  ],
]

/** A product with parameters far from even ones, learned from random rows at a high rate. */
function product(
  visible: VisibleGroup[],
  options: FamilyOptions,
  target: 'plain' | 'relaxed' = 'plain',
): Product {
  const made = hmm.create(
    visible,
    { ...options, learningRate: 0.5, learningRateDecay: 0, seed: 7 },
    kernelsFor(target),
  )
  const rows = randomRows(visible, 60, uniforms(2), 0.05).map(value =>
    visible[0].kind === 'real' ? value / 20 : value,
  )
  made.initialise(rows)
  made.learnMany(rows)
  return made
}

function near(got: number, expected: number, limit: number, what: string) {
  assert.ok(Math.abs(got - expected) <= limit, `${what}: ${got} for ${expected}, limit ${limit}`)
}

/**
 * Sums of a step's products over K states and their logarithm err by some K + 8 roundings of numbers up to 30, at which
 * logarithms of probabilities stop: 30 (K + 8) 2^-24 for each of T steps and M experts, when all err the same way.
 */
const bound = (steps: number, { experts, states }: FamilyOptions) =>
  steps * Number(experts) * 30 * (Number(states) + 8) * 2 ** -24

const usual = ({ data }: { data: ArrayLike<number> }, n: number) => {
  const [, , , length, energy, variance, covariance] = Array.from(data)
  const slope = (covariance + (0.1 * energy) / Math.max(1, length)) / (variance + 0.1)
  return n === 0 ? 0 : energy + slope * (n - length)
}

for (const target of targets()) {
  for (const [name, visible, options] of LAYERS) {
    test(`${target} SIMD, ${name}: free energies are the oracle's`, () => {
      const made = product(visible, options, target)
      const machine = machineOf(made)
      const isText = visible[0].kind === 'sequence'
      for (const missing of [0, 0.3]) {
        const uniform = uniforms(5 + missing)
        for (let n = 0; n < 10; n++) {
          const row = randomRow(visible, uniform, missing).map(value =>
            visible[0].kind === 'real' ? value / 20 : value,
          )
          const steps = isText ? row.findLastIndex(value => !Number.isNaN(value)) + 1 : 0
          const expected = -machine.logDensity(row) - (isText ? usual(made.tensors().counters, steps) : 0)
          near(made.freeEnergy(row), expected, bound(made.width, options) + 1e-6 * Math.abs(expected), 'F')
        }
      }
      made.release()
    })

    test(`${target} SIMD, ${name}: an update is the oracle's step along the difference of gradients`, () => {
      const made = product(visible, options, target)
      const { tensors } = { tensors: made.tensors() }
      const fresh = hmm.create(visible, { ...options, learningRate: 0.3 }, kernelsFor(target))
      const own = fresh.tensors()
      for (const key of Object.keys(own)) if (key.startsWith('experts.')) own[key].data.set(tensors[key].data)
      fresh.restore(own)
      const before = machineOf(fresh)
      const row = randomRow(visible, uniforms(21), 0.2)
      const isText = visible[0].kind === 'sequence'
      const complete = isText
        ? Float32Array.from({ length: MOST_SYMBOLS }, (_, t) => (t * 7) % visible[0].size)
        : randomRow(visible, uniforms(22))
      fresh.learnPair?.(row, complete)
      const masked = complete.map((value, i) => (Number.isNaN(row[i]) ? Number.NaN : value))
      const [up, down] = [before.gradient(row), before.gradient(masked)]
      const difference = Object.fromEntries(
        Object.entries(up).map(([key, data]) => [key, data.map((value, i) => value - down[key][i])]),
      )
      const expected = oracle(visible, fresh.options).step(before.parameters, difference, fresh.options, row)
      const found = fresh.tensors()
      for (const [key, data] of Object.entries(expected))
        for (const [i, value] of data.entries())
          near(found[key].data[i], value, 2e-5 * (1 + Math.abs(value)), `${key} ${i}`)
      made.release()
      fresh.release()
    })
  }
}

test('surprises and conditionals are those of the joint distribution', () => {
  const visible = window('index', 4, 5)
  const made = product(visible, { experts: 3, states: 2 })
  const machine = machineOf(made)
  const row = Float32Array.of(1, 3, Number.NaN, 0, 2)
  const surprises = made.surprise(row)
  for (let step = 0; step < 5; step++) {
    const expected = softmax(machine.symbolLogits(row, 0, step))
    const got = made.conditional(row, step)
    for (const [o, p] of expected.entries()) near(got[o], p, 1e-5, `p(${o}) of step ${step}`)
    if (step === 2) assert.ok(Number.isNaN(surprises[step]))
    else near(surprises[step], -Math.log(expected[row[step]]), 1e-4, `surprise of step ${step}`)
  }
  made.release()
})

test('the surprise of a sequence is that of its most surprising symbol, and its conditional tells the next one', () => {
  const visible = window('sequence', 6, 1)
  const made = product(visible, { experts: 3, states: 3 })
  const machine = machineOf(made)
  const row = new Float32Array(MOST_SYMBOLS).fill(Number.NaN)
  row.set([2, 5, 1, 1])
  const each = [0, 1, 2, 3].map(step => -Math.log(softmax(machine.symbolLogits(row, 0, step))[row[step]]))
  near(made.surprise(row)[0], Math.max(...each), 1e-4, 'surprise')
  const next = softmax(machine.symbolLogits(row, 0, 4))
  for (const [o, p] of made.conditional(row, 0).entries()) near(p, next[o], 1e-5, `next ${o}`)
  made.release()
})

test('the surprise of a number is relative to the likeliest value that its neighbours allow', () => {
  const visible = window('real', 1, 5)
  const made = product(visible, { experts: 3, states: 3 })
  const machine = machineOf(made)
  const row = Float32Array.of(0.4, -1, 2, 0.5, -0.3)
  const surprises = made.surprise(row)
  for (let step = 0; step < 5; step++) {
    const density = (x: number) => machine.logDensity(row.map((value, i) => (i === step ? x : value)))
    const grid = Array.from({ length: 4001 }, (_, i) => -10 + i / 200)
    const densities = grid.map(density)
    const best = Math.max(...densities)
    // The grid misses the mode by up to 1/400, the square of which counts.
    near(surprises[step], best - density(row[step]), 1e-3, `surprise of step ${step}`)
    near(made.conditional(row, step)[0], grid[densities.indexOf(best)], 0.02, `mode of step ${step}`)
  }
  made.release()
})

test('the gradient by numbers is that of finite differences, and p(row | paths) has the posterior’s precision', () => {
  const visible = window('real', 4, 2)
  const made = product(visible, { experts: 3, states: 2, channels: 2 })
  const machine = machineOf(made)
  const row = Float32Array.from({ length: 8 }, (_, i) => Math.sin(i))
  const found = made.gradient?.(row) ?? new Float32Array()
  for (let i = 0; i < 8; i++) {
    const move = (by: number) =>
      machine.logDensity(Array.from(row, (value, n) => (n === i ? value + by : value)))
    near(found[i], -(move(1e-5) - move(-1e-5)) / 2e-5, 1e-4 * (1 + Math.abs(found[i])), `∂F/∂v${i}`)
  }
  // On average over paths, precision × v − linear is that gradient.
  const random = Uint32Array.from({ length: 16 }, (_, i) => i * 7919 + 1)
  const count = 4000
  const natural = () => ({
    linear: new Float64Array(8),
    precision: new Float64Array(8),
    lower: new Float64Array(8).fill(-Infinity),
    upper: new Float64Array(8).fill(Infinity),
  })
  const draws = Array.from({ length: count }, () => {
    const own = natural()
    made.addConditional?.(row, own, random)
    return Array.from(row, (v, i) => own.precision[i] * v - own.linear[i])
  })
  for (let i = 0; i < 8; i++) {
    const mean = draws.reduce((total, draw) => total + draw[i], 0) / count
    const variance = draws.reduce((total, draw) => total + (draw[i] - mean) ** 2, 0) / count
    near(mean, found[i], 4 * Math.sqrt(variance / count) + 1e-3, `mean over paths of ${i}`)
  }
  made.release()
})

test('a walk that starts at p stays there', () => {
  // What was seen is mostly one symbol three times, so that states are kept and tell symbols apart.
  const made = hmm.create(window('index', 3, 3), { experts: 3, states: 2, learningRate: 0.3, seed: 7 })
  made.learnMany(Float32Array.from({ length: 3 * 600 }, (_, i) => Math.floor(i / 3) % (i % 7 ? 3 : 2)))
  const machine = machineOf(made)
  const rows = Array.from({ length: 27 }, (_, code) => [
    code % 3,
    Math.floor(code / 3) % 3,
    Math.floor(code / 9),
  ])
  const logs = rows.map(row => machine.logDensity(row))
  const total = logSumExp(logs)
  const p = logs.map(log => Math.exp(log - total))
  const count = 30_000
  const uniform = uniforms(31)
  const start = () => {
    let left = uniform()
    const chosen = p.findIndex(mass => {
      left -= mass
      return left < 0
    })
    return rows[Math.max(0, chosen)]
  }
  const states = Float32Array.from(Array.from({ length: count }, start).flat())
  made.walk?.(
    states,
    3,
    Uint32Array.from({ length: 16 }, (_, i) => i + 1),
  )
  const found = new Float64Array(27)
  for (let n = 0; n < count; n++) found[states[3 * n] + 3 * states[3 * n + 1] + 9 * states[3 * n + 2]]++
  for (const [code, mass] of p.entries())
    near(found[code] / count, mass, 4 * Math.sqrt((mass * (1 - mass)) / count) + 1e-6, `row ${code}`)
  made.release()
})

test('layers that have no whole steps, and chains of sequences, are refused', () => {
  assert.throws(() => hmm.create(window('real', 5, 1), { channels: 2 }), /whole steps of 2 values.*5 values/)
  assert.throws(() => hmm.create(window('sequence', 5, 1), { persistentChains: 4 }), /to be 0 for sequences/)
})

test('persistent chains and batches go on from where they were saved', () => {
  const visible = window('index', 4, 5)
  const options = { experts: 3, states: 2, persistentChains: 3, batchSize: 4 }
  const whole = hmm.create(visible, options)
  const rows = randomRows(visible, 42, uniforms(3))
  whole.learnMany(rows.subarray(0, 22 * 5))
  const resumed = hmm.create(visible, { ...options, seed: 9 })
  resumed.restore(whole.tensors())
  for (const each of [whole, resumed]) each.learnMany(rows.subarray(22 * 5))
  assert.equal(JSON.stringify(resumed.tensors()), JSON.stringify(whole.tensors()))
  assert.is(whole.tensors().counters.data[1], 2)
  whole.release()
  resumed.release()
})

test('chains that no file of ours holds begin anew', () => {
  const product = hmm.create(window('index', 4, 3), { persistentChains: 2 })
  const tensors = product.tensors()
  tensors.chains.data.fill(1e30)
  product.restore(tensors)
  product.learnMany(randomRows(product.visible, 20, uniforms(4)))
  assert.ok(product.tensors().chains.data.every(symbol => symbol >= 0 && symbol < 4))
  product.release()
})

test('a product of no missing steps and one of those alone that are there agree', () => {
  const visible = window('sequence', 6, 1)
  const made = product(visible, { experts: 2, states: 2 })
  const machine = new HmmMachine(visible, made.options, machineOf(made).parameters)
  const row = new Float32Array(MOST_SYMBOLS).fill(Number.NaN)
  row.set([2, Number.NaN, 1])
  const filled = Array.from({ length: 6 }, (_, o) =>
    machine.logDensity(row.map((value, t) => (t === 1 ? o : value))),
  )
  // Summed out in every expert, which is not to sum the product out.
  assert.ok(Math.abs(logSumExp(filled) - machine.logDensity(row)) > 1e-3)
  made.release()
})

test('draws are those of the density, whatever is left over in the last four experts', () => {
  const visible = window('index', 3, 3)
  const states = Array.from({ length: 27 }, (_, n) => [n % 3, Math.floor(n / 3) % 3, Math.floor(n / 9)])
  const rows = Float32Array.from(Array.from({ length: 50 }, (_, n) => [0, 0, n % 5 === 0 ? 2 : 1]).flat())
  for (const experts of [1, 2, 3, 5]) {
    const product = hmm.create(visible, { experts, states: 2 })
    product.initialise(rows)
    const weights = Array.from(product.freeEnergies(Float32Array.from(states.flat())), energy =>
      Math.exp(-energy),
    )
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const [count, counts] = [4000, new Float64Array(27)]
    const draws = product.sample(count, 20)
    for (let at = 0; at < draws.length; at += 3) counts[draws[at] + 3 * draws[at + 1] + 9 * draws[at + 2]]++
    const chi = weights.reduce((sum, weight, n) => {
      const expected = (count * weight) / total
      return sum + (counts[n] - expected) ** 2 / expected
    }, 0)
    // 26 degrees of freedom: mean 26, deviation 7.2; four of them.
    assert.ok(chi < 26 + 4 * Math.sqrt(52), `${experts} experts: χ² ${chi}`)
    product.release()
  }
})

test.run()
