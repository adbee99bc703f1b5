/** Logarithms and exponentials of our own, beside those of the engine; and those of the kernels, bit for bit. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../fixtures/random.ts'
import { exp, log, log1p } from '../pipeline/elementary.ts'
import { compile } from './assembly/compile.ts'

const COUNT = 200_000
const uniform = uniforms(1)

/** The distance from |x| to the next float64. */
function unitInLastPlace(x: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(x))
  view.setBigUint64(0, view.getBigUint64(0) + 1n)
  return view.getFloat64(0) - Math.abs(x)
}

/** The engine's functions are themselves off by up to one unit in the last place. */
function agree(own: (x: number) => number, engine: (x: number) => number, draw: () => number, units: number) {
  for (let i = 0; i < COUNT; i++) {
    const x = draw()
    const [result, expected] = [own(x), engine(x)]
    if (Object.is(result, expected)) continue
    assert.ok(
      Math.abs(result - expected) <= units * unitInLastPlace(expected),
      `${x}: ${result}, ${expected}`,
    )
  }
}

test('log: over all magnitudes, near one, subnormal', () => {
  agree(log, Math.log, () => Math.exp((uniform() - 0.5) * 1400), 2)
  agree(log, Math.log, () => 0.5 + uniform(), 2)
  agree(log, Math.log, () => 1 + (uniform() - 0.5) * 1e-9, 2)
  agree(log, Math.log, () => (1 - uniform()) * 1e-308, 2)
})

test('log1p: what is tiny is not lost', () => {
  agree(log1p, Math.log1p, () => (uniform() - 0.3) * Math.exp((uniform() - 0.5) * 80), 4)
})

test('exp: over all magnitudes, near zero, subnormal results', () => {
  agree(exp, Math.exp, () => (uniform() - 0.5) * 1410, 2)
  agree(exp, Math.exp, () => uniform() - 0.5, 2)
  agree(exp, Math.exp, () => -708 - uniform() * 37, 2)
})

test('the ends of the range', () => {
  const { NaN: none, POSITIVE_INFINITY: infinity } = Number
  for (const [own, engine] of [
    [log, Math.log],
    [log1p, Math.log1p],
    [exp, Math.exp],
  ]) {
    for (const x of [0, -0, infinity, -infinity, none])
      assert.ok(Object.is(own(x), engine(x)), `${own.name}(${x})`)
  }
  assert.equal([log(1), log1p(-1), exp(709.79), exp(-746)], [0, -infinity, infinity, 0])
  assert.ok([log(-1), log1p(-2)].every(Number.isNaN))
})

test("the kernels' log has the same bits", async () => {
  const { log: kernel } = await compile<{ log(x: number): number }>('assembly/log.ts')
  for (let i = 0; i < COUNT; i++) {
    const x = Math.exp((uniform() - 0.5) * (i % 2 ? 1400 : 2))
    assert.is(kernel(x), log(x), String(x))
  }
})

test.run()
