/** Energies of the user's own: what they learn, what their chains keep to, and what is said when they are wrong. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/core-detector.ts'
import { checkGradients } from '../../pipeline/custom/check-gradients.ts'
import { customFamily } from '../../pipeline/custom/custom-family.ts'
import type { CustomProduct } from '../../pipeline/custom/custom-product.ts'
import { DivergedError } from '../../pipeline/errors.ts'
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import { bytesOf, throws } from '../contract/subject.ts'
import { altered, banana, bells, parametersOf, switches } from './definitions.ts'

const two: VisibleGroup[] = [{ kind: 'real', size: 2 }]
const normals = (uniform: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

/** Draws of x ~ N(0, 1), y = .5 x² − 1 + .3 N(0, 1). */
function bananas(count: number, seed: number): Float32Array {
  const normal = normals(uniforms(seed))
  const rows = new Float32Array(2 * count)
  for (let at = 0; at < rows.length; at += 2) {
    rows[at] = normal()
    rows[at + 1] = 0.5 * rows[at] * rows[at] - 1 + 0.3 * normal()
  }
  return rows
}

test('derivatives that are right pass, and one that is wrong is named', () => {
  const parameters = { shape: Float64Array.of(0.4, -0.7), scale: Float64Array.of(1.3, 0.6) }
  // Truncation h⁴ f⁽⁵⁾/30 and rounding 1e-16 |f| / h are below 1e-10 of derivatives of about 1 for h = 1e-3.
  assert.ok(checkGradients(banana, [0.8, -1.1], { parameters }).largestError < 1e-9)
  const wrong = altered(banana, {
    parameterGradient(row, own, gradient, setting) {
      banana.parameterGradient(row, own, gradient, setting)
      gradient.scale[1] *= 1.01
    },
  })
  const { faults } = checkGradients(wrong, [0.8, -1.1], { parameters })
  assert.equal(
    faults.map(({ name, index }) => [name, index]),
    [['scale', 1]],
  )
  assert.ok(Math.abs(faults[0].given / faults[0].measured - 1.01) < 1e-6)
  const turned = altered(banana, {
    rowGradient(row, own, gradient, setting) {
      banana.rowGradient(row, own, gradient, setting)
      gradient[0] = -gradient[0]
    },
  })
  assert.equal(checkGradients(turned, [0.8, -1.1], { parameters }).faults[0].name, 'row')
  throws(
    RangeError,
    () => checkGradients(banana, [1, 2], { visible: [{ kind: 'real', size: 3 }] }),
    /row of 3/,
  )
})

test('a gradient that is no number, and one that is promised, are refused and named', () => {
  const row = Float32Array.of(0.3, -0.9)
  const broken = altered(banana, { rowGradient: (_, __, gradient) => void gradient.fill(Number.NaN) })
  throws(RangeError, () => customFamily(broken).create(two).learnOne(row), /rowGradient .*got NaN/)
  const late = altered(banana, { rowGradient: (async () => {}) as never })
  throws(TypeError, () => customFamily(late).create(two).learnOne(row), /rowGradient .*promise/)
})

test('a curved density is learned online, and the step is adapted', () => {
  const product = customFamily(banana).create(two, {
    learningRate: 0.02,
    learningRateDecay: 200,
  }) as CustomProduct
  product.learnMany(bananas(20_000, 1))
  const { shape, scale } = parametersOf(product.tensors())
  // Averages over the last thousand rows of differences of about 1: a few hundredths.
  for (const [found, expected] of [
    [shape[0], 0.5],
    [shape[1], -1],
    [scale[0], 1],
    [scale[1], 0.3],
  ])
    assert.ok(Math.abs(found - expected) < 0.15, `${found} for ${expected}`)
  assert.ok(product.acceptance > 0.65 && product.acceptance < 0.9, `${product.acceptance}`)
})

test('chains that start at the density stay there', () => {
  const exact = altered(banana, {
    parameters: () => ({ shape: Float64Array.of(0.5, -1), scale: Float64Array.of(1, 0.3) }),
  })
  const product = customFamily(exact).create(two, { stepSize: 0.25 })
  const states = bananas(20_000, 2)
  product.walk?.(states, 3, new Uint32Array(16).fill(5))
  // The quartiles of x and of (y − .5 x² + 1)/.3, which are independent: 16 cells of equal mass under the density.
  const quartiles = [-0.6744897501960817, 0, 0.6744897501960817]
  const cell = (value: number) => quartiles.filter(edge => value > edge).length
  const counts = new Float64Array(16)
  for (let at = 0; at < states.length; at += 2) {
    const [x, y] = [states[at], states[at + 1]]
    counts[4 * cell(x) + cell((y - 0.5 * x * x + 1) / 0.3)]++
  }
  const expected = 20_000 / 16
  const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // χ² of 15 degrees of freedom is above 37.7 once in a thousand times.
  assert.ok(chi < 37.7, `${chi}`)
  assert.ok(bananas(1, 2)[0] !== states[0], 'they do move')
})

test('units with states are drawn from their exact conditionals', () => {
  const visible: VisibleGroup[] = [
    { kind: 'softmax', size: 3 },
    { kind: 'real', size: 1 },
  ]
  const b = [0.3, -0.2, 0.5]
  const w = [-1.5, 0.4, 1.2]
  const set = altered(switches, { parameters: () => ({ b: Float64Array.from(b), w: Float64Array.from(w) }) })
  const product = customFamily(set).create(visible, { stepSize: 0.3 })
  // ∫ e^(b + w x − x²/2) dx ∝ e^(b + w²/2).
  const masses = b.map((bias, k) => Math.exp(bias + w[k] ** 2 / 2))
  const total = masses.reduce((sum, mass) => sum + mass)
  const samples = product.sample(8000, 20)
  const counts = [0, 0, 0]
  for (let at = 0; at < samples.length; at += 4) counts[[0, 1, 2].findIndex(k => samples[at + k] === 1)]++
  for (const [k, count] of counts.entries()) {
    const p = masses[k] / total
    assert.ok(
      Math.abs(count - 8000 * p) < 4 * Math.sqrt(8000 * p * (1 - p)),
      `state ${k}: ${count} for ${8000 * p}`,
    )
  }
  const row = Float32Array.of(0, 1, 0, 0.7)
  const odds = b.map((bias, k) => Math.exp(bias + w[k] * 0.7))
  const conditional = product.conditional(row, 0)
  const sum = odds.reduce((total, each) => total + each)
  for (let k = 0; k < 3; k++) assert.ok(Math.abs(conditional[k] - odds[k] / sum) < 1e-6)
  assert.ok(Math.abs(product.surprise(row)[0] + Math.log(odds[1] / sum)) < 1e-6)
  // Of the number: ½ (x − w)² above its likeliest value w.
  assert.ok(Math.abs(product.conditional(row, 1)[0] - 0.4) < 1e-5)
  assert.ok(Math.abs(product.surprise(row)[1] - 0.3 ** 2 / 2) < 1e-5)
})

test('a missing value is clamped to its likeliest one, and is not learned from', () => {
  const family = customFamily(
    altered(bells, {
      parameters: ({ width }) => ({ m: new Float64Array(width).fill(3), s: new Float64Array(width) }),
    }),
  )
  const product = family.create(two, { learningRate: 0.1 })
  // The density of what is there alone, as the missing one costs nothing at its likeliest value.
  const energy = product.freeEnergy(Float32Array.of(4, Number.NaN))
  assert.ok(Math.abs(energy - 0.5) < 1e-9, `${energy}`)
  for (let n = 0; n < 50; n++) product.learnOne(Float32Array.of(5, Number.NaN))
  const { m, s } = parametersOf(product.tensors())
  assert.ok(m[0] > 3.5)
  // Clamped to the same value in both phases, it adds nothing to their difference.
  assert.equal([m[1], s[1]], [3, 0])
})

test('a detector learns, is saved and goes on with a family of one’s own', () => {
  const families = [customFamily(altered(bells, { streamOptions: { learningRate: 0.05 } }))]
  const normal = normals(uniforms(4))
  const records = Array.from({ length: 400 }, () => ({ load: 20 + 4 * normal(), heat: 60 + 9 * normal() }))
  const detector = new Detector({ families })
  for (const record of records) detector.observe(record)
  const odd = detector.scoreOne({ load: 60, heat: 61 })
  assert.ok(odd.p !== null && odd.p < 0.01, `${odd.p}`)
  assert.is(odd.why[0].field, 'load')
  const file = detector.save()
  const loaded = Detector.load(file, { families })
  for (const each of [detector, loaded]) for (const record of records) each.observe(record)
  assert.equal(loaded.save(), detector.save())
  throws(
    Error as never,
    () => Detector.load(file, { families: [customFamily(banana)] }),
    /families that were given, banana, got one of "bells"/,
  )
})

test('callbacks that fail are named, and change nothing', () => {
  let fails = false
  const moody = altered(bells, {
    parameterGradient(row, own, gradient, setting) {
      if (fails) throw new Error('out of ideas')
      bells.parameterGradient(row, own, gradient, setting)
    },
  })
  const product = customFamily(moody).create(two)
  product.learnOne(Float32Array.of(1, 2))
  const before = bytesOf(product.tensors())
  fails = true
  throws(
    RangeError,
    () => product.learnOne(Float32Array.of(1, 2)),
    /parameterGradient of the family bells.*out of ideas/,
  )
  assert.equal(bytesOf(product.tensors()), before)
})

test('no number before learning is the definition’s fault, afterwards that of learning', () => {
  const broken = customFamily(altered(bells, { logDensity: () => Number.NaN })).create(two)
  throws(
    RangeError,
    () => broken.freeEnergy(Float32Array.of(1, 2)),
    /logDensity of the family bells to be finite.*before anything/,
  )
  const text = customFamily(altered(bells, { logDensity: () => 'much' as never })).create(two)
  throws(TypeError, () => text.freeEnergy(Float32Array.of(1, 2)), /return a number, got much/)
  const lost = altered(bells, {
    logDensity: (row, own, setting) => (own.m[0] === 0 ? bells.logDensity(row, own, setting) : Number.NaN),
  })
  const wild = customFamily(lost).create(two)
  wild.learnOne(Float32Array.of(1, 2))
  throws(
    DivergedError as never,
    () => wild.freeEnergy(Float32Array.of(1, 2)),
    /logDensity, got NaN.*Lower learningRate/,
  )
})

test('what is no definition is refused', () => {
  throws(TypeError, () => customFamily(null as never), /definition of a family.*got null/)
  throws(RangeError, () => customFamily(altered(bells, { name: 'My Bells' })), /lower-case.*got "My Bells"/)
  throws(
    TypeError,
    () => customFamily(altered(bells, { rowGradient: 3 as never })),
    /rowGradient .*function, got 3/,
  )
  throws(RangeError, () => customFamily(altered(bells, { units: ['tokens' as never] })), /units .*got tokens/)
  throws(
    TypeError,
    () => customFamily(altered(bells, { parameters: () => ({}) })).create(two),
    /by name, got none/,
  )
  throws(
    TypeError,
    () => customFamily(altered(bells, { parameters: () => ({ m: [0, 0] as never }) })).create(two),
    /parameter m .*Float64Array, got Array/,
  )
})

test.run()
