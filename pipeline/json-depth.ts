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

/** Texts, and everything else but brackets. */
const NO_BRACKETS = /"(?:[^"\\]|\\.)*"|[^[\]{}]/gs

/** Brackets are found by the engine: in a program that has just begun a loop over characters takes ten times as long. */
function depthExceeds(text: string, most: number): boolean {
  let depth = 0
  for (const bracket of text.replace(NO_BRACKETS, '')) {
    if (bracket === ']' || bracket === '}') depth--
    else if (++depth > most) return true
  }
  return false
}
