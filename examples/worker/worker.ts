/**
 *   POST /score/NAME    NDJSON, or one object as application/json: the same lines, each with a verdict; learned as well
 *   GET  /model/NAME    the model file (safetensors)
 *   GET  /health/NAME   what it has learned, and what it takes up
 *
 * Every name is a detector of its own. A POST with the header Idempotency-Key can be repeated when its answer was lost.
 */
import type { DetectorObject } from './detector-object.ts'

export { DetectorObject } from './detector-object.ts'

interface Env {
  readonly DETECTORS: DurableObjectNamespace<DetectorObject>
}

interface Route {
  readonly method: string
  answer(detector: DurableObjectStub<DetectorObject>, request: Request, name: string): Promise<Response>
}

/** Bytes and lines of a request, which is learned as a whole or not at all; the answer is held in memory. */
const LARGEST_BODY = 1 << 20
const MOST_LINES = 2000
/** Characters of an Idempotency-Key. */
const LONGEST_KEY = 200

const refuse = (status: number, error: string, headers?: HeadersInit): Response =>
  Response.json({ error }, { status, headers })

const routes: Readonly<Record<string, Route>> = {
  score: { method: 'POST', answer: score },
  model: { method: 'GET', answer: model },
  health: { method: 'GET', answer: health },
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, path, name] = /^\/(\w+)\/([\w.-]{1,64})$/.exec(new URL(request.url).pathname) ?? []
    const route = Object.hasOwn(routes, path ?? '') ? routes[path] : undefined
    if (!route) return refuse(404, `expected /${Object.keys(routes).join('/NAME, /')}/NAME`)
    if (request.method !== route.method)
      return refuse(405, `expected ${route.method}, got ${request.method}`, { allow: route.method })
    try {
      return await route.answer(env.DETECTORS.get(env.DETECTORS.idFromName(name)), request, name)
    } catch (error) {
      // The object was moved or its machine failed: what was not answered is either learned as a whole or not at all.
      console.error(error)
      return refuse(503, 'no answer from the detector; repeat the request with the same Idempotency-Key', {
        'retry-after': '1',
      })
    }
  },
}

async function score(detector: DurableObjectStub<DetectorObject>, request: Request): Promise<Response> {
  const key = request.headers.get('idempotency-key') || null
  if (key !== null && key.length > LONGEST_KEY)
    return refuse(400, `expected an Idempotency-Key of at most ${LONGEST_KEY} characters`)
  const text = await textOf(request)
  if (typeof text !== 'string') return text
  const isObject = request.headers.get('content-type')?.startsWith('application/json') ?? false
  // One object may be spread over several lines; within a text JSON has no line ends.
  const body = isObject ? text.replaceAll(/[\r\n]/g, ' ') : text
  if (body.split('\n', MOST_LINES + 2).length > MOST_LINES + 1)
    return refuse(413, `expected at most ${MOST_LINES} lines; send several requests`)
  const scored = await detector.score(body, key)
  if ('full' in scored) return refuse(507, scored.full)
  const type = isObject ? 'application/json' : 'application/x-ndjson'
  return new Response(scored.answer, { headers: { 'content-type': type } })
}

async function model(
  detector: DurableObjectStub<DetectorObject>,
  _request: Request,
  name: string,
): Promise<Response> {
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${name}.veto"`,
  }
  const file = await detector.model()
  return 'full' in file ? refuse(507, file.full) : new Response(file, { headers })
}

async function health(detector: DurableObjectStub<DetectorObject>): Promise<Response> {
  const answer = await detector.health()
  return 'full' in answer ? refuse(507, answer.full) : Response.json(answer)
}

/** The whole body, or why it is refused: when it is too large no more than that is read. */
async function textOf(request: Request): Promise<string | Response> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let [text, bytes] = ['', 0]
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length
      if (bytes > LARGEST_BODY)
        return refuse(413, `expected at most ${LARGEST_BODY} bytes; send several requests`)
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return refuse(400, 'expected UTF-8 text, got other bytes')
  }
}
