/**
 * Texts in which the order of words counts: each word a symbol of its own, in a dictionary that grows. Symbol 0 is "other":
 * every word that has none. A word gets one when it is learned for the second time, while there are free ones.
 */
import type { Row } from '../experts/product.ts'
import { MOST_SYMBOLS } from '../visible.ts'
import type { Admission, EncoderState, EncoderType, FieldEncoder, Outcome } from './field.ts'
import { isMissing, isNested, isNonFinite, ownCopy, shortened } from './values.ts'

/** Most symbols, "other" among them, and least number of them kept free for words that are still to come. */
const MOST_STATES = 512
const LEAST_SPARE = 16
/** Words seen once that are remembered, the newest. */
const MOST_STRANGERS = 512
/** Characters of a text that are read: enough for MOST_SYMBOLS words, mostly. */
const LONGEST = 4096

/** What stands for a word that has no symbol; no word itself. */
const OTHER = '…'

const WORDS = /[\p{L}\p{M}\p{N}]+/gu

/** The words of a text in their order, in lower case; MOST_SYMBOLS at most. */
export function wordsInOrder(text: string): string[] {
  const words: string[] = []
  for (const [word] of text.slice(0, LONGEST).matchAll(WORDS)) {
    words.push(shortened(word.toLowerCase()))
    if (words.length === MOST_SYMBOLS) break
  }
  return words
}

class WordsEncoder implements FieldEncoder {
  readonly kind = 'text'
  readonly encoding = 'words'
  /** No text can be made of symbols of which one is "other". */
  readonly partial = true
  readonly group: { readonly kind: 'sequence'; readonly size: number }
  /** Word by symbol; symbol 0 has none. */
  readonly #words: string[] = []
  readonly #symbols = new Map<string, number>()
  /** Words seen once, the oldest first. */
  readonly #strangers: Set<string>

  constructor(words: readonly string[], strangers: readonly string[], size: number) {
    this.group = { kind: 'sequence', size }
    this.#strangers = new Set(strangers)
    for (const word of words) this.#add(word)
  }

  /** A text without any word is missing. Of numbers and truth values their texts count. */
  encode(value: unknown, row: Row, at: number): Outcome {
    if (isMissing(value)) return 'missing'
    if (isNested(value)) return 'nested'
    if (isNonFinite(value)) return 'non-finite'
    if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return 'kind'
    const words = wordsInOrder(String(value))
    for (const [place, word] of words.entries()) row[at + place] = this.#symbols.get(word) ?? 0
    return words.length > 0 ? 'present' : 'missing'
  }

  tail() {
    return 0
  }

  get named(): number {
    return this.group.size - 1
  }

  isOther(row: Row, at: number): boolean {
    return row.subarray(at, at + MOST_SYMBOLS).includes(0)
  }

  /** Without a free symbol words stay "other", which is no news in a text. */
  admit(value: unknown): Admission {
    let outcome: Admission = 'unchanged'
    if (isMissing(value) || isNested(value)) return outcome
    for (const word of wordsInOrder(String(value))) {
      if (this.#symbols.has(word)) continue
      if (!this.#strangers.has(word)) this.#remember(word)
      else if (this.#words.length + 1 < this.group.size) {
        this.#strangers.delete(word)
        this.#add(ownCopy(word))
        outcome = 'admitted'
      }
    }
    return outcome
  }

  read(value: unknown): string | null {
    return isMissing(value) || isNested(value) ? null : String(value)
  }

  expected() {
    return null
  }

  /** The words in their order, a blank between two of them, "…" for each that has no symbol; null when there is none. */
  decode(row: Row, at: number): string | null {
    const symbols = row.subarray(at, at + MOST_SYMBOLS).filter(symbol => !Number.isNaN(symbol))
    return Array.from(symbols, symbol => this.#words[symbol - 1] ?? OTHER).join(' ') || null
  }

  summary() {
    return { words: this.#words.length, free: this.group.size - 1 - this.#words.length }
  }

  state() {
    return { size: this.group.size, words: this.#words.slice(), strangers: [...this.#strangers] }
  }

  #add(word: string): void {
    this.#words.push(word)
    this.#symbols.set(word, this.#words.length)
  }

  #remember(word: string): void {
    this.#strangers.add(ownCopy(word))
    if (this.#strangers.size <= MOST_STRANGERS) return
    const [oldest] = this.#strangers
    this.#strangers.delete(oldest)
  }
}

/** How often each word occurs, in order of first appearance. */
function count(values: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) {
    if (isMissing(value) || isNested(value)) continue
    for (const word of wordsInOrder(String(value))) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return counts
}

function fit(values: readonly unknown[], named = MOST_STATES - 1): FieldEncoder {
  const most = Math.min(MOST_STATES - 1, named)
  const counts = [...count(values)]
  const repeated = counts.filter(([, times]) => times > 1).sort(([, a], [, b]) => b - a)
  const known = repeated.slice(0, most).map(([word]) => ownCopy(word))
  const strangers = counts.filter(([, times]) => times === 1).map(([word]) => ownCopy(word))
  const spare = Math.max(LEAST_SPARE, known.length >> 1)
  const size = 1 + Math.min(most, known.length + spare)
  return new WordsEncoder(known, strangers.slice(-MOST_STRANGERS), size)
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

function restore({ size, words, strangers }: EncoderState): FieldEncoder {
  const room = Number.isInteger(size) && Number(size) >= 2 && Number(size) <= MOST_STATES
  const sound = room && areTexts(words) && areTexts(strangers) && new Set(words).size === words.length
  if (!sound || words.length >= Number(size) || strangers.length > MOST_STRANGERS) {
    throw new RangeError(
      `Expected up to ${MOST_STATES} symbols with different words that fit into them, got ${size} symbols.`,
    )
  }
  return new WordsEncoder(words, strangers, Number(size))
}

export const words: EncoderType = { encoding: 'words', fit, restore }
