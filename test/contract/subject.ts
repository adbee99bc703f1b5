/** What the contract is checked on, and what its checks share. */
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Family, FamilyOptions, Product, Tensors, VisibleGroup } from '../../pipeline/experts/product.ts'
import { groupCountOf } from '../../pipeline/visible.ts'
import { groupsOf, randomRows } from '../reference/rows.ts'

/** A family with a visible layer and options. */
export interface Subject {
  /** Does `learnMany` round its sums in another order than `learnOne`? */
  readonly roundsInBulk?: boolean
  readonly title: string
  readonly family: Family
  readonly visible: readonly VisibleGroup[]
  readonly options: FamilyOptions
}

export const create = ({ family, visible, options }: Subject, seed = 3) =>
  family.create(visible, { ...options, seed })

/** `count` random rows, a tenth of the groups missing unless told otherwise. */
export const rowsOf = ({ visible }: Subject, seed: number, count: number, missing = 0.1) =>
  randomRows(visible, count, uniforms(seed), missing)

/** A product that was initialised and has learned `count` rows. */
export function learned(subject: Subject, count = 60, seed = 3): Product {
  const product = create(subject, seed)
  product.initialise(rowsOf(subject, 1, 10))
  product.learnMany(rowsOf(subject, 2, count))
  return product
}

/** The same, one row after the other. */
export function learnedInTurn(subject: Subject): Product {
  const product = create(subject)
  product.initialise(rowsOf(subject, 1, 10))
  const all = rowsOf(subject, 2, 60)
  for (let at = 0; at < all.length; at += product.width) {
    product.learnOne(all.subarray(at, at + product.width))
  }
  return product
}

/** All state, in a form that compares. */
export const bytesOf = (tensors: Tensors) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
    ]),
  )
/** Both have learned the same: counters and generators to the bit, parameters up to `tolerance`. */
export function assertSameState(found: Tensors, expected: Tensors, tolerance: number): void {
  assert.equal(Object.keys(found), Object.keys(expected))
  for (const [name, { data }] of Object.entries(expected)) {
    const largest = data instanceof Float32Array ? tolerance : 0
    const far = found[name].data.findIndex((value, i) => Math.abs(value - data[i]) > largest)
    assert.is(far, -1, `${name}[${far}] is ${found[name].data[far]}, expected ${data[far]}`)
  }
}

export const without = <T>(record: Record<string, T>, name: string) =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name))

/** All state but that of random generators, of a product and of its members. */
export const withoutGenerators = (product: Product) =>
  Object.fromEntries(
    Object.entries(bytesOf(product.tensors())).filter(([name]) => !/(^|\.)random$/.test(name)),
  )

/** What a call threw. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

export const throws = (kind: typeof TypeError | typeof RangeError, call: () => unknown, message: RegExp) => {
  const error = thrownBy(call)
  assert.instance(error, kind)
  assert.match((error as Error).message, message)
}

/** Everything that a product says without changing. */
export function ask(product: Product, row: Float32Array) {
  const groups = groupCountOf(product.visible)
  return {
    energy: product.freeEnergy(row),
    energies: product.freeEnergies(row),
    surprise: product.surprise(row),
    conditionals: Array.from({ length: groups }, (_, group) => product.conditional(row, group)),
    // As a list: typed arrays with NaN, which sets of tokens have, are never equal.
    reconstruction: Array.from(product.reconstruct(row, 2)),
    features: product.transformOne(row),
  }
}

/** Is every group of a row there: of a set of tokens or a sequence at least one, of other groups all values? */
export const isComplete = (visible: readonly VisibleGroup[], row: Float32Array) =>
  groupsOf(visible, row).every(({ kind, values }) =>
    kind === 'tokens' || kind === 'sequence' ? Number.isFinite(values[0]) : values.every(Number.isFinite),
  )
