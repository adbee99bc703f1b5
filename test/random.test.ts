import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Random } from '../pipeline/random.ts'

/** xoshiro128** by its definition (Blackman and Vigna 2021, figure 4), in integers of any size. */
function* reference(state: Uint32Array): Generator<number> {
  const mask = 0xffffffffn
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask
  let [a, b, c, d] = [...state].map(BigInt)
  for (;;) {
    yield Number((rotate((b * 5n) & mask, 7n) * 9n) & mask)
    const shifted = (b << 9n) & mask
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11n)
  }
}

test('gives the numbers of the published algorithm', () => {
  for (const seed of [0, 1, 2 ** 32 - 1]) {
    const random = new Random(seed)
    const expected = reference(random.state.slice())
    for (let i = 0; i < 1000; i++) assert.is(random.next(), expected.next().value)
  }
})

test('different seeds give different numbers, the same seed the same', () => {
  const first = (seed: number) => new Random(seed).next()
  assert.is(new Set(Array.from({ length: 1000 }, (_, seed) => first(seed))).size, 1000)
  assert.is(first(7), first(7))
})

test('uniform numbers fill [0, 1) evenly', () => {
  const random = new Random(1)
  const bins = new Array(10).fill(0)
  for (let i = 0; i < 100_000; i++) bins[Math.floor(random.uniform() * 10)]++
  // Five standard deviations of a binomial count: 5 · sqrt(100000 · 0.1 · 0.9) = 474.
  for (const count of bins) assert.ok(Math.abs(count - 10_000) < 474, `${bins}`)
})

test.run()
