/** What a family refuses to make, and what it makes again. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Family, FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { unitKinds } from '../../pipeline/visible.ts'
import { randomRows } from '../reference/rows.ts'
import { bytesOf, thrownBy, throws } from './subject.ts'

export function checkFamily(family: Family, visible: readonly VisibleGroup[]): void {
  const title = family.name

  test(`${title}: unknown options and values that are not allowed are refused`, () => {
    throws(RangeError, () => family.create(visible, { colour: 1 }), /got 'colour'/)
    const { options } = family.create(visible)
    for (const [name, value] of Object.entries(options)) {
      const other = typeof value === 'number' ? true : 1
      throws(
        TypeError,
        () => family.create(visible, { [name]: other }),
        new RegExp(`option ${name} .*got ${other}`),
      )
      if (typeof value !== 'number') continue
      for (const wrong of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
        throws(RangeError, () => family.create(visible, { [name]: wrong }), new RegExp(`option ${name} `))
      }
    }
  })

  test(`${title}: options of a product make the same product again`, () => {
    const first = family.create(visible)
    const second = family.create(visible, first.options)
    assert.equal(second.options, first.options)
    assert.equal(bytesOf(second.tensors()), bytesOf(first.tensors()))
    assert.equal(JSON.parse(JSON.stringify(first.options)), first.options)
    first.release()
    second.release()
  })

  test(`${title}: impossible visible layers are refused`, () => {
    throws(RangeError, () => family.create([]), /at least one visible group/)
    throws(RangeError, () => family.create([{ kind: 'gaussian' as never, size: 1 }]), /'gaussian'/)
    for (const size of [0, -1, 1.5, Number.NaN]) {
      throws(
        RangeError,
        () => family.create([{ kind: visible[0].kind, size }]),
        new RegExp(`size .*got ${size}`),
      )
    }
  })

  test(`${title}: rows are handed over in blocks without a seam`, () => {
    // 4000 values a row: a block is 65 rows.
    const { kind } = visible[0]
    const wide = Array.from({ length: 1000 }, () => ({ kind, size: 4 }))
    const all = randomRows(wide, 140, uniforms(17), 0.01)
    const [many, one] = [family.create(wide), family.create(wide)]
    many.learnMany(all)
    for (let at = 0; at < all.length; at += one.width) one.learnOne(all.subarray(at, at + one.width))
    assert.equal(bytesOf(many.tensors()), bytesOf(one.tensors()))
    const energies = many.freeEnergies(all)
    for (const n of [0, 64, 65, 129, 130, 139]) {
      assert.is(energies[n], many.freeEnergy(all.subarray(n * many.width, (n + 1) * many.width)))
    }
    many.release()
    one.release()
  })

  test(`${title}: a model that no memory can hold is refused`, () => {
    const largest = { kind: visible[0].kind, size: 2 ** 24 }
    // As many groups as a row may have, so that a family without hidden units has something to refuse as well.
    const groups = Math.min(256, Math.floor(2 ** 24 / unitKinds[largest.kind].values(largest.size)))
    const { hidden } = family.create(visible).options
    const options: FamilyOptions = hidden === undefined ? {} : { hidden: 4096 }
    let product: Product | undefined
    const error = thrownBy(() => {
      product = family.create(new Array(groups).fill(largest), options)
    })
    if (error) {
      assert.instance(error, RangeError)
      assert.match((error as Error).message, /4 GiB/)
    }
    // Where a value of the row costs a few bytes the widest row is none too many.
    const held =
      product && Object.values(product.tensors()).reduce((sum, { data }) => sum + data.byteLength, 0)
    product?.release()
    assert.ok(held === undefined || held < 2 ** 31)
  })
}
