/** Where the values of an object stand in its JSON text, to replace some and leave every other byte alone. */

/** `text.slice(start, end)` is the value's own text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * The values of the outermost object by key; of a repeated key the last one, which is the one that counts.
 * @param text a valid JSON object
 */
export function valueSpans(text: string): Map<string, Span> {
  const spans = new Map<string, Span>()
  let at = text.indexOf('{') + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote === -1) return spans
    const keyEnd = stringEnd(text, quote)
    const key = JSON.parse(text.slice(quote, keyEnd)) as string
    const start = skipBlanks(text, text.indexOf(':', keyEnd) + 1)
    const end = valueEnd(text, start)
    spans.set(key, { start, end })
    at = end
  }
}

function skipBlanks(text: string, at: number): number {
  while (text.charCodeAt(at) <= 32) at++
  return at
}

/** The index after the closing quote of the string that opens at `at`. */
function stringEnd(text: string, at: number): number {
  for (let index = at + 1; ; index++) {
    const character = text[index]
    if (character === '"') return index + 1
    if (character === '\\') index++
  }
}

/** The index after the value that begins at `at`. */
function valueEnd(text: string, at: number): number {
  if (text[at] === '"') return stringEnd(text, at)
  let depth = 0
  for (let index = at; ; index++) {
    const character = text[index]
    if (character === '"') index = stringEnd(text, index) - 1
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') {
      if (depth === 0) return trimEnd(text, at, index)
      if (--depth === 0) return index + 1
    } else if (character === ',' && depth === 0) return trimEnd(text, at, index)
  }
}

function trimEnd(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length
}
