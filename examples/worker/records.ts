/** NDJSON: one record a line in, one answer a line out, in the same order. */
import type { Verdict } from 'veto'

/** A line of a request: a record, or why it is none. Both with the text that the answer begins with. */
export type Line =
  | { readonly text: string; readonly record: Record<string, unknown> }
  | { readonly error: string }

/** The lines of a text; blank ones are left out. */
export function linesOf(body: string): Line[] {
  return body
    .split('\n')
    .map(text => text.trim())
    .filter(text => text !== '')
    .map(lineOf)
}

function lineOf(text: string): Line {
  try {
    const record: unknown = JSON.parse(text)
    if (typeof record === 'object' && record !== null && !Array.isArray(record))
      return { text, record: record as Record<string, unknown> }
    return { error: `expected a JSON object, got ${text.slice(0, 40)}` }
  } catch (error) {
    return { error: `expected a JSON object, got broken JSON (${(error as Error).message.slice(0, 100)})` }
  }
}

/** The record as it came, with the verdict behind its own fields. */
export function answerLine(text: string, verdict: Verdict): string {
  const fields = text.slice(0, -1).trimEnd()
  return `${fields}${fields === '{' ? '' : ','}"veto":${JSON.stringify(verdict)}}\n`
}

/** What stands in the place of a line that is no record. */
export const errorLine = (error: string): string => `${JSON.stringify({ veto: { error } })}\n`
