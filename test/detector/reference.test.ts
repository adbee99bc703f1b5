import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Encoded } from '../../pipeline/encoders/record.ts'
import { energyOf } from '../../pipeline/energy.ts'
import type { Product, Row } from '../../pipeline/experts/product.ts'
import { Reference } from '../../pipeline/reference.ts'
import { misplaced } from '../../pipeline/visible.ts'

/** A product of one linear expert: F(row) = offset − weight · row₀, with a mean for what is missing. */
class Linear {
  readonly width = 2
  readonly visible = [{ kind: 'softmax', size: 2 }] as const
  offset = 0
  weight = 1
  calls = 0

  freeEnergy(row: Row): number {
    this.calls++
    assert.not(row.some(Number.isNaN))
    return this.offset - this.weight * row[0]
  }

  freeEnergies(rows: Row): Float32Array {
    for (let at = 0; at < rows.length; at += 2) {
      const wrong = misplaced(this.visible, rows.subarray(at, at + 2))
      if (wrong) throw new RangeError(wrong.expected)
    }
    return new Float32Array(rows.length / 2)
  }

  reconstruct(): Row {
    return Float32Array.of(0.5, 0.25)
  }
}

const encoded = (first: number, tail = 0): Encoded => ({
  row: Float32Array.of(first, 1 - first),
  tails: Float64Array.of(tail),
  tail,
  present: 1,
})
const made = (seed = 1) => {
  const product = new Linear()
  return { product, reference: new Reference(product as unknown as Product, seed) }
}

test('missing values stand at the mean that the product expects, present ones as they are', () => {
  const { product } = made()
  const scratch = new Float32Array(2)
  const asProduct = product as unknown as Product
  assert.is(energyOf(asProduct, Float32Array.of(1, 0), true, scratch), -1)
  assert.is(energyOf(asProduct, Float32Array.of(Number.NaN, 0.75), false, scratch), -0.5)
  assert.equal([...scratch], [0.5, 0.75])
})

test('the mean is that of all rows, tails included, until there are 256', () => {
  const { reference } = made()
  assert.is(reference.mean, 0)
  for (let i = 0; i < 256; i++) reference.add(encoded(i / 256, 2))
  // Halves of 256ths add up without rounding.
  assert.is(reference.mean, 2 - 255 / 512)
})

test('when the parameters move, every energy is computed anew within 256 arrivals', () => {
  const { product, reference } = made()
  for (let i = 0; i < 1000; i++) reference.add(encoded(0.5))
  product.offset = 1000
  product.weight = 3
  for (let i = 0; i < 256; i++) reference.add(encoded(0.5))
  assert.ok(Math.abs(reference.mean - (1000 - 1.5)) < 1e-9, `${reference.mean}`)
})

test('an arrival costs two energies at most', () => {
  const { product, reference } = made()
  for (let i = 0; i < 2000; i++) {
    product.calls = 0
    reference.add(encoded(0.5))
    assert.ok(product.calls <= 2)
  }
})

test('the reservoir holds recent rows: about the last few thousand', () => {
  const { reference } = made()
  const arrivals = 40_000
  for (let i = 0; i < arrivals; i++) reference.add(encoded(i / arrivals))
  const ages = Array.from({ length: 256 }, (_, i) => arrivals * (1 - reference.state().rows[2 * i]))
  const mean = ages.reduce((a, b) => a + b) / 256
  // Each arrival replaces one of 256 rows with probability 256 / 4096, so ages are geometric with mean 4096 and standard
  // deviation 4096: four standard errors of the mean of 256 are 1024.
  assert.ok(Math.abs(mean - 4096) < 1024, `${mean}`)
})

test('goes on from its state as if it had not stopped', () => {
  for (const stop of [0, 100, 256, 1500]) {
    const uniform = uniforms(3)
    const straight = made(5)
    for (let i = 0; i < stop; i++) straight.reference.add(encoded(uniform(), uniform()))
    const resumed = made(8)
    resumed.reference.restore(straight.reference.state())
    for (let i = 0; i < 700; i++) {
      const next = encoded(uniform(), uniform())
      straight.reference.add(next)
      resumed.reference.add(next)
      assert.is(resumed.reference.mean, straight.reference.mean)
    }
    assert.equal(resumed.reference.state(), straight.reference.state())
  }
})

test('a state that cannot be one is refused', () => {
  const { reference } = made()
  for (let i = 0; i < 3; i++) reference.add(encoded(0.5))
  const sound = reference.state()
  for (const wrong of [
    { rows: new Float32Array(5) },
    { rows: sound.rows.map(value => value * 9) },
    { tails: new Float64Array(2) },
    { tails: Float64Array.of(0, -1, 0) },
    { energies: Float64Array.of(0, Number.NaN, 0) },
    { random: new Uint32Array(4) },
    { random: new Uint32Array(5).fill(1) },
    { counters: Float64Array.of(2, 0, 0) },
    { counters: Float64Array.of(3, 3, 0) },
    { counters: Float64Array.of(3, 0.5, 0) },
    { counters: Float64Array.of(3, 0, Infinity) },
    { counters: Float64Array.of(3, 0) },
  ]) {
    assert.throws(() => made().reference.restore({ ...sound, ...wrong }), /Expected a reservoir/)
  }
  made().reference.restore(sound)
})

test.run()
