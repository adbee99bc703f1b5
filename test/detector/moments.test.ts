import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { TrailingMoments } from '../../pipeline/moments.ts'
import { normals } from './streams.ts'

/** Mean and standard deviation by definition, in two passes. */
function twoPass(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(squares / values.length) }
}

function near(got: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(got - expected) <= tolerance, `${got}, expected ${expected} up to ${tolerance}`)
}

test('nothing is known before the first number, and no spread before the second', () => {
  const moments = new TrailingMoments()
  assert.equal([moments.mean, moments.deviation], [0, 0])
  moments.add(7)
  assert.equal([moments.mean, moments.deviation], [7, 0])
})

for (const [what, offset] of [
  ['of moderate size', 3],
  ['far from zero', 1e6],
] as const) {
  test(`mean and deviation of numbers ${what} are those of the definition, after any number of them`, () => {
    const normal = normals(uniforms(1))
    const values: number[] = []
    const moments = new TrailingMoments()
    for (let n = 1; n <= 3000; n++) {
      values.push(offset + 2 * normal())
      moments.add(values[n - 1])
      if (![2, 3, 10, 100, 3000].includes(n)) continue
      const expected = twoPass(values)
      // Each step rounds a mean of size |offset|: n steps are off by at most n / 2 units in the last place.
      const tolerance = n * 2 ** -53 * (offset + 10)
      near(moments.mean, expected.mean, tolerance)
      near(moments.deviation, expected.deviation, 4 * tolerance)
    }
  })
}

test('in the long run old numbers fade, and the count that is saved has a bound', () => {
  const moments = new TrailingMoments()
  const horizon = 2 ** 20
  moments.restore(Float64Array.of(horizon, 0, 0))
  const arrivals = 50_000
  for (let i = 0; i < arrivals; i++) moments.add(1)
  // Each arrival takes 1 / horizon of what is left of the distance: 1 − (1 − 1 / horizon)^n.
  const share = 1 - (1 - 1 / horizon) ** arrivals
  near(moments.mean, share, 1e-10)
  near(moments.deviation ** 2, share * (1 - share), 1e-9)
  assert.is(moments.state()[0], horizon)
})

test('put back in the middle it goes on bit for bit', () => {
  const normal = normals(uniforms(2))
  const [straight, resumed] = [new TrailingMoments(), new TrailingMoments()]
  for (let i = 0; i < 100; i++) straight.add(normal())
  resumed.restore(straight.state())
  for (let i = 0; i < 100; i++) {
    const value = normal()
    straight.add(value)
    resumed.add(value)
  }
  assert.equal(resumed.state(), straight.state())
})

test('a state that cannot be one is refused and changes nothing', () => {
  const moments = new TrailingMoments()
  moments.add(3)
  const before = moments.state()
  for (const wrong of [
    [],
    [1, 0],
    [1, 0, 0, 0],
    [-1, 0, 0],
    [1.5, 0, 0],
    [2 ** 20 + 1, 0, 0],
    [1, Number.NaN, 0],
    [1, 0, -1],
    [1, 0, Infinity],
    [1, 0, Number.NaN],
  ]) {
    assert.throws(() => moments.restore(Float64Array.from(wrong)), /Expected a count up to 1048576, a mean/)
  }
  assert.equal(moments.state(), before)
})

test.run()
