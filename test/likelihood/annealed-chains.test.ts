/** `Product.anneal` by itself: what it takes, what it moves and what it leaves alone. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnnealedChains, Product } from '../../pipeline/experts/product.ts'
import { freeEnergy } from '../reference/rbm.ts'
import { bits, machineOf, productOf } from './machines.ts'

const machine = machineOf(bits(9), 6, 1, 1)

const chainsOf = (count: number): AnnealedChains => ({
  states: new Float32Array(count * 9),
  logWeights: new Float64Array(count),
  base: new Float32Array(9).fill(0.25),
  random: Uint32Array.from({ length: 16 }, (_, n) => n + 1),
})

/** The families that can be annealed have it. */
function anneal(product: Product, chains: AnnealedChains, temperatures: readonly number[]): void {
  assert.type(product.anneal, 'function')
  product.anneal?.(chains, Float64Array.from(temperatures))
}

test('a way in two pieces is the way at once', () => {
  const product = productOf(machine)
  const [once, twice] = [chainsOf(3), chainsOf(3)]
  anneal(product, once, [0, 0.3, 0.4, 0.8, 1])
  anneal(product, twice, [0, 0.3, 0.4])
  anneal(product, twice, [0.4, 0.8, 1])
  assert.equal(twice, once)
  product.release()
})

test('to stand still changes nothing, and a sweep moves the states and not the weights', () => {
  const product = productOf(machine)
  const chains = chainsOf(5)
  anneal(product, chains, [1])
  assert.equal(chains, chainsOf(5))
  anneal(product, chains, [1, 1])
  assert.equal(chains.logWeights, chainsOf(5).logWeights)
  assert.not.equal(chains.states, chainsOf(5).states)
  assert.ok(chains.states.every(value => value === 0 || value === 1))
  product.release()
})

test('a weight changes by the difference of the energies of where the chain is', () => {
  const product = productOf(machine)
  const chains = chainsOf(7)
  anneal(product, chains, [0, 0])
  const from = chains.states.slice()
  anneal(product, chains, [0, 1])
  for (const [r, log] of chains.logWeights.entries()) {
    const state = from.subarray(9 * r, 9 * r + 9)
    // log p*_0 = a·v + H log 2 and log p*_1 = −F(v): float32 sums of a dozen numbers of up to ten.
    const base = state.reduce((sum, value) => sum + 0.25 * value, 0) + 6 * Math.LN2
    assert.ok(Math.abs(log - (-freeEnergy(machine, state) - base)) < 1e-5)
  }
  product.release()
})

test('refuses arrays that do not fit each other, and a product that was released', () => {
  const product = productOf(machine)
  for (const [name, wrong] of [
    ['states', { ...chainsOf(2), states: new Float32Array(17) }],
    ['base', { ...chainsOf(2), base: new Float32Array(8) }],
    ['random', { ...chainsOf(2), random: new Uint32Array(4) }],
  ] as const) {
    assert.throws(
      () => anneal(product, wrong, [0, 1]),
      (error: Error) =>
        error instanceof RangeError && new RegExp(`values of ${name}, got`).test(error.message),
    )
  }
  for (const wrong of [{ random: new Uint32Array(16) }, { states: new Float32Array(18).fill(Number.NaN) }]) {
    assert.throws(
      () => anneal(product, { ...chainsOf(2), ...wrong }, [0, 1]),
      (error: Error) => error instanceof RangeError,
    )
  }
  product.release()
  assert.throws(
    () => anneal(product, chainsOf(2), [0, 1]),
    (error: Error) => error instanceof TypeError && /released/.test(error.message),
  )
})

test('arrays of another type are refused, and no other model of the instance is touched', () => {
  const [product, other] = [productOf(machine), productOf(machine)]
  const row = Float32Array.from({ length: 9 }, (_, i) => i % 2)
  const before = other.freeEnergy(row)
  const chains = chainsOf(2)
  for (const [given, temperatures] of [
    [chains, [0, 1]],
    [chains, Float32Array.of(0, 1)],
    [{ ...chains, logWeights: new Float32Array(2) }, Float64Array.of(0, 1)],
    [{ ...chains, states: Array.from(chains.states) }, Float64Array.of(0, 1)],
    [{ ...chains, base: new Float64Array(9) }, Float64Array.of(0, 1)],
    [{ ...chains, random: new Int32Array(16) }, Float64Array.of(0, 1)],
    [undefined, Float64Array.of(0, 1)],
  ]) {
    assert.throws(
      () => product.anneal?.(given as AnnealedChains, temperatures as Float64Array),
      (error: Error) => error instanceof TypeError && /Expected \w+ as a \w+Array, got/.test(error.message),
    )
  }
  assert.is(other.freeEnergy(row), before)
  for (const each of [product, other]) each.release()
})

test.run()
