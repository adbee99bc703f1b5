import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { FieldEncoder } from '../../pipeline/encoders/field.ts'
import { words, wordsInOrder } from '../../pipeline/encoders/words.ts'
import { MOST_SYMBOLS } from '../../pipeline/visible.ts'

/** The symbols of a value in a row, or why there are none. */
function symbolsIn(encoder: FieldEncoder, value: unknown): (number | string)[] {
  const row = new Float32Array(MOST_SYMBOLS + 2).fill(Number.NaN)
  const outcome = encoder.encode(value, row, 1)
  assert.ok(Number.isNaN(row[0]) && Number.isNaN(row[MOST_SYMBOLS + 1]))
  return outcome === 'present' ? [...row].filter(symbol => !Number.isNaN(symbol)) : [outcome]
}

test('words come in their order, in lower case, as often as they stand there', () => {
  assert.equal(wordsInOrder('Shut the door, shut it UP!'), ['shut', 'the', 'door', 'shut', 'it', 'up'])
  assert.equal(wordsInOrder('Grüße, 世界 7'), ['grüße', '世界', '7'])
  assert.is(wordsInOrder('let '.repeat(100_000)).length, MOST_SYMBOLS)
})

test('words that recur have a symbol each, the most frequent first; others are 0', () => {
  const encoder = words.fit(['b a b', 'a b c'])
  assert.equal(symbolsIn(encoder, 'A b c d b'), [2, 1, 0, 0, 1])
  // Two that recur, and room for sixteen more.
  assert.equal(encoder.group, { kind: 'sequence', size: 1 + 2 + 16 })
})

test('a word gets a symbol when it is learned for the second time, while there are free ones', () => {
  const encoder = words.fit(['a a'])
  const row = new Float32Array(MOST_SYMBOLS).fill(Number.NaN)
  encoder.encode('a new', row, 0)
  assert.ok(encoder.isOther?.(row, 0))
  assert.is(encoder.admit('a new'), 'unchanged')
  assert.equal(symbolsIn(encoder, 'a new'), [1, 0])
  assert.is(encoder.admit('new a'), 'admitted')
  assert.equal(symbolsIn(encoder, 'a new'), [1, 2])
  encoder.encode('a new', row.fill(Number.NaN), 0)
  assert.not(encoder.isOther?.(row, 0))
  for (let n = 0; n < 40; n++) for (let twice = 0; twice < 2; twice++) encoder.admit(`w${n}`)
  assert.equal(encoder.summary(), { words: 17, free: 0 })
  assert.equal(symbolsIn(encoder, 'w39'), [0])
})

test('what has no words is missing, what is no text is left out', () => {
  const encoder = words.fit([])
  assert.equal(
    [null, '', '--- ***', {}, [], Number.NaN, () => 1].flatMap(value => symbolsIn(encoder, value)),
    ['missing', 'missing', 'missing', 'nested', 'nested', 'non-finite', 'kind'],
  )
  assert.equal(symbolsIn(encoder, 17), [0])
})

test('restoring gives the same encoder, and what cannot be one is refused', () => {
  const encoder = words.fit(['x y x', 'y z'])
  const again = words.restore(JSON.parse(JSON.stringify(encoder.state())))
  assert.equal(again.state(), encoder.state())
  assert.equal(symbolsIn(again, 'x y z'), symbolsIn(encoder, 'x y z'))
  for (const wrong of [
    { size: 1, words: [], strangers: [] },
    { size: 1000, words: [], strangers: [] },
    { size: 3, words: ['a', 'b', 'c'], strangers: [] },
    { size: 5, words: ['a', 'a'], strangers: [] },
    { size: 5, words: 'a', strangers: [] },
  ])
    assert.throws(() => words.restore(wrong as never), /Expected up to 512 symbols/)
})

test.run()
