/** What the kernel of unifac experts says about rows, against the float64 oracle, and beside unigauss experts. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { unifac } from '../../pipeline/experts/unifac.ts'
import { unigauss } from '../../pipeline/experts/unigauss.ts'
import { kernelsFor, targets } from '../assembly/compile.ts'
import { activation, expertsOf, sigmoid } from '../reference/on-a-box.ts'
import { logNormal, oracle } from '../reference/unifac.ts'
import { near, parametersOf, randomise } from './on-a-box.ts'

for (const target of targets()) {
  for (const [width, experts] of [
    [1, 1],
    [3, 5],
    [40, 9],
  ]) {
    for (const missing of [0, 0.4]) {
      test(`${target} SIMD, ${width} values, ${experts} experts, missing ${missing}: answers of the oracle`, () => {
        const options = { experts, low: -2, high: 3 }
        const product = unifac.create([{ kind: 'real', size: width }], options, kernelsFor(target))
        const uniform = uniforms(width)
        randomise(product, uniform)
        const parameters = parametersOf(product)
        for (let n = 0; n < 4; n++) {
          const row = Float32Array.from({ length: width }, () =>
            uniform() < missing ? Number.NaN : 7 * uniform() - 3,
          )
          const energy = -oracle().logDensity(parameters, row)
          // What the factor explains is taken from what the values differ by, both some hundreds: float32 sums in blocks.
          near(product.freeEnergy(row), energy, 1e-4 * (1 + Math.abs(energy)) + 1e-5 * width, 'F')
          const shares = product.transformOne(row)
          for (const [m, expert] of expertsOf(parameters).entries()) {
            const expected = sigmoid(activation(parameters, expert, row, logNormal))
            near(shares[m], expected, 1e-4 * width, `share ${m}`)
          }
        }
        product.release()
      })
    }
  }
}

test('without loadings they are unigauss experts, to the bit', () => {
  const groups = [{ kind: 'real', size: 7 }] as const
  const options = { experts: 6, low: -2, high: 3 }
  const [plain, own] = [unigauss.create(groups, options), unifac.create(groups, options)]
  const uniform = uniforms(3)
  randomise(plain, uniform)
  const tensors = own.tensors()
  for (const [name, tensor] of Object.entries(plain.tensors())) tensors[name] = tensor
  tensors['experts.loading'].data.fill(0)
  own.restore(tensors)
  const rows = Float32Array.from({ length: 70 }, () => 7 * uniform() - 3)
  assert.equal(own.freeEnergies(rows), plain.freeEnergies(rows))
  for (let at = 0; at < rows.length; at += 14) {
    const [row, other] = [rows.subarray(at, at + 7), rows.subarray(at + 7, at + 14)]
    assert.equal(own.transformOne(row), plain.transformOne(row))
    assert.equal(own.surprise(row), plain.surprise(row))
    own.learnPair?.(row, other)
    plain.learnPair?.(row, other)
  }
  for (const name of ['experts.mean', 'experts.logVariance', 'experts.gate'])
    assert.equal(own.tensors()[name].data, plain.tensors()[name].data)
  // Nothing turns a factor that is not there.
  assert.ok(own.tensors()['experts.loading'].data.every(value => value === 0))
  plain.release()
  own.release()
})

test('turning all loadings round changes nothing', () => {
  const product = unifac.create([{ kind: 'real', size: 4 }], { experts: 5, low: -2, high: 3 })
  const uniform = uniforms(8)
  randomise(product, uniform)
  const row = Float32Array.from({ length: 4 }, () => 5 * uniform() - 2)
  const energy = product.freeEnergy(row)
  const tensors = product.tensors()
  tensors['experts.loading'].data.forEach((value, k, all) => {
    all[k] = -value
  })
  product.restore(tensors)
  assert.is(product.freeEnergy(row), energy)
  product.release()
})

test('surprise is what the likeliest value is likelier by, and it is found on a grid', () => {
  const product = unifac.create([{ kind: 'real', size: 3 }], { experts: 6, low: -2, high: 3 })
  const uniform = uniforms(9)
  for (let n = 0; n < 10; n++) {
    randomise(product, uniform)
    const row = Float32Array.from({ length: 3 }, () => 5 * uniform() - 2)
    const surprise = product.surprise(row)
    for (let i = 0; i < 3; i++) {
      const rows = Float32Array.from({ length: 3 * 5001 }, (_, k) =>
        k % 3 === i ? -2 + (5 * Math.floor(k / 3)) / 5000 : row[k % 3],
      )
      const least = product.freeEnergies(rows).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
      // Steps of 0.001 beside deviations of 0.1 and more; climbing may stop early.
      near(surprise[i], product.freeEnergy(row) - least, 2e-3, `surprise ${i}`)
    }
  }
  product.release()
})

test.run()
