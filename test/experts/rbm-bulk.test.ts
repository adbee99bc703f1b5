/** Many rows in one call of the restricted Boltzmann machine: the answers of the rows one by one, whatever the sizes. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { compile, kernelsFor, targets } from '../assembly/compile.ts'
import { freeEnergy, load, type Machine, randomMachine, rounded, sum, surprise } from '../reference/rbm.ts'
import { randomRow, randomRows } from '../reference/rows.ts'

/** Every remainder by four of visible and hidden units, and layers wider than a vector register can count. */
const layers: [VisibleGroup[], number][] = [
  [[{ kind: 'bernoulli', size: 1 }], 1],
  [[{ kind: 'bernoulli', size: 7 }], 2],
  [
    [
      { kind: 'softmax', size: 5 },
      { kind: 'bernoulli', size: 4 },
    ],
    7,
  ],
  [[{ kind: 'bernoulli', size: 30 }], 16],
  [
    [
      { kind: 'bernoulli', size: 3 },
      { kind: 'softmax', size: 64 },
    ],
    65,
  ],
  // Fewer rows fit into a block.
  [[{ kind: 'bernoulli', size: 5000 }], 6],
]
/** Less than a tile of rows, tiles and a rest, more than a block. */
const counts = [1, 2, 3, 5, 7, 24, 25, 50]

for (const target of targets()) {
  for (const [visible, hidden] of layers) {
    const uniform = uniforms(hidden)
    const machine = rounded(randomMachine(visible, hidden, 1 / Math.sqrt(hidden), uniform))
    const product = () => {
      const made = rbm.create(visible, { hidden, persistentChains: 0, averaging: false }, kernelsFor(target))
      load(made, machine)
      return made
    }
    const width = machine.b.length
    const title = `${target} SIMD, ${width} values, ${hidden} hidden units`
    const rows = Array.from({ length: 50 }, (_, k) => randomRow(visible, uniform, k % 3 === 2 ? 0.3 : 0))
    const backToBack = Float32Array.from(rows.flatMap(row => [...row]))

    test(`${title}: free energies are those of the rows one by one, bit for bit`, () => {
      const subject = product()
      const each = rows.map(row => subject.freeEnergy(row))
      for (const count of counts)
        assert.equal([...subject.freeEnergies(backToBack.subarray(0, count * width))], each.slice(0, count))
      subject.release()
    })

    test(`${title}: free energies are within the rounding of their sums`, () => {
      const subject = product()
      for (const [k, energy] of subject.freeEnergies(backToBack).entries()) {
        const exact = freeEnergy(machine, rows[k])
        const seen = rows[k].map(value => (Number.isNaN(value) ? 0 : value))
        // An input errs by D/8 + 5 roundings of what is added up, a softplus by 65 of its own, the sum by H more
        // (assembly/logsum.ts); the biases by D/8 + 6.
        const inputs = machine.w.map(
          (w, j) => Math.abs(machine.c[j]) + sum(w.map((x, i) => Math.abs(x * seen[i]))),
        )
        const biases = sum(machine.b.map((x, i) => Math.abs(x * seen[i])))
        const roundings = (width / 8 + 70 + hidden) * sum(inputs) + (width / 8 + 6) * biases + 4 * hidden
        assert.ok(Math.abs(energy - exact) <= 2 ** -24 * (roundings + 2 * Math.abs(exact)), `row ${k}`)
      }
      subject.release()
    })

    test(`${title}: a refused row is told by its number, and those around it are not touched by it`, () => {
      const subject = product()
      const energies = subject.freeEnergies(backToBack)
      for (const refused of [0, 4, 24, 49]) {
        const wrong = backToBack.slice()
        wrong[refused * width] = Number.POSITIVE_INFINITY
        assert.throws(
          () => subject.freeEnergies(wrong),
          (error: Error) =>
            error instanceof RangeError && new RegExp(`of row ${refused}`).test(error.message),
        )
        assert.equal(subject.freeEnergies(backToBack), energies)
      }
      subject.release()
    })
  }
}

/**
 * What a surprise may be off by, from float64. In units of 2^-24 of S_j = |c_j| + Σ_i |W_ji v_i| + max_i |W_ji|: an input
 * errs by D/8 + 6, powers and softplus by 16, a sum over H units by H; 10 a unit beside that (assembly/rbm/tilt.ts). A
 * log-odds is a difference of two such sums and has a bias; the last logarithm errs by a few 2^-24 of what it gives.
 */
function surpriseBound(machine: Machine, row: Float32Array, exact: number): number {
  const H = machine.c.length
  const inputs = machine.w.map((w, j) => {
    const terms = Array.from(w, (x, i) => (Number.isNaN(row[i]) ? 0 : Math.abs(x * row[i])))
    return Math.abs(machine.c[j]) + sum(terms) + Math.max(...w.map(Math.abs))
  })
  const logit = (machine.b.length / 8 + 22 + H) * sum(inputs) + 10 * H
  return 2 ** -24 * (2 * logit + 4 * Math.max(...machine.b.map(Math.abs)) + 8 * exact + 16)
}

const mixed: VisibleGroup[] = [
  { kind: 'bernoulli', size: 6 },
  { kind: 'softmax', size: 7 },
  { kind: 'bernoulli', size: 1 },
  { kind: 'softmax', size: 16 },
]

for (const target of targets()) {
  // Weights up to 4 times as large: all small, some columns with weights beyond 10, all columns, inputs beyond 1,000.
  for (const scale of [0.01, 1, 3.5, 12, 400]) {
    for (const hidden of [1, 5, 8, 63, 65, 130]) {
      test(`${target} SIMD, weights of ${scale}, ${hidden} hidden units: surprise`, () => {
        const uniform = uniforms(hidden)
        const machine = rounded(randomMachine(mixed, hidden, scale, uniform))
        const options = { hidden, persistentChains: 0, averaging: false }
        const product = rbm.create(mixed, options, kernelsFor(target))
        load(product, machine)
        for (let k = 0; k < 6; k++) {
          const row = randomRow(mixed, uniform, k % 2 ? 0.3 : 0)
          const exact = surprise(machine, row)
          for (const [g, got] of product.surprise(row).entries()) {
            if (Number.isNaN(exact[g])) assert.ok(Number.isNaN(got))
            else assert.ok(Math.abs(got - exact[g]) <= surpriseBound(machine, row, exact[g]), `group ${g}`)
          }
        }
        product.release()
      })
    }
  }
}

interface Kernel {
  memory: WebAssembly.Memory
  staging(bytes: number): number
  create(groups: number, groupCount: number, options: number): number
  freeEnergies(model: number, rows: number, count: number, out: number): void
}

test('the kernel answers a refused row with NaN and all others as if it were not there', async () => {
  const kernel = await compile<Kernel>('assembly/experts/rbm.ts')
  const width = 5
  const count = 30
  const visible: VisibleGroup[] = [{ kind: 'bernoulli', size: width }]
  const product = rbm.create(visible, { hidden: 6, weightScale: 1 })
  const options = Object.values(product.options).map(Number)
  product.release()
  const at = kernel.staging(4096)
  new Int32Array(kernel.memory.buffer, at, 2).set([0, width])
  new Float64Array(kernel.memory.buffer, at + 8, options.length).set(options)
  const model = kernel.create(at, 1, at + 8)
  const energies = (rows: Float32Array) => {
    new Float32Array(kernel.memory.buffer, at, rows.length).set(rows)
    kernel.freeEnergies(model, at, count, at + 4 * rows.length)
    return [...new Float32Array(kernel.memory.buffer, at + 4 * rows.length, count)]
  }
  const rows = randomRows(visible, count, uniforms(1))
  const expected = energies(rows)
  for (const refused of [0, 4, 23, 24, 29]) {
    rows[refused * width + 2] = refused % 2 ? -1 : Number.POSITIVE_INFINITY
    expected[refused] = Number.NaN
    energies(rows).forEach((energy, k) => {
      assert.is(Object.is(energy, expected[k]), true, `row ${k}`)
    })
  }
})

test.run()
