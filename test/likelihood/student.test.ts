/** log Z of Student-t experts beside its integral, and log Γ beside what is known of it. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { frequency } from '../../pipeline/experts/frequency.ts'
import { student } from '../../pipeline/experts/student.ts'
import { logGamma } from '../../pipeline/likelihood/log-gamma.ts'
import { studentLogPartition } from '../../pipeline/likelihood/student.ts'

test('log Γ: factorials, Γ(½) = √π, and Γ(x + 1) = x Γ(x) from very small to large x', () => {
  let factorial = 0
  for (let n = 1; n <= 60; n++) {
    assert.ok(Math.abs(logGamma(n) - factorial) <= 1e-14 * Math.max(1, factorial), `${n}`)
    factorial += Math.log(n)
  }
  assert.ok(Math.abs(logGamma(0.5) - Math.log(Math.PI) / 2) < 1e-14)
  for (const x of [1e-9, 0.01, 0.3, 1.7, 9.99, 15.5, 99.5]) {
    const [left, right] = [logGamma(x + 1), Math.log(x) + logGamma(x)]
    assert.ok(Math.abs(left - right) <= 4e-14 * Math.max(1, Math.abs(logGamma(x))), `${x}`)
  }
  for (const x of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) assert.ok(Number.isNaN(logGamma(x)))
})

/** ∫∫ e^−F over the plane with v = c + sinh s in each direction, so that heavy tails are within reach. */
function integral(energy: (rows: Float32Array) => Float32Array, location: ArrayLike<number>): number {
  const [reach, step] = [14, 0.025]
  const at = Array.from({ length: Math.round((2 * reach) / step) + 1 }, (_, k) => k * step - reach)
  let sum = 0
  for (const s of at) {
    const rows = Float32Array.from(at.flatMap(t => [location[0] + Math.sinh(s), location[1] + Math.sinh(t)]))
    for (const [k, value] of energy(rows).entries())
      sum += Math.exp(-value) * Math.cosh(s) * Math.cosh(at[k]) * step * step
  }
  return Math.log(sum)
}

test('log Z is that of the integral, in two dimensions', () => {
  const product = student.create([{ kind: 'real', size: 2 }], { vague: 0 })
  for (const [filters, exponents] of [
    [
      [1, 0.5, -0.75, 2],
      [1.5, 3],
    ],
    [
      [0.5, 0, 1, 1],
      [2, 1.25],
    ],
  ]) {
    const tensors = product.tensors()
    tensors['experts.j'].data.set(filters)
    tensors['experts.logExponent'].data.set(exponents.map(Math.log))
    tensors.location.data.set([1, -2])
    product.restore(tensors)
    const found = integral(rows => product.freeEnergies(rows), [1, -2])
    // Beyond sinh 14 = 6e5 the tails z^−2.5 hold 1e-8; energies are in float32.
    assert.ok(
      Math.abs(studentLogPartition(product) - found) < 1e-4,
      `${studentLogPartition(product)}, ${found}`,
    )
  }
  product.release()
})

test('what has no closed form is refused', () => {
  const layer = [{ kind: 'real' as const, size: 2 }]
  assert.throws(() => studentLogPartition(student.create(layer)), /vague: 0/)
  assert.throws(() => studentLogPartition(student.create(layer, { vague: 0, experts: 3 })), /as many experts/)
  const other = frequency.create([{ kind: 'bernoulli', size: 2 }])
  assert.throws(
    () => studentLogPartition(other),
    (error: Error) => error instanceof TypeError,
  )
  const product = student.create(layer, { vague: 0 })
  const tensors = product.tensors()
  tensors['experts.j'].data.set([1, 2, 2, 4])
  product.restore(tensors)
  assert.throws(() => studentLogPartition(product), /independent/)
})

test.run()
