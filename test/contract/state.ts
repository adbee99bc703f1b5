/** What a product keeps, and what changes it: learning and nothing else, the same way every time. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { randomRow, randomRows } from '../reference/rows.ts'
import {
  ask,
  assertSameState,
  bytesOf,
  create,
  isComplete,
  learned,
  learnedInTurn,
  rowsOf,
  type Subject,
  throws,
  withoutGenerators,
} from './subject.ts'

export function checkState(subject: Subject): void {
  const { title, family, visible, options } = subject

  test(`${title}: asking changes nothing`, () => {
    const product = learned(subject)
    const before = bytesOf(product.tensors())
    for (const missing of [0, 0.4]) ask(product, randomRow(visible, uniforms(4), missing))
    assert.equal(bytesOf(product.tensors()), before)
    product.release()
  })

  test(`${title}: learnMany is learnOne in turn${subject.roundsInBulk ? '' : ', bit for bit'}`, () => {
    const many = learned(subject)
    const one = learnedInTurn(subject)
    // Rows are learned with other roundings, which later rows carry on: 60 rows of some hundred roundings of values near 1.
    if (subject.roundsInBulk) assertSameState(many.tensors(), one.tensors(), 1e-4)
    else assert.equal(bytesOf(one.tensors()), bytesOf(many.tensors()))
    many.release()
    one.release()
  })

  test(`${title}: going on after restoring is going on without stopping`, () => {
    const whole = learned(subject)
    const resumed = create(subject, 99)
    resumed.restore(whole.tensors())
    for (const product of [whole, resumed]) {
      product.learnMany(rowsOf(subject, 5, 45))
      product.sample(3, 2)
      product.learnMany(rowsOf(subject, 6, 5))
    }
    assert.equal(bytesOf(resumed.tensors()), bytesOf(whole.tensors()))
    const row = randomRow(visible, uniforms(7))
    assert.equal(ask(resumed, row), ask(whole, row))
    assert.equal(Array.from(resumed.sample(4, 3)), Array.from(whole.sample(4, 3)))
    whole.release()
    resumed.release()
  })

  test(`${title}: tensors are copies`, () => {
    const product = learned(subject)
    const before = bytesOf(product.tensors())
    for (const { data } of Object.values(product.tensors())) data.fill(0)
    assert.equal(bytesOf(product.tensors()), before)
    product.release()
  })

  test(`${title}: the seed decides`, () => {
    const [first, second, other] = [learned(subject, 60, 3), learned(subject, 60, 3), learned(subject, 60, 4)]
    assert.equal(bytesOf(first.tensors()), bytesOf(second.tensors()))
    assert.not.equal(bytesOf(first.tensors()), bytesOf(other.tensors()))
    for (const product of [first, second, other]) product.release()
  })

  test(`${title}: products in one instance do not touch each other`, () => {
    const alone = bytesOf(learnedInTurn(subject).tensors())
    const wide = family.create([...visible, ...visible], { ...options, seed: 5 })
    const product = create(subject)
    product.initialise(rowsOf(subject, 1, 10))
    const all = rowsOf(subject, 2, 60)
    for (let at = 0; at < all.length; at += product.width) {
      wide.learnMany(randomRows(wide.visible, 2, uniforms(at)))
      product.learnOne(all.subarray(at, at + product.width))
      wide.sample(2, 1)
      ask(wide, randomRow(wide.visible, uniforms(at + 1)))
    }
    assert.equal(bytesOf(product.tensors()), alone)
    wide.release()
    product.release()
  })

  test(`${title}: memory that was given back starts anew`, () => {
    const first = learned(subject)
    const expected = bytesOf(first.tensors())
    first.release()
    first.release()
    throws(TypeError, () => first.freeEnergy(new Float32Array(first.width)), /released/)
    for (let n = 0; n < 50; n++) {
      const next = learned(subject)
      if (n % 10 === 9) assert.equal(bytesOf(next.tensors()), expected)
      next.release()
    }
  })

  test(`${title}: sampling does not disturb learning`, () => {
    const sampled = learned(subject)
    const quiet = learned(subject)
    const samples = sampled.sample(5, 3)
    assert.is(samples.length, 5 * sampled.width)
    for (let at = 0; at < samples.length; at += sampled.width)
      assert.ok(isComplete(visible, samples.subarray(at, at + sampled.width)))
    assert.not.equal(Array.from(sampled.sample(50, 2)), Array.from(sampled.sample(50, 2)))
    for (const product of [sampled, quiet]) product.learnMany(rowsOf(subject, 11, 30))
    // The one thing that differs is the state of the generators for samples.
    assert.equal(withoutGenerators(sampled), withoutGenerators(quiet))
    sampled.release()
    quiet.release()
  })
}
