/** Foreign text made short enough for one line of a message. */

const LENGTH = 60

/** The beginning of a line without its line ending, cut at a length that leaves room for the reason before it. */
export function excerpt(line: string): string {
  const text = line.replace(/\r$/, '')
  return text.length > LENGTH ? `${text.slice(0, LENGTH)}…` : text
}

/** Bytes that an `excerpt` can need at most; a reader that drops a long line keeps these. */
export const EXCERPT_BYTES = 4 * LENGTH
