/** How deep the objects and arrays of a JSON text stand within each other. */

/** The depth that is allowed by default: an object alone is 1. */
export const MAX_DEPTH = 64

/**
 * Is a JSON text nested deeper than `most`? Nothing is parsed. Texts with so few brackets that they cannot be, which are
 * nearly all, cost a search for each bracket they have.
 */
export function isDeeperThan(text: string, most: number): boolean {
  return hasMore(text, most) && depthExceeds(text, most)
}

/** Has the text more than `most` opening brackets, those in strings among them? */
function hasMore(text: string, most: number): boolean {
  let count = 0
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1))
      if (++count > most) return true
  }
  return false
}

const QUOTE = 34
const BACKSLASH = 92
/** `[` and `{`, `]` and `}` differ by this bit. */
const CURLY = 32
const OPENING = 91 | CURLY
const CLOSING = 93 | CURLY

function depthExceeds(text: string, most: number): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === BACKSLASH) at++
      else quoted = code !== QUOTE
    } else if (code === QUOTE) quoted = true
    else if ((code | CURLY) === OPENING) {
      if (++depth > most) return true
    } else if ((code | CURLY) === CLOSING) depth--
  }
  return false
}
