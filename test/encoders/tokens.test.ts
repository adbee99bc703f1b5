import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isText, TOKENS, tokenOf, tokens, wordsOf } from '../../pipeline/encoders/tokens.ts'
import { MOST_TOKENS } from '../../pipeline/visible.ts'

/** The tokens of a value in a row, or why there are none. */
function tokensIn(value: unknown): (number | string)[] {
  const row = new Float32Array(MOST_TOKENS + 2).fill(Number.NaN)
  const outcome = tokens.fit([]).encode(value, row, 1)
  assert.ok(Number.isNaN(row[0]) && Number.isNaN(row[MOST_TOKENS + 1]))
  const values = [...row].filter(token => !Number.isNaN(token))
  return outcome === 'present' ? values : [outcome]
}

test('lines that one statement printed have one set of words', () => {
  const line = (name: string, block: string, address: string) =>
    `dfs.${name}: Received block blk_${block} src: /${address} of size 67108864`
  const words = wordsOf(line('DataNode', '38865049064139660', '10.251.73.220:50010'))
  assert.equal(words, ['dfs', 'datanode', 'received', 'block', 'blk', '#', 'src', 'of', 'size'])
  assert.equal(wordsOf(line('DataNode', '-695229586848765', '10.0.0.1:9')), words)
  assert.not.equal(wordsOf(line('NameNode', '1', '10.0.0.1:9')), words)
})

test('digits, hexadecimal numbers and identifiers are masked, words that look like them are not', () => {
  const masked = (text: string) => wordsOf(text).join(' ')
  assert.is(masked('17 4711 99.5'), '#')
  assert.is(masked('node17 IPv6 sha256'), 'node# ipv# sha#')
  assert.is(masked('0x1F deadbeef42 9f86d081 0xffff'), '#hex')
  assert.is(masked('x7gh2kq9 a1b2c3'), '#id #hex')
  assert.is(masked('decade feedface facade'), 'decade feedface facade')
  assert.is(masked('Grüße, 世界! naïve'), 'grüße 世界 naïve')
})

test('a text is at most so many different tokens, and each stands once', () => {
  const long = Array.from(
    { length: 1000 },
    (_, i) => `w${String.fromCharCode(97 + (i % 26), 97 + ((i / 26) % 26))}`,
  ).join(' ')
  const found = tokensIn(`${long} ${long}`)
  assert.ok(found.length <= MOST_TOKENS && found.length > MOST_TOKENS - 5, String(found.length))
  assert.is(new Set(found).size, found.length)
  for (const token of found)
    assert.ok(Number.isInteger(token) && Number(token) >= 0 && Number(token) < TOKENS)
  assert.equal(tokensIn('the the THE'), [tokenOf('the')])
  // A megabyte takes no longer than its beginning.
  assert.equal(tokensIn('let '.repeat(250_000)), [tokenOf('let')])
})

test('tokens are the same on every machine, and spread', () => {
  // FNV-1a of the empty text is its offset, 0x811c9dc5, here with the upper half folded in: 0x9dc5 ^ 0x811c = 0x1cd9.
  assert.is(tokenOf('', 65_536), 0x1cd9)
  const words = Array.from({ length: 4096 }, (_, i) => `word${String.fromCharCode(97 + (i % 64))}${i >> 6}`)
  // As many balls as bins: a share of 1/e of the bins stays empty, with a deviation of .005.
  const empty = 1 - new Set(words.map(word => tokenOf(word))).size / TOKENS
  assert.ok(Math.abs(empty - Math.exp(-1)) < 0.02, String(empty))
})

test('what has no words is missing, what is no text is left out', () => {
  assert.equal([null, '', '--- ***', {}, [], Number.NaN, () => 1].flatMap(tokensIn), [
    'missing',
    'missing',
    'missing',
    'nested',
    'nested',
    'non-finite',
    'kind',
  ])
  assert.equal([true, 12, 12n].map(tokensIn), [[tokenOf('true')], [tokenOf('#')], [tokenOf('#')]])
})

test('an encoder is rebuilt from its state', () => {
  assert.equal(tokens.restore(tokens.fit([]).state()).group, { kind: 'tokens', size: TOKENS })
  for (const size of [1, 65_537, 2.5, 'x'])
    assert.throws(() => tokens.restore({ size }), /Expected from 2 to 65536 tokens/)
})

test('free text is told from categories', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `connection from 10.0.0.${i} closed by peer`)
  assert.ok(isText(lines))
  assert.ok(isText([...lines, null, 7]))
  assert.not.ok(isText(lines.map((_, i) => `user ${i}`)))
  assert.not.ok(isText(lines.map(() => 'the one and only message')))
  assert.not.ok(isText(lines.map((_, i) => `2026-11-21 11:15:${i}`)))
  assert.not.ok(isText(lines.map((_, i) => i)))
  assert.not.ok(isText([]))
})

test.run()
