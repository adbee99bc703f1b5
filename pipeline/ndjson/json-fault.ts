/**
 * Where a text ceases to be JSON (RFC 8259), in the same words in every engine: what their parsers say differs, and some
 * quote the text. It is slower than a parser, and meant for what a parser has refused.
 */

/** What cannot stand where it stands. */
class Fault extends Error {
  readonly at: number
  readonly expected: string

  constructor(at: number, expected: string) {
    super(expected)
    this.at = at
    this.expected = expected
  }
}

const BLANK = /[ \t\n\r]*/y
const DIGITS = /\d+/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
const LITERAL = /true|false|null/y
/** Controls below U+0020 have to be escaped. */
const FIRST_PLAIN = 0x20

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Go through the whole text. */
  run(): void {
    /** The brackets that are open, as those that close them. */
    const open: string[] = []
    for (;;) {
      this.#blanks()
      const closing = this.#opened()
      if (closing) open.push(closing)
      else this.#scalar()
      if (closing && !this.#isClosed(open)) this.#name(open)
      else if (!this.#goesOn(open)) return
    }
  }

  /** The closing bracket of the one that opens here. */
  #opened(): '}' | ']' | undefined {
    if (this.#takes('{')) return '}'
    return this.#takes('[') ? ']' : undefined
  }

  /** Behind an opening bracket: is it closed again at once? */
  #isClosed(open: string[]): boolean {
    this.#blanks()
    if (!this.#takes(open.at(-1) as string)) return false
    open.pop()
    return true
  }

  /** Behind a value: whether another one follows. */
  #goesOn(open: string[]): boolean {
    for (;;) {
      this.#blanks()
      const closing = open.at(-1)
      if (closing === undefined) {
        if (this.#at < this.#text.length) throw new Fault(this.#at, 'nothing more')
        return false
      }
      if (this.#takes(',')) {
        this.#blanks()
        this.#name(open)
        return true
      }
      if (!this.#takes(closing)) throw new Fault(this.#at, `, or ${closing}`)
      open.pop()
    }
  }

  /** In an object, the name of the next value. */
  #name(open: readonly string[]): void {
    if (open.at(-1) !== '}') return
    if (this.#text[this.#at] !== '"') throw new Fault(this.#at, 'a name in double quotes')
    this.#string()
    this.#blanks()
    if (!this.#takes(':')) throw new Fault(this.#at, ':')
  }

  #scalar(): void {
    const first = this.#text[this.#at]
    if (first === '"') this.#string()
    else if (first === '-' || (first >= '0' && first <= '9')) this.#number()
    else if (!this.#matches(LITERAL)) throw new Fault(this.#at, 'a value')
  }

  #string(): void {
    this.#at++
    for (; this.#text[this.#at] !== '"'; ) {
      if (this.#at >= this.#text.length) throw new Fault(this.#at, '"')
      if (this.#text[this.#at] === '\\') {
        if (!this.#matches(ESCAPE)) throw new Fault(this.#at, 'an escape that JSON knows')
      } else if (this.#text.charCodeAt(this.#at) < FIRST_PLAIN)
        throw new Fault(this.#at, 'control characters as escapes')
      else this.#at++
    }
    this.#at++
  }

  #number(): void {
    this.#takes('-')
    if (!this.#takes('0')) this.#digits()
    if (this.#takes('.')) this.#digits()
    if (!this.#takes('e') && !this.#takes('E')) return
    if (!this.#takes('+')) this.#takes('-')
    this.#digits()
  }

  #digits(): void {
    if (!this.#matches(DIGITS)) throw new Fault(this.#at, 'a digit')
  }

  #blanks(): void {
    this.#matches(BLANK)
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#text)) return false
    this.#at = pattern.lastIndex
    return true
  }
}

/**
 * Why a text is no JSON: `expected …, got … at character 7`, counted from 1 in UTF-16 units; undefined when it is JSON.
 */
export function faultOf(text: string): string | undefined {
  try {
    new Scanner(text).run()
    return undefined
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { at, expected } = error
    if (at >= text.length) return `expected ${expected}, got the end of the line`
    return `expected ${expected}, got ${String.fromCodePoint(text.codePointAt(at) as number)} at character ${at + 1}`
  }
}
