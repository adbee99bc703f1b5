/** Every bound stated in assembly/simd.ts, measured against float64 on both targets. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { compile, targets } from './compile.ts'

type Sweep = (x: number, y: number, count: number) => void
interface Kernel {
  memory: WebAssembly.Memory
  reserve(bytes: number): number
  fillPatterns(x: number, count: number, first: number, step: number): void
  expMany: Sweep
  expFastMany: Sweep
  sigmoidMany: Sweep
  softplusMany: Sweep
  logMany: Sweep
  log1(x: number): number
  sigmoid1(x: number): number
  dotOf(x: number, y: number, bytes: number): number
  dot4Of(w: number, stride: number, x: number, bytes: number, result: number): void
  axpyOf(alpha: number, x: number, y: number, bytes: number): void
  maddOf(x: number): void
  nmaddOf(x: number): void
  min4Of(x: number): void
  min1Of(x: number): number
  sum4Of(x: number): void
  sum1Of(x: number): number
  max1Of(x: number): number
}

/** The spacing of float32 numbers at y. */
const ulp = (y: number) => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(y))), -126) - 23)

interface Case {
  sweep: 'expMany' | 'expFastMany' | 'sigmoidMany' | 'softplusMany' | 'logMany'
  exact(x: number): number
  /** The largest error that the kernel promises; undefined outside its domain. */
  bound(x: number, exact: number): number | undefined
}

// 2^n with n rounded from x / ln 2 is a normal number, or subnormal through n = -126, between these.
const lowest = -126.5 * Math.LN2
const highest = 127.5 * Math.LN2
const inRange = (x: number) => x > lowest + 1e-5 && x < highest - 1e-5
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

const cases: Case[] = [
  { sweep: 'expMany', exact: Math.exp, bound: (x, y) => (inRange(x) ? ulp(y) : undefined) },
  {
    sweep: 'expFastMany',
    exact: Math.exp,
    // Below e^-87.3 the result is subnormal and its spacing is what limits it.
    bound: (x, y) => (inRange(x) ? (2.5 + Math.abs(x)) * 8.5e-8 * y + (x < -87.3 ? ulp(y) : 0) : undefined),
  },
  { sweep: 'sigmoidMany', exact: x => 1 / (1 + Math.exp(-x)), bound: () => 1.1e-7 },
  {
    sweep: 'softplusMany',
    exact: softplus,
    bound: (x, y) => (x > -87 && x < Infinity ? 3 * ulp(y) : undefined),
  },
  {
    sweep: 'logMany',
    exact: Math.log,
    bound: (x, y) => (x >= 2 ** -126 && x < Infinity ? ulp(y) : undefined),
  },
]

/** Float32 bit patterns worth a look: around every power of two of both signs, zero, infinity, and around `edges`. */
function boundaryPatterns(edges: readonly number[]): Uint32Array {
  const near = (pattern: number) => Array.from({ length: 33 }, (_, i) => (pattern + i - 16) >>> 0)
  const powers = Array.from({ length: 512 }, (_, exponent) => exponent * 2 ** 23)
  const edgePatterns = new Uint32Array(Float32Array.from(edges).buffer)
  return Uint32Array.from([...powers, ...edgePatterns].flatMap(near))
}

const block = 1 << 16
// A prime, so that the low bits of the patterns run through all values: 4.2 million numbers, 16 thousand a binade.
const stride = 1021

for (const target of targets()) {
  const kernel = await compile<Kernel>('test/assembly/harness/simd.ts', target)
  const x = kernel.reserve(8 * block + 64)
  const y = x + 4 * block
  const inputs = new Float32Array(kernel.memory.buffer, x, block)
  const patterns = new Uint32Array(kernel.memory.buffer, x, block)
  const outputs = new Float32Array(kernel.memory.buffer, y, block)

  /** Run a function over what `inputs` holds and compare it with float64; the worst error in units of the bound. */
  const worstIn = ({ sweep, exact, bound }: Case, count: number) => {
    kernel[sweep](x, y, count)
    let worst = 0
    for (let i = 0; i < count; i++) {
      const expected = exact(inputs[i])
      const limit = bound(inputs[i], expected)
      if (limit === undefined) continue
      const error = Math.abs(outputs[i] - expected) / limit
      // Written so that a NaN counts as the worst of all; NaN inputs have a test of their own.
      if (!(error <= worst) && !Number.isNaN(inputs[i])) worst = Number.isNaN(error) ? Infinity : error
    }
    return worst
  }

  for (const each of cases) {
    test(`${target}: ${each.sweep} is within its bound over all of float32`, () => {
      for (let first = 0; first < 2 ** 32; first += block * stride) {
        kernel.fillPatterns(x, block, first, stride)
        assert.ok(worstIn(each, block) <= 1, `off by ${worstIn(each, block)} bounds after pattern ${first}`)
      }
      const boundaries = boundaryPatterns([
        lowest,
        highest,
        -lowest,
        -highest,
        -87,
        -87.3,
        88.7,
        -88,
        0.5 ** 0.5,
      ])
      patterns.set(boundaries)
      assert.ok(worstIn(each, boundaries.length) <= 1, `off by ${worstIn(each, boundaries.length)} bounds`)
    })
  }

  test(`${target}: exponentials saturate at 0 and infinity and pass NaN on`, () => {
    const special = [-Infinity, -1e30, -89, 89, 1e30, Infinity, Number.NaN, 0]
    const expected = {
      expMany: [0, 0, 0, Infinity, Infinity, Infinity, Number.NaN, 1],
      expFastMany: [0, 0, 0, Infinity, Infinity, Infinity, Number.NaN, 1],
      sigmoidMany: [0, 0, 0, 1, 1, 1, Number.NaN, 0.5],
      softplusMany: [0, 0, 0, 89, Math.fround(1e30), Infinity, Number.NaN, Math.fround(Math.LN2)],
    }
    for (const [sweep, values] of Object.entries(expected)) {
      inputs.set(special)
      kernel[sweep as keyof typeof expected](x, y, special.length)
      assert.equal([...outputs.subarray(0, special.length)], values, sweep)
    }
    // NaNs with any payload: the bits below a NaN must not leak into the exponent.
    for (const sign of [0, 0x80000000]) {
      for (let i = 0; i < block; i++) patterns[i] = sign + 0x7f800001 + i * 127
      for (const sweep of Object.keys(expected)) {
        kernel[sweep as keyof typeof expected](x, y, block)
        assert.ok(outputs.every(Number.isNaN), `${sweep} loses a NaN`)
      }
    }
  })

  test(`${target}: the scalar forms give what the lanes give`, () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => 0.37 * i + 0.1)
    for (const [sweep, scalar] of [
      ['sigmoidMany', kernel.sigmoid1],
      ['logMany', kernel.log1],
    ] as const) {
      inputs.set(values)
      kernel[sweep](x, y, values.length)
      assert.equal(Float32Array.from(values, scalar), outputs.slice(0, values.length), sweep)
    }
    assert.is(kernel.log1(1), 0)
    assert.is(kernel.log1(10), Math.fround(Math.log(10)))
  })

  test(`${target}: dots and axpy match float64 within the rounding of their sums`, () => {
    const random = uniforms(7)
    for (const length of [8, 24, 96, 1024, 4096]) {
      const bytes = 4 * length
      const stride = bytes + 96
      const at = (address: number) => new Float32Array(kernel.memory.buffer, address, length)
      const rows = [0, 1, 2, 3].map(row => at(x + 1024 * 32 + row * stride))
      const vector = at(x)
      for (const array of [...rows, vector]) array.set(array.map(() => 2 * random() - 1))
      const exactDot = (a: Float32Array) => a.reduce((sum, value, i) => sum + value * vector[i], 0)
      const exactSize = (a: Float32Array) => a.reduce((sum, value, i) => sum + Math.abs(value * vector[i]), 0)
      const rowsAt = rows[0].byteOffset
      kernel.dot4Of(rowsAt, stride, x, bytes, x + 4 * block * 2)
      const together = new Float32Array(kernel.memory.buffer, x + 4 * block * 2, 4)
      rows.forEach((row, i) => {
        const bound = (length / 8 + 4) * 2 ** -24 * exactSize(row)
        assert.ok(Math.abs(kernel.dotOf(row.byteOffset, x, bytes) - exactDot(row)) <= bound)
        assert.is(together[i], kernel.dotOf(row.byteOffset, x, bytes), 'dot4 adds in the order of dot')
      })
      const before = rows[1].slice()
      const after = rows[2].slice()
      kernel.axpyOf(0.75, x, rows[1].byteOffset, bytes)
      rows[1].forEach((value, i) => {
        const exact = before[i] + 0.75 * vector[i]
        // Two roundings of numbers below 1.75.
        assert.ok(Math.abs(value - exact) <= 2 * 2 ** -24 * 1.75)
      })
      assert.equal(rows[2], after, 'axpy writes nothing beyond its bytes')
    }
  })

  test(`${target}: horizontal sums and maxima`, () => {
    inputs.set([1, 2, 3, 4, 10, 20, 30, 40, 0.5, 0.25, 0.125, 0.0625, -1, -2, -4, -8])
    kernel.sum4Of(x)
    assert.equal([...inputs.subarray(16, 20)], [10, 100, 0.9375, -15])
    assert.is(kernel.sum1Of(x + 16), 100)
    for (const order of [
      [1, 2, 3, 4],
      [4, 3, 2, 1],
      [1, 4, 2, 3],
      [1, 2, 4, 3],
    ]) {
      inputs.set(order)
      assert.is(kernel.max1Of(x), 4)
      inputs.set(order.map(value => -value))
      assert.is(kernel.max1Of(x), -1)
      assert.is(kernel.min1Of(x), -4)
    }
    inputs.fill(-Infinity, 0, 4)
    assert.is(kernel.max1Of(x), -Infinity)
  })

  test(`${target}: the least lanes of four vectors`, () => {
    inputs.set([5, 2, 3, 4, -1, -2, -3, -4, Infinity, Infinity, 7, Infinity, 0, -Infinity, 1, 2])
    kernel.min4Of(x)
    assert.equal([...inputs.subarray(16, 20)], [2, -4, 7, -Infinity])
  })

  test(`${target}: madd and nmadd round twice on plain SIMD, once or twice on relaxed`, () => {
    const [a, b, c] = [1 + 2 ** -12, 1 + 2 ** -12, -1 - 2 ** -11]
    const twice = Math.fround(Math.fround(a * b) + c)
    const once = Math.fround(a * b + c)
    assert.not.equal(twice, once)
    inputs.fill(a, 0, 4).fill(b, 4, 8).fill(c, 8, 12)
    kernel.maddOf(x)
    assert.ok(inputs[0] === twice || (target === 'relaxed' && inputs[0] === once))
    inputs.fill(a, 0, 4).fill(b, 4, 8).fill(-c, 8, 12)
    kernel.nmaddOf(x)
    assert.ok(inputs[0] === -twice || (target === 'relaxed' && inputs[0] === -once))
  })
}

test.run()
