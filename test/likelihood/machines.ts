/** Small machines whose log Z can be enumerated. */
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { load, type Machine, randomMachine, rounded } from '../reference/rbm.ts'

export const bits = (size: number): VisibleGroup[] => [{ kind: 'bernoulli', size }]

/** Softmax groups of several sizes between bits. */
export const mixed: VisibleGroup[] = [
  { kind: 'bernoulli', size: 2 },
  { kind: 'softmax', size: 3 },
  { kind: 'softmax', size: 5 },
  { kind: 'bernoulli', size: 1 },
]

export function productOf(machine: Machine, options: FamilyOptions = {}): Product {
  const product = rbm.create(machine.visible, { ...options, hidden: machine.c.length })
  load(product, machine)
  return product
}

/** Parameters ~ N(0, scale²), as float32 holds them. */
export const machineOf = (visible: readonly VisibleGroup[], hidden: number, scale: number, seed: number) =>
  rounded(randomMachine(visible, hidden, scale, uniforms(seed)))
