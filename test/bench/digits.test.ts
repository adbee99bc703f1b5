/** What experiments with digits do to images, and what they are compared with. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Images, imageAt } from '../../bench/images/images.ts'
import { codesOf, kMeans } from '../../bench/images/k-means.ts'
import { numpyPermutation } from '../../bench/images/numpy-permutation.ts'
import { scaledToRange, withShifts } from '../../bench/images/shifted.ts'
import { inkOf, inkySquare, medianFilled, medianFiltered, swapped } from '../../bench/images/spoil.ts'
import { uniforms } from '../../fixtures/random.ts'

const image = (text: string) => Float32Array.from(text.replace(/\s/g, ''), Number)
const images = (width: number, ...texts: string[]): Images => ({
  width,
  height: width,
  pixels: Float32Array.from(texts.flatMap(text => Array.from(image(text)))),
  labels: Uint8Array.from(texts, (_, n) => n),
})

test('the order is that of numpy', () => {
  // numpy 2.4: RandomState(3).permutation(10), and the first of RandomState(0).permutation(8985)
  assert.equal(numpyPermutation(10, 3), [5, 4, 1, 2, 9, 6, 7, 0, 3, 8])
  assert.equal(numpyPermutation(8985, 0).slice(0, 6), [2646, 1283, 1691, 6506, 247, 6412])
})

test('copies stand one pixel up, left, right and down', () => {
  const { pixels, labels } = withShifts(images(3, '123 456 789'))
  const expected = ['123456789', '456789000', '230560890', '012045078', '000123456']
  assert.equal(Array.from(pixels).join(''), expected.join(''))
  assert.equal(Array.from(labels), [0, 0, 0, 0, 0])
})

test('pixels are scaled to what they range over, and those that never change are black', () => {
  const { pixels } = scaledToRange(images(2, '2 5 0 3', '4 5 1 3', '3 5 0 3'))
  assert.equal(Array.from(pixels), [0, 0, 0, 0, 1, 0, 1, 0, 0.5, 0, 0, 0])
})

test('a median filter takes single pixels away and closes gaps', () => {
  assert.equal(medianFiltered(image('0000 0100 0000 0000')), image('0000 0000 0000 0000'))
  assert.equal(medianFiltered(image('1111 1011 1111 1111')), image('1111 1111 1111 1111'))
  const gap = image('1111 1001 1001 1111').map(pixel => (pixel === 0 ? Number.NaN : pixel))
  assert.equal(medianFilled(gap), image('1111 1111 1111 1111'))
})

test('patches that change places keep the ink', () => {
  const uniform = uniforms(1)
  const digit = Float32Array.from({ length: 144 }, () => Number(uniform() < 0.5))
  const other = swapped(digit, 3, 2, uniform)
  assert.is(inkOf(other), inkOf(digit))
  const changed = digit.filter((pixel, at) => pixel !== other[at]).length
  assert.ok(changed > 0 && changed <= 18, `${changed} pixels`)
})

test('of an image with little ink the square with most of it is taken', () => {
  const one = image('0000 0000 0010 0000')
  const { row, column } = inkySquare(one, 2, 4, uniforms(1))
  assert.ok(row >= 1 && row <= 2 && column >= 1 && column <= 2)
  assert.is(inkOf(swapped(image('0000 0000 0000 0000'), 2, 1, uniforms(1))), 0)
})

test('centroids are the means of what is together', () => {
  const three = images(2, '1100', '1000', '0011', '0010', '0011', '1100')
  const centroids = kMeans(three, 2, 10, uniforms(2)).sort((a, b) => b[0] - a[0])
  for (const [i, value] of [1, 2 / 3, 0, 0].entries()) assert.ok(Math.abs(centroids[0][i] - value) < 1e-6)
  for (const [i, value] of [0, 0, 1, 2 / 3].entries()) assert.ok(Math.abs(centroids[1][i] - value) < 1e-6)
  const { hard, triangle } = codesOf(centroids, imageAt(three, 0))
  assert.equal(Array.from(hard), [1, 0])
  assert.ok(triangle[0] > 0 && triangle[1] === 0)
})

test.run()
