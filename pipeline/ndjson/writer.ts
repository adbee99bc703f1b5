/**
 * NDJSON: the record's own text with one more key before its closing brace. Nothing else of it is written anew, so big
 * integers, the spelling of numbers, the order of keys and repeated keys come out as they came in.
 */
import { type Answer, freeName } from './answer.ts'
import type { Entry } from './entry.ts'
import { valueSpans } from './json-spans.ts'

export interface NdjsonWriter {
  /** The record's line with the answer to it, and with its line ending. */
  write(entry: Entry, answer: Answer): string
}

/**
 * @param key the name of the added key
 * @param taken told when a record has that key, and `name` is added instead
 */
export function ndjsonWriter(
  key: string,
  taken: (entry: Entry, name: string) => void = () => {},
): NdjsonWriter {
  const quotedKey = JSON.stringify(key)
  const otherKey = (entry: Entry): string => {
    const name = freeName(key, candidate => Object.hasOwn(entry.record, candidate))
    taken(entry, name)
    return JSON.stringify(name)
  }
  return {
    write(entry, answer) {
      const text = answer.changed?.length ? replaced(entry.text, answer) : entry.text
      const brace = text.lastIndexOf('}')
      const own = Object.hasOwn(entry.record, key) ? otherKey(entry) : quotedKey
      const comma = isEmptyBefore(text, brace) ? '' : ','
      return `${text.slice(0, brace)}${comma}${own}:${JSON.stringify(answer.added)}${text.slice(brace)}${entry.ending}`
    },
  }
}

/** Whether nothing but blanks stands between the closing brace of an object and its opening one. */
function isEmptyBefore(text: string, brace: number): boolean {
  let at = brace - 1
  while (text.charCodeAt(at) <= 32) at--
  return text[at] === '{'
}

/** The text with the changed values in their places; fields it does not have follow the last one. */
function replaced(text: string, { changed = [] }: Answer): string {
  const spans = valueSpans(text)
  const edits = changed
    .filter(({ field }) => spans.has(field))
    .map(({ field, value }) => ({ ...spans.get(field)!, value }))
    .sort((a, b) => a.start - b.start)
  let result = ''
  let at = 0
  for (const { start, end, value } of edits) {
    result += text.slice(at, start) + JSON.stringify(value)
    at = end
  }
  const brace = text.lastIndexOf('}')
  const added = changed
    .filter(({ field }) => !spans.has(field))
    .map(({ field, value }) => `${JSON.stringify(field)}:${JSON.stringify(value)}`)
  const separator = spans.size > 0 && added.length > 0 ? ',' : ''
  return result + text.slice(at, brace) + separator + added.join(',') + text.slice(brace)
}
