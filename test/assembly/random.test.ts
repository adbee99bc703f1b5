/** assembly/random.ts against the published algorithms, and against what a sequence of random numbers must do. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compile } from './compile.ts'

interface Kernel {
  memory: WebAssembly.Memory
  reserve(bytes: number): number
  seed(state: number, seed: number, stream: number): void
  uniform1(state: number): number
  uniforms(state: number, x: number, count: number): void
}

// Whole numbers only: the relaxed target has no other instructions here.
const kernel = await compile<Kernel>('test/assembly/harness/random.ts')
const most = 1 << 20
const state = kernel.reserve(256 + 4 * most)
const words = new Uint32Array(kernel.memory.buffer, state, 16)
const numbers = new Float32Array(kernel.memory.buffer, state + 256, most)

function draw(seed: number, stream: number, count = most): Float32Array {
  kernel.seed(state, seed, stream)
  kernel.uniforms(state, state + 256, count)
  return numbers.slice(0, count)
}

// The same algorithms in their plainest form: splitmix64 in whole numbers of any size, xoshiro128+ on one lane.
const wrap = (z: bigint) => BigInt.asUintN(64, z)
const mix = (z: bigint) => {
  const first = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n)
  const second = wrap((first ^ (first >> 27n)) * 0x94d049bb133111ebn)
  return second ^ (second >> 31n)
}
const golden = 0x9e3779b97f4a7c15n

function seededWords(seed: number, stream: number): Uint32Array {
  let counter = mix(wrap(mix(wrap(BigInt(seed) + golden)) + BigInt(stream)))
  const outputs = new BigUint64Array(8).map(() => {
    counter = wrap(counter + golden)
    return mix(counter)
  })
  return new Uint32Array(outputs.buffer)
}

/** xoshiro128+ 1.0 as published: the sum is taken before the state moves on. */
function* xoshiro(s: number[]): Generator<number> {
  for (;;) {
    yield (s[0] + s[3]) >>> 0
    const t = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = (s[3] << 11) | (s[3] >>> 21)
  }
}

/** How far a chi-square value is from its mean, in standard deviations; normal for many degrees of freedom. */
const deviation = (chiSquare: number, freedom: number) => (chiSquare - freedom) / Math.sqrt(2 * freedom)
const chiSquare = (counts: ArrayLike<number>, expected: (index: number) => number) =>
  Array.from(counts).reduce((sum, count, i) => sum + (count - expected(i)) ** 2 / expected(i), 0)

test('the state is splitmix64 of the mixed seed and stream, bit for bit', () => {
  for (const seed of [0, 1, 0xffffffff, 0x9e3779b9]) {
    for (const stream of [0, 1, 77, 0xffffffff]) {
      kernel.seed(state, seed, stream)
      assert.equal(words.slice(), seededWords(seed, stream))
    }
  }
})

test('each lane is xoshiro128+, its upper 24 bits as a number in [0, 1), bit for bit', () => {
  const drawn = draw(42, 7, 4000)
  const start = seededWords(42, 7)
  for (let lane = 0; lane < 4; lane++) {
    const reference = xoshiro([0, 4, 8, 12].map(word => start[word + lane] | 0))
    for (let i = lane; i < drawn.length; i += 4) {
      assert.is(drawn[i], ((reference.next().value as number) >>> 8) * 2 ** -24)
    }
  }
})

test('one number is the first of four, and all lanes move on', () => {
  const drawn = draw(5, 0, 12)
  kernel.seed(state, 5, 0)
  assert.equal(
    [0, 1, 2].map(() => kernel.uniform1(state)),
    [drawn[0], drawn[4], drawn[8]],
  )
})

// The sequences are fixed by their seeds, so these tests cannot fail by chance. The limit of 4 standard deviations is
// what a sound generator exceeds for one seed in 16,000; three seeds are tried.
for (const seed of [1, 2, 12345]) {
  test(`seed ${seed}: numbers fill [0, 1) evenly, and so do pairs`, () => {
    const drawn = draw(seed, 0)
    assert.ok(drawn.every(value => value >= 0 && value < 1))
    const cells = new Float64Array(1024)
    for (const value of drawn) cells[Math.floor(value * 1024)]++
    assert.ok(
      Math.abs(
        deviation(
          chiSquare(cells, () => most / 1024),
          1023,
        ),
      ) < 4,
    )
    // Neighbours in memory are different lanes; four apart, one lane after one step.
    for (const lag of [1, 2, 4, 8]) {
      const squares = new Float64Array(1024)
      for (let i = 0; i + lag < most; i++)
        squares[Math.floor(drawn[i] * 32) * 32 + Math.floor(drawn[i + lag] * 32)]++
      assert.ok(
        Math.abs(
          deviation(
            chiSquare(squares, () => (most - lag) / 1024),
            1023,
          ),
        ) < 4,
        `lag ${lag}`,
      )
    }
  })

  test(`seed ${seed}: every bit of 24 is set half of the time`, () => {
    const drawn = draw(seed, 0)
    for (let bit = 0; bit < 24; bit++) {
      const ones = drawn.reduce((sum, value) => sum + (((value * 2 ** 24) >>> bit) % 2), 0)
      // Binomial: standard deviation sqrt(n) / 2; the worst of 24 bits and three seeds stays below 4.
      assert.ok(Math.abs(ones - most / 2) < 4 * Math.sqrt(most) * 0.5, `bit ${bit}`)
    }
  })

  test(`seed ${seed}: pairs of Bernoulli draws are independent at every rate`, () => {
    const drawn = draw(seed, 0)
    for (const p of [0.01, 0.1, 0.5, 0.9]) {
      const pairs = new Float64Array(4)
      for (let i = 0; i < most; i += 2) pairs[2 * Number(drawn[i] < p) + Number(drawn[i + 1] < p)]++
      const expected = [(1 - p) * (1 - p), (1 - p) * p, p * (1 - p), p * p]
      // 3 degrees of freedom: above 21.1 in one of 10,000; four rates and three seeds.
      assert.ok(chiSquare(pairs, i => (expected[i] * most) / 2) < 21.1, `p = ${p}`)
    }
  })
}

/** Correlation of two sequences of uniform numbers; standard deviation 1 / sqrt(n) when they are independent. */
function correlation(a: Float32Array, b: Float32Array): number {
  return (12 * a.reduce((sum, value, i) => sum + (value - 0.5) * (b[i] - 0.5), 0)) / a.length
}

test('lanes are uncorrelated, at once and a few steps apart', () => {
  const drawn = draw(3, 0)
  const lanes = [0, 1, 2, 3].map(lane => drawn.filter((_, i) => i % 4 === lane))
  for (const [i, a] of lanes.entries()) {
    for (const b of lanes.slice(i + 1)) {
      for (const lag of [0, 1, 2, 3]) {
        const r = correlation(a.subarray(lag), b)
        assert.ok(Math.abs(r) < 4 / Math.sqrt(a.length - lag), `lanes differ by ${lag}: ${r}`)
      }
    }
  }
})

test('neighbouring seeds and streams, and seeds that differ by the step of splitmix64, are unrelated', () => {
  const count = 1 << 16
  const starts: [number, number][] = [
    [1, 0],
    [2, 0],
    [1, 1],
    [1, 2],
    [0, 1],
    [(1 + 0x7f4a7c15) >>> 0, 0x9e3779b9],
  ]
  const sequences = starts.map(([seed, stream]) => draw(seed, stream, count))
  for (const [i, a] of sequences.entries()) {
    for (const b of sequences.slice(i + 1)) {
      assert.ok(Math.abs(correlation(a, b)) < 4 / Math.sqrt(count))
      // A shift by a few draws would be the fault of weak seeding: no number of one starts the other.
      assert.not.ok(a.subarray(0, 64).some(value => b.subarray(0, 64).includes(value)))
    }
  }
  assert.equal(draw(1, 2, 64), sequences[3].slice(0, 64), 'the same seed and stream give the same numbers')
})

test('no stream of a seed starts in the state that xoshiro cannot leave', () => {
  for (let stream = 0; stream < 10000; stream++) {
    kernel.seed(state, 0, stream)
    for (let lane = 0; lane < 4; lane++)
      assert.ok(words[lane] | words[4 + lane] | words[8 + lane] | words[12 + lane])
  }
})

test.run()
