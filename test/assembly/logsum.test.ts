/** Every bound stated in assembly/logsum.ts, measured against float64 on both targets. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { compile, targets } from './compile.ts'

interface Kernel {
  memory: WebAssembly.Memory
  reserve(bytes: number): number
  logSumExp(x: number, count: number): number
  softmax(x: number, count: number): void
  softplusSum(x: number, count: number): number
  factorsOf(x: number, count: number): number
  factors: WebAssembly.Global
}

const counts = [1, 2, 3, 4, 5, 7, 8, 31, 64, 255, 256, 257, 500, 1023, 4096]
const scales = [0.01, 1, 20, 300]

const logSumExp = (x: Float32Array) => {
  const most = Math.max(...x)
  return most + Math.log(x.reduce((sum, value) => sum + Math.exp(value - most), 0))
}
const softplusSum = (x: Float32Array) =>
  x.reduce((sum, value) => sum + Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value))), 0)
const sum = (x: Float32Array) => x.reduce((total, value) => total + value, 0)

for (const target of targets()) {
  const kernel = await compile<Kernel>('test/assembly/harness/simd.ts', target)
  const start = kernel.reserve(5 * 4096)
  const sentinel = 1e30

  /** An array in the kernel's memory, at an address that is not a multiple of 16, between sentinels. */
  const place = (values: ArrayLike<number>) => {
    const array = new Float32Array(kernel.memory.buffer, start + 4, values.length)
    new Float32Array(kernel.memory.buffer, start, values.length + 8).fill(sentinel)
    array.set(values)
    return array
  }
  const untouched = (count: number) => {
    const around = new Float32Array(kernel.memory.buffer, start, count + 8)
    return (
      around[0] === Math.fround(sentinel) &&
      around.subarray(count + 1).every(value => value === Math.fround(sentinel))
    )
  }
  /** Random numbers of every scale and count; the last of each kind is one-sided: roundings then have one sign. */
  const inputs = function* () {
    const random = uniforms(3)
    for (const scale of scales)
      for (const count of counts)
        for (const shift of [0, 1])
          yield place(Float32Array.from({ length: count }, () => scale * (2 * random() - 1 + shift)))
  }

  test(`${target}: logSumExp is within its bound`, () => {
    for (const x of inputs()) {
      const exact = logSumExp(x)
      const bound = (x.length / 4 + 32 + Math.abs(exact)) * 2 ** -24
      const error = Math.abs(kernel.logSumExp(x.byteOffset, x.length) - exact)
      assert.ok(error <= bound, `${x.length} numbers: error ${error}, bound ${bound}`)
    }
  })

  test(`${target}: logSumExp keeps infinities and NaN`, () => {
    const of = (...values: number[]) => kernel.logSumExp(place(values).byteOffset, values.length)
    assert.is(of(), -Infinity)
    assert.is(of(-Infinity, -Infinity, -Infinity), -Infinity)
    assert.is(of(-Infinity, -Infinity, 2, -Infinity, -Infinity), 2)
    assert.is(of(1, Infinity), Infinity)
    assert.is(of(1e4), 1e4)
    assert.is(of(-1e4, -1e4), Math.fround(-1e4 + Math.LN2))
    for (let i = 0; i < 6; i++)
      assert.ok(Number.isNaN(of(...[1, 2, 3, 4, 5, 6].map((v, k) => (k === i ? Number.NaN : v)))))
  })

  test(`${target}: softmax is within its bound, in place, and touches nothing else`, () => {
    for (const x of inputs()) {
      const logits = x.slice()
      const most = Math.max(...logits)
      const normaliser = logSumExp(logits)
      kernel.softmax(x.byteOffset, x.length)
      logits.forEach((logit, i) => {
        const exact = Math.exp(logit - normaliser)
        if (exact < 2 ** -126) return
        const bound = (x.length / 4 + 24 + most - logit) * 2 ** -24
        assert.ok(Math.abs(x[i] / exact - 1) <= bound, `${x.length} numbers, ${scales}: ${x[i]} for ${exact}`)
      })
      assert.ok(untouched(x.length))
    }
  })

  test(`${target}: softmax gives exact zeros to impossible states and survives large logits`, () => {
    const of = (...values: number[]) => {
      const x = place(values)
      kernel.softmax(x.byteOffset, values.length)
      return [...x]
    }
    assert.equal(of(-Infinity, 3, -Infinity), [0, 1, 0])
    assert.equal(of(1e30, -1e30, 1e30), [0.5, 0, 0.5])
    assert.equal(of(5), [1])
    assert.ok(of(-Infinity, -Infinity).every(Number.isNaN))
  })

  test(`${target}: softplusSum is within its bound, and far within it on average`, () => {
    let squares = 0
    let measured = 0
    for (const x of inputs()) {
      const exact = softplusSum(x)
      const bound = 4.5e-7 * x.length + 4.2e-6 * sum(x.map(value => Math.max(value, 0)))
      const error = Math.abs(kernel.softplusSum(x.byteOffset, x.length) - exact)
      assert.ok(error <= bound, `${x.length} numbers: error ${error}, bound ${bound}`)
      squares += (error / bound) ** 2
      measured++
    }
    assert.ok(
      Math.sqrt(squares / measured) < 0.1,
      'the bound adds up absolute roundings, which have no common sign',
    )
  })

  test(`${target}: softplusSum of constants, where every rounding is the same`, () => {
    for (const value of [-20, -3, -1e-3, 0, 0.37, 1.1, 3, 41.7]) {
      const x = place(new Float32Array(4096).fill(value))
      const bound = 4.5e-7 * 4096 + 4.2e-6 * 4096 * Math.max(Math.fround(value), 0)
      assert.ok(Math.abs(kernel.softplusSum(x.byteOffset, 4096) - softplusSum(x)) <= bound, `all ${value}`)
    }
  })

  test(`${target}: softplusSum keeps infinities and NaN`, () => {
    const of = (...values: number[]) => kernel.softplusSum(place(values).byteOffset, values.length)
    assert.is(of(), 0)
    assert.is(of(-Infinity, -Infinity), 0)
    assert.is(of(-Infinity, 0), Math.fround(Math.LN2))
    assert.is(of(3, Infinity), Infinity)
    for (let i = 0; i < 6; i++)
      assert.ok(Number.isNaN(of(...[1, 2, 3, 4, 5, 6].map((v, k) => (k === i ? Number.NaN : v)))))
  })

  test(`${target}: a running product holds as many factors as it promises`, () => {
    const count = kernel.factors.value as number
    assert.is(count, 64)
    const zeros = place(new Float32Array(count))
    assert.is(kernel.factorsOf(zeros.byteOffset, count), 2 ** count)
    const x = place(Float32Array.from({ length: count }, (_, i) => i / 8 - 4))
    // 2e-7 a factor, as stated at softplusSum.
    const exact = Math.exp(softplusSum(x.map(value => -Math.abs(value))))
    assert.ok(Math.abs(kernel.factorsOf(x.byteOffset, count) / exact - 1) <= count * 2e-7)
  })
}

test.run()
