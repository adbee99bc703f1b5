/** NDJSON: every line is one JSON object. Blank lines are skipped. */

import { isDeeperThan } from '../json-depth.ts'
import type { EntryIntake, Limit, Rejection } from './entry.ts'
import { excerpt } from './excerpt.ts'
import { faultOf } from './json-fault.ts'
import { LineSplitter, type LineStart } from './lines.ts'

/** Bytes of the longest line that is read by default. */
export const MAX_LINE = 1 << 20

export interface NdjsonLimits {
  /** Bytes of the longest line, without its line ending. */
  readonly line: Limit
  /** Objects and arrays within each other. */
  readonly depth: Limit
}

/** Turns bytes into entries. What it delivers does not depend on where the chunks were cut. */
export interface NdjsonReader {
  push(chunk: Uint8Array): void
  /** The input has ended: a last line without a line ending is a line too. */
  end(): void
  /** Bytes of what was pushed, at its end, that are not settled: not yet delivered, rejected or skipped as blank. */
  unread(): number
  /** Physical lines that are settled, those before the start included. */
  readonly line: number
  /** Whether the input has ended in a line without a line ending. */
  readonly isUnended: boolean
}

/** @param start where a stream is gone on with */
export function ndjsonReader(
  intake: EntryIntake,
  { line, depth }: NdjsonLimits,
  start?: LineStart,
): NdjsonReader {
  const lines = new LineSplitter(
    line,
    {
      line: (text: string, number: number) => readLine(text, number, depth, intake),
      reject: (rejection: Rejection) => intake.reject(rejection),
    },
    start,
  )
  return {
    push: chunk => lines.push(chunk),
    end: () => lines.end(),
    unread: () => lines.held,
    get line() {
      return lines.number
    },
    get isUnended() {
      return lines.isUnended
    },
  }
}

function readLine(text: string, line: number, depth: Limit, intake: EntryIntake): void {
  // The parser throws at nothing, which takes as long as reading a record.
  if (text === '' || text === '\r') return
  const { most } = depth
  if (isDeeperThan(text, most)) {
    const reason = `expected at most ${most} objects and arrays within each other, got more (${depth.remedy})`
    intake.reject({ line, reason, excerpt: excerpt(text) })
    return
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    if (text.trim() === '') return
    const fault = faultOf(text) ?? 'more than this engine reads'
    const reason = `expected a JSON object, got broken JSON (${fault})${remedy(text)}`
    intake.reject({ line, reason, excerpt: excerpt(text) })
    return
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const ending = text.endsWith('\r') ? '\r\n' : '\n'
    const own = ending === '\n' ? text : text.slice(0, -1)
    intake.entry({ line, text: own, ending, record: value as Record<string, unknown> })
  } else {
    const arrayRemedy = Array.isArray(value) ? "; write one object a line: jq -c '.[]'" : ''
    const reason = `expected a JSON object, got ${kindOf(value)}${arrayRemedy}`
    intake.reject({ line, reason, excerpt: excerpt(text) })
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return `a ${typeof value}`
}

/** The commonest reasons why a whole file does not parse, each with what to do. */
function remedy(text: string): string {
  const trimmed = text.trim()
  if (trimmed === '[' || trimmed === '{') return "; write one object a line: jq -c '.[]' or jq -c ."
  if (/\b(NaN|Infinity)\b/.test(text)) return '; JSON has no NaN or Infinity, write null'
  if (/\r(?!$)/.test(text)) return "; lines that end in \\r alone are not separated: tr '\\r' '\\n'"
  return ''
}
