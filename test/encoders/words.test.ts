import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { tokens as encoding } from '../../pipeline/encoders/tokens.ts'
import { tokens } from '../../pipeline/experts/tokens.ts'
import { widthOf } from '../../pipeline/visible.ts'
import { wordSurprises } from '../../pipeline/words.ts'

const encoder = encoding.fit([])
const rowOf = (text: string, groups = 1) => {
  const row = new Float32Array(groups * widthOf([encoder.group])).fill(Number.NaN)
  encoder.encode(text, row, (groups - 1) * widthOf([encoder.group]))
  return row
}

test('a word that does not belong is named first, and the surprise of the group is its', () => {
  const product = tokens.create([encoder.group], { seed: 2 })
  const uniform = uniforms(1)
  const lines = ['connection opened by client from address', 'worker thread finished job within budget']
  for (let t = 0; t < 1500; t++) product.learnOne(rowOf(lines[Number(uniform() < 0.5)]))
  const text = 'connection opened by worker from address'
  const words = wordSurprises(product, rowOf(text), 0, text)
  assert.is(words[0].word, 'worker')
  assert.equal(words.map(({ word }) => word).sort(), text.split(' ').sort())
  // Two roads to one number in float32.
  assert.ok(Math.abs(words[0].surprise - product.surprise(rowOf(text))[0]) < 1e-3)
  product.release()
})

test('groups are told apart, and a group of another kind is refused', () => {
  const product = tokens.create([encoder.group, encoder.group])
  const words = wordSurprises(product, rowOf('one two', 2), 1, 'one two')
  assert.equal(words.map(({ word }) => word).sort(), ['one', 'two'])
  assert.equal(wordSurprises(product, rowOf('one two', 2), 0, 'one two'), [])
  assert.throws(
    () => wordSurprises(product, rowOf('one', 2), 2, 'one'),
    /Expected a group of tokens, got group 2/,
  )
  product.release()
})

test.run()
