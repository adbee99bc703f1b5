/** Products of Student-t experts for tests, and rows for them. */
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { student } from '../../pipeline/experts/student.ts'

export const real = (size: number) => [{ kind: 'real' as const, size }]
const bell = (uniform: () => number) => uniform() + uniform() + uniform() + uniform() - 2

/** Filters, exponents and a location that are known, and exact in float32. */
export function productOf(width: number, experts: number, options: FamilyOptions = {}, seed = 3): Product {
  const product = student.create(real(width), { experts, vague: 0.05, ...options })
  const tensors = product.tensors()
  const uniform = uniforms(seed)
  for (const [name, scale] of [
    ['experts.j', 1.5],
    ['experts.logExponent', 0.4],
    ['location', 2],
  ] as const) {
    const { data } = tensors[name]
    for (let i = 0; i < data.length; i++) data[i] = scale * bell(uniform)
  }
  product.restore(tensors)
  return product
}

export const rowsOf = (width: number, count: number, seed: number, missing = 0) => {
  const uniform = uniforms(seed)
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: width }, () => (uniform() < missing ? Number.NaN : 6 * bell(uniform))),
  )
}

/** Sums of up to 40 products of numbers of some tens in float32, and logarithms of them: 40 · 2^-24 · 40. */
export const close = (found: number, expected: number, what = '') =>
  assert.ok(
    Math.abs(found - expected) <= 1e-4 * (1 + Math.abs(expected)),
    `${what} ${found}, expected ${expected}`,
  )
