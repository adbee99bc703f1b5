/** What the tests of experts on a box share. */
import * as assert from 'uvu/assert'
import { normals } from '../../fixtures/distributions.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import type { Parameters } from '../reference/oracle.ts'

/** The parameters of a product in float64. */
export const parametersOf = (product: Product): Parameters =>
  Object.fromEntries(
    Object.entries(product.tensors())
      .filter(([name]) => name === 'box' || name.startsWith('experts.'))
      .map(([name, { data }]) => [name, Float64Array.from(data)]),
  )

/** Experts all over the box, with deviations of a tenth of a unit to a unit and a half. */
export function randomise(product: Product, uniform: () => number): void {
  const normal = normals(uniform)
  const tensors = product.tensors()
  const { width } = product
  const [mean, spread, gate] = ['mean', 'logVariance', 'gate'].map(name => tensors[`experts.${name}`].data)
  for (let k = 0; k < mean.length; k++) {
    const [low, high] = [tensors.box.data[k % width], tensors.box.data[width + (k % width)]]
    mean[k] = low + (high - low) * uniform()
    spread[k] = 2 * Math.log(0.1 + 1.4 * uniform())
  }
  // Log-odds of many values are far from 0: gates that bring them near it leave something to choose.
  for (let m = 0; m < gate.length; m++) gate[m] = normal() * 2 + 3 * (width - 1)
  const loadings = tensors['experts.loading']?.data
  if (loadings) for (let k = 0; k < loadings.length; k++) loadings[k] = normal()
  product.restore(tensors)
}

export function near(got: number, expected: number, limit: number, what: string): void {
  assert.ok(Math.abs(got - expected) <= limit, `${what}: ${got} for ${expected}, limit ${limit}`)
}
