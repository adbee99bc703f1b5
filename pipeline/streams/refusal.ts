/** What cannot be answered as a stream of records, and how that is said in HTTP. */

export interface Refusal {
  /** HTTP status code. */
  readonly status: number
  readonly error: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Of requests that have no body by definition. */
const BODILESS = ['GET', 'HEAD']
/** Types whose lines are no records; others, also those that clients give when they are told none, may be NDJSON. */
const FOREIGN = /^(text\/(csv|html)|multipart\/.*|application\/(gzip|zip|xml))$/
const REMEDY = 'send NDJSON, one record a line, as application/x-ndjson'

/** Why nothing can be answered; undefined when there is no reason. */
export function refusalOf(source: Request | Response): Refusal | undefined {
  return 'method' in source ? requestRefusal(source) : responseRefusal(source)
}

function requestRefusal({ method, headers }: Request): Refusal | undefined {
  if (BODILESS.includes(method))
    return {
      status: 405,
      error: `expected records in the body of a POST, got a ${method}; ${REMEDY}`,
      headers: { allow: 'POST' },
    }
  const encoding = headers.get('content-encoding')?.toLowerCase() || 'identity'
  if (encoding !== 'identity')
    return {
      status: 415,
      error: `expected a body without compression, got the content-encoding ${encoding}; ${REMEDY}`,
      headers: { 'accept-encoding': 'identity' },
    }
  const type = foreignType(headers)
  return type ? { status: 415, error: `expected NDJSON, got ${type}; ${REMEDY}` } : undefined
}

/** A `fetch` has undone any compression, whatever the headers say. */
function responseRefusal({ ok, status, headers }: Response): Refusal | undefined {
  if (!ok) return { status: 502, error: `expected a response with records, got one of status ${status}` }
  const type = foreignType(headers)
  return type ? { status: 502, error: `expected a response of NDJSON, got ${type}` } : undefined
}

function foreignType(headers: Headers): string | undefined {
  const type = headers.get('content-type')?.split(';')[0].trim().toLowerCase() ?? ''
  return FOREIGN.test(type) ? type : undefined
}
