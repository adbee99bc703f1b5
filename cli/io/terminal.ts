/** What keeps data from acting on a terminal that it is printed on. A file or a pipe gets it as it came. */

/**
 * Escape sequences, other control characters, characters that are invisible or change the direction of writing, and
 * line separators; but for tabs, newlines and the returns before them, which do no more than they should.
 */
const acting = /(?![\t\n]|\r\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * The text with all of those spelled out as `\uXXXX`: in JSON another spelling of the same value. A return that stands
 * alone, which JSON allows between its tokens only, becomes a blank.
 */
export function spelledOut(text: string): string {
  return text.replace(acting, character => (character === '\r' ? ' ' : spelled(character)))
}

/** By its UTF-16 units, of which JSON knows only one at a time. */
const spelled = (character: string) =>
  Array.from({ length: character.length }, (_, unit) => {
    const code = character.charCodeAt(unit).toString(16)
    return `\\u${code.padStart(4, '0')}`
  }).join('')

/** Control characters, escape sequences, invisible and direction-changing characters, line separators, lone surrogates. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** The text of a message, one line, with everything a terminal could act upon spelled out as `\uXXXX`. */
export function visible(text: string): string {
  return text.replace(invisible, character => {
    const code = character.codePointAt(0)!.toString(16)
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
  })
}
