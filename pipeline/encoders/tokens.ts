/**
 * Free text: the set of its words, each hashed to one of a few thousand tokens. Digits are masked, so that the lines of
 * a log that were printed by one statement have one set, whatever numbers, addresses and identifiers they tell.
 */
import type { Row } from '../experts/product.ts'
import { MOST_TOKENS } from '../visible.ts'
import type { EncoderState, EncoderType, FieldEncoder, Outcome } from './field.ts'
import { bucketOf } from './hash.ts'
import { isMissing, isNested, isNonFinite } from './values.ts'

/** S: two of 100 different words share a token about once. */
export const TOKENS = 4096
/** Most tokens that a restored encoder may have. */
const MOST_BUCKETS = 65_536
/** Characters of a text that are read: enough for MOST_TOKENS different words, mostly. */
const LONGEST = 4096

/** What words and digits are in texts of ASCII alone, for which no tables of Unicode have to be made, and in all others. */
const ASCII = { text: /^[\0-\x7f]*$/, words: /[A-Za-z0-9]+/g, digits: /[0-9]+/g }
const UNICODE = { words: /[\p{L}\p{M}\p{N}]+/gu, digits: /\p{N}+/gu }
const alphabetOf = (text: string) => (ASCII.text.test(text) ? ASCII : UNICODE)

/** At least six hexadecimal digits, both letters and numbers among them: a hash, a part of a UUID. */
const HEXADECIMAL = /^(?=.*\d)(?=.*[a-f])(?:0x)?[\da-f]{6,}$/
const HEXADECIMAL_PREFIX = /^0x[\da-f]+$/

/**
 * A word as it counts: in lower case, `#` for every run of digits, so that "node17" is "node#" and all numbers are one
 * word; `#hex` for hexadecimal numbers and `#id` for what changes between letters and digits more than twice.
 */
function maskedWord(word: string): string {
  const lower = word.toLowerCase()
  if (HEXADECIMAL.test(lower) || HEXADECIMAL_PREFIX.test(lower)) return '#hex'
  const { digits } = alphabetOf(lower)
  const runs = lower.match(digits)?.length ?? 0
  return runs > 1 ? '#id' : runs === 1 ? lower.replace(digits, '#') : lower
}

/** The different words of a text as they count, in order of first appearance; MOST_TOKENS at most. */
export function wordsOf(text: string): string[] {
  const words = new Set<string>()
  const read = text.slice(0, LONGEST)
  for (const [word] of read.matchAll(alphabetOf(read).words)) {
    words.add(maskedWord(word))
    if (words.size === MOST_TOKENS) break
  }
  return [...words]
}

/** The token of a word, as `wordsOf` gives it. */
export const tokenOf = (word: string, tokens = TOKENS): number => bucketOf(word, tokens)

class TokensEncoder implements FieldEncoder {
  readonly kind = 'text'
  readonly encoding = 'tokens'
  /** No text can be made of a set of hashed words. */
  readonly partial = true
  readonly group: { readonly kind: 'tokens'; readonly size: number }

  constructor(size: number) {
    this.group = { kind: 'tokens', size }
  }

  /** A text without any word is missing. Of numbers and truth values their texts count. */
  encode(value: unknown, row: Row, at: number): Outcome {
    if (isMissing(value)) return 'missing'
    if (isNested(value)) return 'nested'
    if (isNonFinite(value)) return 'non-finite'
    if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return 'kind'
    const tokens = new Set(wordsOf(String(value)).map(word => tokenOf(word, this.group.size)))
    for (const token of tokens) row[at++] = token
    return tokens.size > 0 ? 'present' : 'missing'
  }

  tail() {
    return 0
  }

  admit() {
    return 'unchanged' as const
  }

  read(value: unknown): string | null {
    return isMissing(value) || isNested(value) ? null : String(value)
  }

  expected() {
    return null
  }

  summary() {
    return { tokens: this.group.size }
  }

  state() {
    return { size: this.group.size }
  }
}

function restore({ size }: EncoderState): FieldEncoder {
  if (!Number.isInteger(size) || Number(size) < 2 || Number(size) > MOST_BUCKETS) {
    throw new RangeError(`Expected from 2 to ${MOST_BUCKETS} tokens, got ${size}.`)
  }
  return new TokensEncoder(Number(size))
}

export const tokens: EncoderType = { encoding: 'tokens', fit: () => new TokensEncoder(TOKENS), restore }

/** Least median of words in a text, and least share of different texts, where a text is no category. */
const LEAST_WORDS = 3
const LEAST_DIFFERENT = 0.2
const LETTERS = /\p{L}{2}/u

/** Words with two letters in a row, each time they stand there. */
function wordCount(text: string): number {
  const read = text.slice(0, LONGEST)
  return (read.match(alphabetOf(read).words) ?? []).filter(word => LETTERS.test(word)).length
}

/**
 * Are these values, the present ones of a field, free text rather than categories: at least three words long in the
 * median, and too many different ones? In a burst of one kind of line of a log, two in three may be repetitions. Ask
 * `isTimestamp` first: dates have words too.
 */
export function isText(values: readonly unknown[]): boolean {
  const texts = values.filter(value => typeof value === 'string')
  if (texts.length === 0 || 2 * texts.length < values.length) return false
  if (new Set(texts).size < LEAST_DIFFERENT * texts.length) return false
  const counts = Int32Array.from(texts, wordCount).sort()
  return counts[counts.length >> 1] >= LEAST_WORDS
}
