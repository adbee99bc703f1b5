/** What a product says about rows, and how its answers fit together. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { statesOf, widthOf } from '../../pipeline/visible.ts'
import { groupsOf, randomRow } from '../reference/rows.ts'
import { ask, create, isComplete, learned, rowsOf, type Subject } from './subject.ts'

export function checkAnswers(subject: Subject): void {
  const { title, family, visible, options } = subject

  test(`${title}: width, groups and options are what was asked for`, () => {
    const product = create(subject, 8)
    assert.is(product.family, family.name)
    assert.is(product.width, widthOf(visible))
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
    // Values as they are drawn, not shared between states.
    const row = randomRow(visible, uniforms(9)).map(value => Math.round(value))
    const surprise = product.surprise(row)
    const states = statesOf(visible)
    assert.is(surprise.length, states.length)
    for (const [group, { kind, values }] of groupsOf(visible, row).entries()) {
      const means = product.conditional(row, group)
      assert.is(means.length, states[group])
      const total = means.reduce((sum, mean) => sum + mean, 0)
      if (kind !== 'bernoulli' && kind !== 'real') assert.ok(Math.abs(total - 1) < 1e-5)
      if (kind === 'real' || kind === 'tokens' || kind === 'sequence') {
        // Relative to the likeliest value, and of a symbol given the others of its group: nothing to compare with.
        assert.ok(surprise[group] >= 0 && means.every(Number.isFinite), `group ${group}`)
        continue
      }
      const state = kind === 'index' || kind === 'count' ? values[0] : values.indexOf(1)
      const chosen = kind !== 'bernoulli' ? means[state] : values[0] ? means[0] : 1 - means[0]
      // Two roads to one number, each with a relative error of a few float32 roundings of p.
      if (chosen !== undefined)
        assert.ok(Math.abs(Math.exp(-surprise[group]) - chosen) < 1e-5, `group ${group}`)
    }
    product.release()
  })

  test(`${title}: missing values are left out and filled in`, () => {
    const product = learned(subject)
    const row = randomRow(visible, uniforms(10), 0.5)
    const { energy, surprise, conditionals, reconstruction, features } = ask(product, row)
    const numbers = [energy, ...conditionals.flatMap(means => [...means]), ...features]
    assert.ok(numbers.every(Number.isFinite))
    assert.ok(isComplete(visible, Float32Array.from(reconstruction)))
    for (const [group, { values }] of groupsOf(visible, row).entries())
      assert.is(Number.isNaN(surprise[group]), Number.isNaN(values[0]), `group ${group}`)
    // Nothing at all is a row as well.
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
      randomRow(visible, uniform).map(value => Math.round(value)),
    )
    assert.not.equal(seen, unseen)
    product.learnMany(Float32Array.from({ length: 800 * product.width }, (_, i) => seen[i % product.width]))
    assert.ok(product.freeEnergy(seen) < product.freeEnergy(unseen) - 1)
    product.release()
  })
}
