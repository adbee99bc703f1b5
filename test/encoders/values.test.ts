import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  booleanOf,
  isMissing,
  isNested,
  isNonFinite,
  LONGEST,
  numberOf,
  ownCopy,
  textOf,
} from '../../pipeline/encoders/values.ts'

test('absent, null and empty values are missing, zero and false are not', () => {
  for (const value of [undefined, null, '']) assert.ok(isMissing(value))
  for (const value of [0, false, ' ', '0', Number.NaN]) assert.not(isMissing(value))
})

test('objects and arrays are nested', () => {
  for (const value of [{}, [], new Date(0)]) assert.ok(isNested(value))
  for (const value of [null, 'text', 1]) assert.not(isNested(value))
})

test('numeric texts are numbers', () => {
  for (const [text, number] of [
    ['12.5', 12.5],
    [' -3 ', -3],
    ['+.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['007', 7],
    ['1E-2', 0.01],
  ] as const)
    assert.is(numberOf(text), number)
  assert.is(numberOf(10n), 10)
})

test('identifiers, words and dates are not numbers', () => {
  for (const value of [
    '0x1F',
    '1,234',
    '12px',
    '',
    ' ',
    '-',
    '.',
    'e5',
    '2024-01-01',
    'NaN',
    true,
    null,
    {},
  ]) {
    assert.ok(Number.isNaN(numberOf(value)), `${value}`)
  }
})

test('a long row of digits before a letter is no number, and found out by reading it once', () => {
  // With two ways to read digits this took a minute; a megabyte of them, which a line may hold, an hour.
  const digits = '1'.repeat(200_000)
  for (const text of [`${digits}x`, `${digits}.${digits}x`, `1e${digits}x`, ` ${digits} x`])
    assert.ok(Number.isNaN(numberOf(text)))
})

test('numbers that are not finite are told from texts', () => {
  for (const value of [Number.NaN, -Infinity, 'NaN', ' -inf', 'Infinity', '1e999'])
    assert.ok(isNonFinite(value))
  for (const value of [1, '1', 'nancy', 'information', null, {}]) assert.not(isNonFinite(value))
})

test('truth values and what spells them', () => {
  for (const value of [true, 'true', 'TRUE', 1, '1']) assert.is(booleanOf(value), true)
  for (const value of [false, 'False', 0, '0']) assert.is(booleanOf(value), false)
  for (const value of ['yes', 2, '', null, {}, 'truely']) assert.is(booleanOf(value), undefined)
})

test('what is no nested value has a text', () => {
  assert.is(textOf('a'), 'a')
  assert.is(textOf(1.5), '1.5')
  assert.is(textOf(-0), '0')
  assert.is(textOf(false), 'false')
  for (const value of [Number.NaN, {}, [], null, undefined, () => 1, Symbol('s')]) {
    assert.is(textOf(value), undefined)
  }
})

test('a long text is kept as its beginning and a hash, which is its own text', () => {
  const long = 'x'.repeat(1e6)
  const short = textOf(long) as string
  assert.ok(short.length <= LONGEST)
  assert.is(textOf(short), short)
  assert.is.not(textOf(`${long.slice(0, -1)}y`), short)
  assert.is(textOf('y'.repeat(LONGEST)), 'y'.repeat(LONGEST))
})

test('a copy is the same text, lone surrogates included', () => {
  for (const text of ['plain', 'ünïcode 🐦', '\ud800 alone', '"\\\n']) assert.is(ownCopy(text), text)
})

test.run()
