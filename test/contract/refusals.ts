/** What a product refuses, and that it stays whole. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import { groupCountOf } from '../../pipeline/visible.ts'
import { randomRow } from '../reference/rows.ts'
import { ask, bytesOf, create, learned, rowsOf, type Subject, thrownBy, throws, without } from './subject.ts'

/** Values that the last group of a layer cannot have. */
function wrongFor(visible: readonly VisibleGroup[]): number[] {
  const kind = visible[visible.length - 1].kind
  if (kind === 'real') return [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  if (kind !== 'bernoulli' && kind !== 'softmax') return [-1, 0.5, 2 ** 24, Number.POSITIVE_INFINITY]
  return [2, -1, Number.POSITIVE_INFINITY]
}

export function checkRefusals(subject: Subject): void {
  const { title, family, visible, options } = subject

  test(`${title}: a row that is refused changes nothing`, () => {
    const product = learned(subject)
    const before = bytesOf(product.tensors())
    for (const wrong of wrongFor(visible)) {
      const row = randomRow(visible, uniforms(14))
      row[product.width - 1] = wrong
      const calls = [
        () => product.learnOne(row),
        () => product.notice(row),
        () => product.initialise(row),
        () => product.freeEnergy(row),
        () => product.freeEnergies(row),
        () => product.surprise(row),
        () => product.conditional(row, 0),
        () => product.reconstruct(row),
        () => product.transformOne(row),
      ]
      for (const call of calls)
        throws(RangeError, call, new RegExp(`got ${wrong} at position ${product.width - 1}`))
    }
    assert.equal(bytesOf(product.tensors()), before)
    product.release()
  })

  test(`${title}: rows before a refused one are learned, and the error tells which it was`, () => {
    const all = rowsOf(subject, 15, 5, 0)
    const expected = learned(subject)
    expected.learnMany(all.subarray(0, 3 * expected.width))
    const product = learned(subject)
    all[3 * product.width] = -Infinity
    throws(RangeError, () => product.learnMany(all), /got -Infinity at position 0 of row 3/)
    assert.equal(bytesOf(product.tensors()), bytesOf(expected.tensors()))
    product.release()
    expected.release()
  })

  test(`${title}: arguments of the wrong kind or size are refused`, () => {
    const product = create(subject)
    const { width } = product
    const groups = groupCountOf(visible)
    throws(
      RangeError,
      () => product.learnOne(new Float32Array(width + 1)),
      new RegExp(`${width} values.*got ${width + 1}`),
    )
    throws(RangeError, () => product.learnMany(new Float32Array(width + 1)), /multiple of/)
    throws(RangeError, () => product.freeEnergies(new Float32Array(2 * width - 1)), /multiple of/)
    throws(TypeError, () => product.freeEnergy([0, 1] as never), /Float32Array, got Array/)
    throws(TypeError, () => product.learnMany(undefined as never), /Float32Array, got undefined/)
    throws(
      RangeError,
      () => product.conditional(new Float32Array(width), groups),
      new RegExp(`0 to ${groups - 1}`),
    )
    throws(RangeError, () => product.conditional(new Float32Array(width), 0.5), /group/)
    throws(RangeError, () => product.reconstruct(new Float32Array(width), 0), /steps/)
    throws(RangeError, () => product.sample(-1, 1), /count/)
    throws(RangeError, () => product.sample(1, 1.5), /sweeps/)
    product.release()
  })

  test(`${title}: tensors of another model are refused and change nothing`, () => {
    const product = learned(subject)
    const before = bytesOf(product.tensors())
    const other = family.create([...visible, ...visible], { ...options })
    throws(RangeError, () => product.restore(other.tensors()), /Expected tensor .* in shape .*, got /)
    for (const name of Object.keys(product.tensors())) {
      throws(RangeError, () => product.restore(without(product.tensors(), name)), new RegExp(`${name}.*got`))
      throws(
        TypeError,
        () => product.restore({ ...product.tensors(), [name]: { shape: [1], data: new Int32Array(1) } }),
        new RegExp(name),
      )
    }
    throws(
      RangeError,
      () => product.restore({ ...product.tensors(), alien: { shape: [1], data: new Float32Array(1) } }),
      /alien/,
    )
    assert.equal(bytesOf(product.tensors()), before)
    other.release()
    product.release()
  })

  test(`${title}: damaged tensors are refused or harmless`, () => {
    for (const name of Object.keys(create(subject).tensors())) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 1e30]) {
        const product = create(subject)
        const tensors = product.tensors()
        tensors[name].data.fill(value)
        const error = thrownBy(() => product.restore(tensors))
        if (error) assert.instance(error, RangeError)
        // What was let in must not bring the kernel down.
        product.learnMany(rowsOf(subject, 16, 30))
        product.sample(2, 2)
        const asked = thrownBy(() => ask(product, randomRow(visible, uniforms(18))))
        if (asked) assert.instance(asked, RangeError)
        product.release()
      }
    }
  })
}
