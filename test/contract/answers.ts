/** What a product says about rows, and how its answers fit together. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { randomRow } from '../reference/rows.ts'
import { ask, create, groupCount, learned, rowsOf, type Subject } from './subject.ts'

export function checkAnswers(subject: Subject): void {
  const { title, family, visible, options } = subject

  test(`${title}: width, groups and options are what was asked for`, () => {
    const product = create(subject, 8)
    assert.is(product.family, family.name)
    assert.is(
      product.width,
      visible.reduce((sum, { size }) => sum + size, 0),
    )
    assert.equal(product.visible, visible)
    for (const [name, value] of Object.entries({ ...options, seed: 8 }))
      assert.is(product.options[name], value)
    product.release()
  })

  test(`${title}: freeEnergies is freeEnergy of each row`, () => {
    const product = learned(subject)
    const all = rowsOf(subject, 8, 7)
    const each = Float32Array.from({ length: 7 }, (_, n) =>
      product.freeEnergy(all.subarray(n * product.width, (n + 1) * product.width)),
    )
    assert.equal(product.freeEnergies(all), each)
    assert.is(product.freeEnergies(new Float32Array(0)).length, 0)
    product.release()
  })

  test(`${title}: surprise is −log of the conditional, and conditionals add up to one`, () => {
    const product = learned(subject)
    const row = randomRow(visible, uniforms(9)).map(Math.round)
    const surprise = product.surprise(row)
    assert.is(surprise.length, groupCount(visible))
    let start = 0
    let group = 0
    for (const { kind, size } of visible) {
      for (let unit = 0; unit < (kind === 'softmax' ? 1 : size); unit++, group++) {
        const means = product.conditional(row, group)
        const values = kind === 'softmax' ? row.subarray(start, start + size) : row.subarray(start + unit)
        const total = means.reduce((sum, mean) => sum + mean, 0)
        const chosen = kind === 'softmax' ? means[values.indexOf(1)] : values[0] ? means[0] : 1 - means[0]
        if (kind === 'softmax') assert.ok(Math.abs(total - 1) < 1e-5)
        // Two roads to one number, each with a relative error of a few float32 roundings of p.
        if (chosen !== undefined)
          assert.ok(Math.abs(Math.exp(-surprise[group]) - chosen) < 1e-5, `group ${group}`)
      }
      start += size
    }
    product.release()
  })

  test(`${title}: missing values are left out and filled in`, () => {
    const product = learned(subject)
    const row = randomRow(visible, uniforms(10), 0.5)
    const { energy, surprise, conditionals, reconstruction, features } = ask(product, row)
    const numbers = [energy, ...conditionals.flatMap(means => [...means]), ...reconstruction, ...features]
    assert.ok(numbers.every(Number.isFinite))
    let start = 0
    let group = 0
    for (const { kind, size } of visible) {
      const firsts = kind === 'softmax' ? [start] : Array.from({ length: size }, (_, unit) => start + unit)
      for (const first of firsts) assert.is(Number.isNaN(surprise[group++]), Number.isNaN(row[first]))
      start += size
    }
    // A softmax group is missing when its first value is; nothing at all is a row as well.
    const nothing = new Float32Array(product.width).fill(Number.NaN)
    product.learnOne(nothing)
    assert.ok(Number.isFinite(product.freeEnergy(nothing)))
    assert.ok(product.surprise(nothing).every(Number.isNaN))
    product.release()
  })

  test(`${title}: numbers stay finite`, () => {
    const product = create(subject)
    for (let part = 0; part < 20; part++) product.learnMany(rowsOf(subject, part, 200, part % 2 ? 0.3 : 0))
    for (const [name, { data }] of Object.entries(product.tensors()))
      assert.ok(data.every(Number.isFinite), name)
    assert.ok(product.freeEnergies(rowsOf(subject, 50, 50)).every(Number.isFinite))
    product.release()
  })

  test(`${title}: what it has seen a lot becomes likelier than what it has not`, () => {
    const product = create(subject)
    const [seen, unseen] = [uniforms(12), uniforms(13)].map(uniform =>
      randomRow(visible, uniform).map(Math.round),
    )
    assert.not.equal(seen, unseen)
    product.learnMany(Float32Array.from({ length: 800 * product.width }, (_, i) => seen[i % product.width]))
    assert.ok(product.freeEnergy(seen) < product.freeEnergy(unseen) - 1)
    product.release()
  })
}
