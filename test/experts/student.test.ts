/** The kernel of Student-t experts against its oracle: energies, slopes and answers. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import { student } from '../../pipeline/experts/student.ts'
import * as oracle from '../reference/student.ts'
import { close, productOf, real, rowsOf } from '../reference/student-products.ts'

for (const [width, experts] of [
  [1, 1],
  [3, 2],
  [5, 5],
  [9, 30],
] as const) {
  test(`${experts} experts over ${width} values: energies, slopes and responses are those of the oracle`, () => {
    const product = productOf(width, experts)
    const model = oracle.studentsOf(product.tensors())
    for (const missing of [0, 0.4]) {
      for (const row of rowsOf(width, 20, 5, missing)) {
        close(product.freeEnergy(row), oracle.freeEnergy(model, row))
        const expected = oracle.responses(model, row)
        for (const [j, z] of product.transformOne(row).entries()) close(z, expected[j])
        if (missing > 0) continue
        const slopes = oracle.gradient(model, row)
        for (const [i, slope] of (product.gradient?.(row) ?? []).entries()) close(slope, slopes[i])
      }
    }
    product.release()
  })

  test(`${experts} experts over ${width} values: a value beside the others is found on its line`, () => {
    const product = productOf(width, experts)
    const model = oracle.studentsOf(product.tensors())
    for (const row of rowsOf(width, 4, 6, 0.2)) {
      const found = product.surprise(row)
      for (const [i, expected] of oracle.surprise(model, row).entries()) {
        if (Number.isNaN(expected)) {
          assert.ok(Number.isNaN(found[i]))
          continue
        }
        // The grid of the oracle may miss what the kernel finds, by no more than it is off between two of its points.
        assert.ok(Math.abs(found[i] - expected) < 1e-3, `${i}: ${found[i]}, expected ${expected}`)
        const there = Float32Array.from(row)
        there[i] = product.conditional(row, i)[0]
        assert.ok(product.surprise(there)[i] < 1e-3)
        assert.is(product.conditional(there, i)[0], there[i])
      }
    }
    product.release()
  })
}

test('what is missing is filled in where it is likeliest, and denoising never makes a row less likely', () => {
  const product = productOf(6, 9)
  const model = oracle.studentsOf(product.tensors())
  for (const row of rowsOf(6, 12, 7, 0.3)) {
    const once = product.reconstruct(row, 1)
    assert.ok(once.every(Number.isFinite))
    let before = Number.POSITIVE_INFINITY
    for (const steps of [1, 2, 4, 8]) {
      const energy = oracle.freeEnergy(model, product.reconstruct(row, steps))
      assert.ok(energy <= before + 1e-4)
      before = energy
    }
  }
  product.release()
})

test('rows of any finite values have finite answers, and learning stays finite', () => {
  const uniform = uniforms(14)
  const anyRows = (count: number) =>
    Float32Array.from({ length: 4 * count }, () =>
      uniform() < 0.1
        ? Number.NaN
        : (uniform() < 0.5 ? -1 : 1) * Math.min(3.4e38, 10 ** (80 * uniform() - 40)),
    )
  const settings: FamilyOptions[] = [
    {},
    { gibbsWidth: 0 },
    { experts: 2, vague: 0 },
    { batchSize: 3, persistentChains: 2 },
  ]
  for (const options of settings) {
    const product = student.create(real(4), options)
    product.initialise(anyRows(9))
    for (let part = 0; part < 40; part++) {
      product.learnMany(anyRows(8))
      const row = anyRows(1)
      const told = [product.freeEnergy(row), ...product.reconstruct(row, 2), ...product.sample(2, 2)]
      assert.ok(told.every(Number.isFinite), `${told}`)
      for (const [i, surprise] of product.surprise(row).entries())
        assert.ok(Number.isNaN(row[i]) ? Number.isNaN(surprise) : surprise >= 0 && surprise < Infinity)
    }
    for (const [name, { data }] of Object.entries(product.tensors()))
      assert.ok(data.every(Number.isFinite), name)
    product.release()
  }
})

test.run()
