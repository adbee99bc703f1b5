import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isFitDue, settledAt } from '../../pipeline/schedule.ts'

const fits = (warmup: number, shifted = false) =>
  Array.from({ length: 5000 }, (_, i) => i + 1).filter(n => isFitDue(n, warmup, shifted))

test('fits after the warm-up and at each power of two until the layout is settled', () => {
  assert.equal(fits(8), [8, 16, 32, 64, 128, 256, 512, 1024])
  assert.equal(fits(32), [32, 64, 128, 256, 512, 1024])
  assert.equal(fits(1), [1, 16, 32, 64, 128, 256, 512, 1024])
  assert.equal(fits(64), [64, 128, 256, 512, 1024])
  assert.equal(fits(100), [100, 128, 256, 512, 1024])
})

test('a warm-up longer than that ends in the one fit', () => {
  assert.equal(fits(1500), [1500])
})

test('after a shift there is one fit, to as many records', () => {
  assert.equal(fits(8, true), [1024])
  assert.equal(fits(1500, true), [1500])
})

test('the last fit settles', () => {
  for (const warmup of [1, 8, 32, 1023, 1024, 1500]) assert.is(fits(warmup).at(-1), settledAt(warmup))
})

test.run()
