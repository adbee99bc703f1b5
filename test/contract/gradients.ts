/**
 * What a family learns, against its oracle: energies, gradients of experts (the rule
 * Δθ ∝ ⟨∂ log g⟩_data − ⟨∂ log g⟩_reconstruction) and one update.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import type { Oracle, Parameters } from '../reference/oracle.ts'
import { asLong, randomRow } from '../reference/rows.ts'
import { create, learned, rowsOf, type Subject } from './subject.ts'

/** Entries of a tensor that differences are taken of: all of a small one. */
const MOST_ENTRIES = 24

/** A float32 sum of some hundred terms errs by up to a hundred roundings of 6e-8, each relative to a term. */
const ENERGY = 2e-5
/** Updates come from float32 statistics: differences of two numbers that are close to each other. */
const UPDATE = 2e-3

const parametersOf = (product: Product, { parameters }: Oracle): Record<string, Float64Array> => {
  const tensors = product.tensors()
  return Object.fromEntries(parameters.map(name => [name, Float64Array.from(tensors[name].data)]))
}

/** Which entries are looked at: all, or some from everywhere. */
function entriesOf(values: Float64Array): number[] {
  const step = Math.max(1, values.length / MOST_ENTRIES)
  return Array.from({ length: Math.min(values.length, MOST_ENTRIES) }, (_, n) => Math.floor(n * step))
}

/** (f(θ + h) − f(θ − h)) / 2h, refined once (Richardson), so that what is left is of the order h⁴. */
function slope(f: (value: number) => number, at: number): number {
  // Parameters may be some hundredths; energies of 1e3 round by 1e-13.
  const h = 2e-4 * Math.max(1, Math.abs(at))
  const difference = (width: number) => (f(at + width) - f(at - width)) / (2 * width)
  return (4 * difference(h / 2) - difference(h)) / 3
}

function checkSlopes(oracle: Oracle, parameters: Parameters, row: Float32Array): void {
  const gradient = oracle.gradient(parameters, row)
  for (const name of oracle.parameters) {
    for (const entry of entriesOf(parameters[name])) {
      const moved = Float64Array.from(parameters[name])
      const found = slope(value => {
        moved[entry] = value
        return oracle.logDensity({ ...parameters, [name]: moved }, row)
      }, parameters[name][entry])
      const expected = gradient[name][entry]
      const close = Math.abs(found - expected) <= 1e-6 * (1 + Math.abs(expected))
      assert.ok(close, `∂/∂${name}[${entry}] is ${expected}, differences say ${found}`)
    }
  }
}

/** What an update makes of the parameters is what the oracle says, relative to the largest change of each tensor. */
function checkUpdate(subject: Subject, oracle: Oracle, row: Float32Array, reconstruction: Float32Array) {
  const product = create(subject)
  product.initialise(rowsOf(subject, 1, 20, 0))
  const before = parametersOf(product, oracle)
  // What the row lacks is left out of both.
  const seen = reconstruction.map((value, i) => (Number.isNaN(row[i]) ? Number.NaN : value))
  const [own, other] = [oracle.gradient(before, row), oracle.gradient(before, seen)]
  const difference = Object.fromEntries(
    oracle.parameters.map(name => [name, own[name].map((value, i) => value - other[name][i])]),
  )
  const expected = oracle.step(before, difference, product.options, row, seen)
  product.learnPair?.(row, reconstruction)
  const after = parametersOf(product, oracle)
  for (const name of oracle.parameters) {
    const largest = Math.max(...expected[name].map((value, i) => Math.abs(value - before[name][i])))
    for (const [i, value] of expected[name].entries()) {
      const tolerance = UPDATE * largest + 1e-6 * Math.abs(value) + 1e-9
      assert.ok(
        Math.abs(after[name][i] - value) <= tolerance,
        `${name}[${i}] was ${before[name][i]}, is ${after[name][i]}, expected ${value}`,
      )
    }
  }
  product.release()
}

export function checkGradients(subject: Subject, oracle: Oracle): void {
  const { title, visible } = subject

  test(`${title}: gradients of the oracle are those of central differences`, () => {
    const product = learned(subject)
    const parameters = parametersOf(product, oracle)
    for (const missing of [0, 0.3]) checkSlopes(oracle, parameters, randomRow(visible, uniforms(21), missing))
    product.release()
  })

  test(`${title}: free energies differ as the oracle says`, () => {
    const product = learned(subject)
    const parameters = parametersOf(product, oracle)
    const rows = [31, 32, 33, 34].map(seed => asLong(visible, randomRow(visible, uniforms(seed))))
    const found = rows.map(row => product.freeEnergy(row))
    const expected = rows.map(row => -oracle.logDensity(parameters, row))
    for (const n of [1, 2, 3]) {
      const size = 1 + Math.max(...[0, n].map(i => Math.abs(expected[i])))
      const error = Math.abs(found[n] - found[0] - (expected[n] - expected[0]))
      assert.ok(error <= ENERGY * size, `row ${n}: off by ${error} of ${size}`)
    }
    product.release()
  })

  test(`${title}: one update is the difference of two gradients`, () => {
    for (const missing of [0, 0.3]) {
      const row = randomRow(visible, uniforms(22), missing)
      checkUpdate(subject, oracle, row, randomRow(visible, uniforms(23)))
    }
  })
}
