/** Response of a request, or of another response: NDJSON in its body, NDJSON out of it. Web APIs alone are used. */
import { show } from '../errors.ts'
import { MAX_DEPTH } from '../json-depth.ts'
import { MAX_LINE, type NdjsonLimits } from '../ndjson/reader.ts'
import { answered } from './answered.ts'
import { Answers, errorLine } from './answers.ts'
import { judgeOf, type StreamDetector, type StreamOptions } from './detection.ts'
import { type Refusal, refusalOf } from './refusal.ts'

export interface RespondOptions extends StreamOptions {
  /** The key that is added to each record; default: `veto`. A record that has it gets `veto_`. */
  readonly as?: string
  /** Bytes of the longest line that is read; default: 1,048,576. */
  readonly maxLine?: number
  /** Objects and arrays within each other that a line may have; default: 64. */
  readonly maxDepth?: number
}

const TYPE = 'application/x-ndjson'
/** A line becomes a string, and V8's strings end at 2²⁹ − 24 characters. */
const LONGEST_LINE = 256 << 20

/**
 * Score each record in the body of a request or response, then learn from it: one line out for each line in, in order.
 *
 * A record comes out as it came in, byte for byte, with one more key: `{…,"veto":{"score":…,"p":…,"anomaly":…,"why":[…]}}`,
 * numbers with six significant digits. In place of a line that cannot be read stands `{"veto":{"error":"…","line":3}}`.
 * Blank lines are skipped; without a body there are no lines.
 *
 * The response is there at once, and its answers as soon as the lines are. Nothing is read ahead of whoever reads it, so
 * that a client has to read while it sends, or to send little at a time. When the reading side is cancelled, so is the
 * source. When the source fails, the response fails behind the last whole line.
 *
 * What is no stream of records gets a status and one line with the error: a GET 405, CSV or compression 415, and a
 * response that is not of success, or of another type, 502.
 *
 * @throws TypeError when the body has been read, or is being read
 * @example Deno.serve(request => respond(detector, request))
 * @example await respond(detector, await fetch(url)).text()
 */
export function respond(
  detector: StreamDetector,
  source: Request | Response,
  options: RespondOptions = {},
): Response {
  const { as = 'veto', ...rest } = options
  checkSource(source)
  const judge = judgeOf(detector, options)
  if (typeof as !== 'string') throw new TypeError(`Expected as to be the name of a key, got ${show(as)}.`)
  const limits = limitsOf(rest)
  const refusal = refusalOf(source)
  if (refusal) return refused(refusal, source, as)
  const { body } = source
  if (source.bodyUsed || body?.locked)
    throw new TypeError(
      'Expected a body that nobody has read yet, got one that is in use; call respond first, or give it a clone().',
    )
  const answers = new Answers(judge, as, limits)
  return new Response(body && answered(body, answers), { headers: { 'content-type': TYPE } })
}

/** Of another realm they are no instances of what is called so here. */
function checkSource(source: unknown): void {
  const { headers } = Object(source)
  if (typeof headers?.get === 'function' && 'body' in Object(source)) return
  const remedy =
    "of Node's http: new Request(url, { method: 'POST', body: Readable.toWeb(request), duplex: 'half' })"
  throw new TypeError(`Expected a Request or a Response, got ${show(source)}; ${remedy}.`)
}

function refused({ status, error, headers }: Refusal, source: Request | Response, key: string): Response {
  // The connection of a response is given back. That of a request is still needed for this answer.
  if (!('method' in source) && !source.body?.locked) source.body?.cancel().catch(() => {})
  return new Response(errorLine(key, { error }), { status, headers: { 'content-type': TYPE, ...headers } })
}

function limitsOf({ maxLine = MAX_LINE, maxDepth = MAX_DEPTH }: RespondOptions): NdjsonLimits {
  return {
    line: { most: whole('maxLine', maxLine, LONGEST_LINE), remedy: 'maxLine allows more' },
    depth: { most: whole('maxDepth', maxDepth, Number.MAX_SAFE_INTEGER), remedy: 'maxDepth allows more' },
  }
}

function whole(name: string, value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value
  throw new RangeError(`Expected ${name} as a whole number from 1 to ${most}, got ${show(value)}.`)
}
