/** Foreign text made safe and short enough for one line on a terminal. */

const LENGTH = 60

/** Control characters, escape sequences, invisible and direction-changing characters, line separators, lone surrogates. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** The text with everything a terminal could act upon spelled out as `\uXXXX`. */
export function visible(text: string): string {
  return text.replace(invisible, character => {
    const code = character.codePointAt(0)!.toString(16)
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
  })
}

/** The beginning of a line without its line ending, cut at a length that leaves room for the reason before it. */
export function excerpt(line: string): string {
  const text = line.replace(/\r$/, '')
  return text.length > LENGTH ? `${text.slice(0, LENGTH)}…` : text
}

/** Bytes that an `excerpt` can need at most; a reader that drops a long line keeps these. */
export const EXCERPT_BYTES = 4 * LENGTH
