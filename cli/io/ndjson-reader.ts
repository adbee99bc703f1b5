/** NDJSON: every line is one JSON object. Blank lines are skipped. */
import type { Intake, Reader, ReaderStart, Rejection } from './entry.ts'
import { excerpt } from './excerpt.ts'
import { isDeeperThan, MAX_DEPTH } from './json-depth.ts'
import { LineSplitter } from './lines.ts'

/**
 * @param limit bytes of the longest line
 * @param depth objects and arrays within each other, at most
 * @param start where a stream is gone on with
 */
export function ndjsonReader(intake: Intake, limit: number, depth = MAX_DEPTH, start?: ReaderStart): Reader {
  const deliver = {
    line: (text: string, number: number) => readLine(text, number, depth, intake),
    reject: (rejection: Rejection) => intake.reject(rejection),
  }
  const lines = new LineSplitter(limit, deliver, start)
  return {
    push: chunk => lines.push(chunk),
    end: () => lines.end(),
    unread: () => lines.held,
    get line() {
      return lines.number
    },
    state: () => ({ format: 'ndjson', ...lines.ending }),
  }
}

function readLine(text: string, line: number, depth: number, intake: Intake): void {
  // The parser throws at nothing, which takes as long as reading a record.
  if (text === '' || text === '\r') return
  if (isDeeperThan(text, depth)) {
    const reason = `expected at most ${depth} objects and arrays within each other, got more (--max-depth allows more)`
    intake.reject({ line, reason, excerpt: excerpt(text) })
    return
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (text.trim() === '') return
    const reason = `expected a JSON object, got broken JSON (${parserReason(error)})${remedy(text)}`
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

/** What the engine's parser says, without what newer engines add: a piece of the line, and that it is line 1. */
function parserReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message
    .replace(/, ?(\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, '')
    .replace(/ in JSON(?= at|$)/, '')
    .replace(/ \(line 1 column \d+\)$/, '')
}

/** The commonest reasons why a whole file does not parse, each with what to do. */
function remedy(text: string): string {
  const trimmed = text.trim()
  if (trimmed === '[' || trimmed === '{') return "; write one object a line: jq -c '.[]' or jq -c ."
  if (/\b(NaN|Infinity)\b/.test(text)) return '; JSON has no NaN or Infinity, write null'
  if (/\r(?!$)/.test(text)) return "; lines that end in \\r alone are not separated: tr '\\r' '\\n'"
  return ''
}
